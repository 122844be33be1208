/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/process-group.c with real groups of processes.
 */
#include "host/process-group.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/host/host-test.h"

/** Group: a process group under test; its leader is our child. */
typedef struct
{
  char *folder;
  GSubprocess *leader;
  pid_t id;
  gboolean ended;
} Group;

static void
lead_group (gpointer user_data G_GNUC_UNUSED)
{
  (void)setsid ();
}

/* @script: must end up waiting, and create "ready" before. */
static void
group_init (Group *group, const char *script)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  *group = (Group){ .folder = host_test_folder_new () };
  g_subprocess_launcher_set_cwd (launcher, group->folder);
  g_subprocess_launcher_set_child_setup (launcher, lead_group, NULL, NULL);
  group->leader = g_subprocess_launcher_spawn (launcher, &error, "/bin/sh", "-c", script, NULL);
  g_assert_no_error (error);
  group->id = (pid_t)g_ascii_strtoll (g_subprocess_get_identifier (group->leader), NULL, 10);
  host_test_await_file (group->folder, "ready");
}

static void
group_clear (Group *group)
{
  (void)g_subprocess_wait (group->leader, NULL, NULL);
  g_object_unref (group->leader);
  host_test_folder_free (group->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Group, group_clear)

static void
on_group_end (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (process_group_end_finish (result, &error));
  g_assert_no_error (error);
  *(gboolean *)user_data = TRUE;
}

/* Members are found as long as they live. */
static void
test_find_member (void)
{
  g_auto (Group) group = { 0 };

  group_init (&group, "sleep 60 & touch ready; wait");
  g_assert_cmpint (process_group_find_member (group.id), >, 0);
  process_group_end_async (group.id, 50000, NULL, on_group_end, &group.ended);
  host_test_iterate_until (&group.ended);
  g_assert_cmpint (process_group_find_member (group.id), ==, 0);
}

/* Without a grace SIGKILL follows at once. */
static void
test_no_grace (void)
{
  g_auto (Group) group = { 0 };

  group_init (&group, "trap '' TERM; sleep 60 & sleep 61 & touch ready; wait; sleep 62");
  process_group_end_async (group.id, 0, NULL, on_group_end, &group.ended);
  host_test_iterate_until (&group.ended);
  g_assert_cmpint (process_group_find_member (group.id), ==, 0);
}

/* Cancelling `hurry` cuts the grace short. */
static void
test_hurry (void)
{
  g_auto (Group) group = { 0 };
  g_autoptr (GCancellable) hurry = g_cancellable_new ();
  gint64 begin_us = g_get_monotonic_time ();

  group_init (&group, "trap '' TERM; touch ready; sleep 60; sleep 61");
  process_group_end_async (group.id, 50000, hurry, on_group_end, &group.ended);
  g_cancellable_cancel (hurry);
  host_test_iterate_until (&group.ended);
  g_assert_cmpint (process_group_find_member (group.id), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, 50 * G_USEC_PER_SEC);
}

/* Who leaves in a hurry takes the groups along that it remembers, and no others. */
static void
test_remembered (void)
{
  g_auto (Group) known = { 0 };
  g_auto (Group) forgotten = { 0 };
  g_auto (Group) unknown = { 0 };

  group_init (&known, "trap '' TERM; touch ready; sleep 60; sleep 61");
  group_init (&forgotten, "touch ready; sleep 60; sleep 61");
  group_init (&unknown, "touch ready; sleep 60; sleep 61");
  process_group_remember (forgotten.id);
  process_group_remember (known.id);
  process_group_forget (forgotten.id);
  process_group_forget (0);
  process_group_kill_remembered ();
  g_assert_true (g_subprocess_wait (known.leader, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_term_sig (known.leader), ==, SIGKILL);
  process_group_forget (known.id);
  g_assert_cmpint (process_group_find_member (forgotten.id), >, 0);
  g_assert_cmpint (process_group_find_member (unknown.id), >, 0);
  process_group_signal (forgotten.id, SIGKILL);
  process_group_signal (unknown.id, SIGKILL);
}

static void
on_group_stuck (GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (process_group_end_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  *(gboolean *)user_data = TRUE;
}

/* A process that not even SIGKILL ends (here: a tracer holds it on its way out) is given up after
 * a limited time, and said. */
static void
test_stuck (void)
{
  g_auto (Group) group = { 0 };
  g_autofree char *text = NULL;
  pid_t member = 0;

  group_init (&group, "sleep 60 & echo $! > member; touch ready; wait");
  text = host_test_read (group.folder, "member");
  member = (pid_t)g_ascii_strtoll (text, NULL, 10);
  if (ptrace (PTRACE_SEIZE, member, 0, PTRACE_O_TRACEEXIT) != 0)
    {
      g_test_skip ("this system does not let us trace");
      process_group_signal (group.id, SIGKILL);
      return;
    }
  process_group_end_async (group.id, 0, NULL, on_group_stuck, &group.ended);
  host_test_iterate_until (&group.ended);
  g_assert_cmpint (process_group_find_member (group.id), ==, member);
  g_assert_cmpint (waitpid (member, NULL, __WALL), ==, member);
  (void)ptrace (PTRACE_DETACH, member, 0, 0);
}

/* A group that does not exist is ended already, and signals to it go nowhere. */
static void
test_no_group (void)
{
  pid_t absent = 0x3ffffffe; /* above the kernel's largest pid */
  gboolean done = FALSE;

  process_group_signal (absent, SIGTERM);
  g_assert_cmpint (process_group_find_member (absent), ==, 0);
  process_group_end_async (absent, 0, NULL, on_group_end, &done);
  g_assert_false (done);
  host_test_iterate_until (&done);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/process-group/find-member", test_find_member);
  g_test_add_func ("/host/process-group/remembered", test_remembered);
  g_test_add_func ("/host/process-group/no-grace", test_no_grace);
  g_test_add_func ("/host/process-group/hurry", test_hurry);
  g_test_add_func ("/host/process-group/stuck", test_stuck);
  g_test_add_func ("/host/process-group/no-group", test_no_group);
  return g_test_run ();
}
