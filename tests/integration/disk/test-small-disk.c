/* SPDX-License-Identifier: MIT */
/*
 * A real disk that is full: a tmpfs of 64 KiB as the workspace, filled at the moment the service
 * has taken the paid requests and before their answers arrive. Needs a mount namespace of its own,
 * as root or in a user namespace; skipped elsewhere.
 *
 * The main thread's namespace is changed before there are other threads.
 */
#include "tests/integration/disk/disk-test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define DISK_SIZE "size=64k"
/* Answers take their time, so that the disk is full when they come. */
#define THINKING                                                                                   \
  "[emulator]\nclip=bytes:2KiB\ngeneration-time=100ms\n[submit]\nfaults=ok x3 delay=1000ms\n"

static gboolean may_mount;

/* Returns: FALSE with errno. */
static gboolean
write_map (const char *path, guint id)
{
  g_autofree char *line = g_strdup_printf ("%u %u 1", id, id);

  return g_file_set_contents_full (path, line, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
}

static gboolean
enter_namespace (void)
{
  uid_t uid = geteuid ();

  if (unshare (CLONE_NEWNS) != 0
      && (unshare (CLONE_NEWUSER | CLONE_NEWNS) != 0 || !write_map ("/proc/self/uid_map", uid)))
    return FALSE;
  return mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

/* ---- the disk ---- */

static char *
get_disk (Veo3Test *test)
{
  return pipeline_fixture_path (test->fixture, "ws");
}

/* Takes every byte that is left. */
static void
fill (Veo3Test *test)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, "ws/filler");
  int fd = open (path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0600);
  char page[4096] = "";

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, page, sizeof page) > 0)
    continue;
  g_assert_cmpint (errno, ==, ENOSPC);
  (void)close (fd);
}

static void
make_room (Veo3Test *test)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, "ws/filler");

  g_assert_cmpint (unlink (path), ==, 0);
}

/* The injector: nothing more can be written, and then it can again. */
static void
prove_full (Veo3Test *test)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, "ws/probe");

  fill (test);
  g_assert_false (g_file_set_contents (path, "x", 1, NULL));
  make_room (test);
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_assert_cmpint (unlink (path), ==, 0);
}

static Veo3Test *
new_small_disk (const char *timeout_s)
{
  Veo3Test *test = veo3_test_new (VEO3_TEST_WIRE, THINKING);
  g_autofree char *disk = get_disk (test);

  g_assert_cmpint (mount ("none", disk, "tmpfs", MS_NOSUID | MS_NODEV, DISK_SIZE), ==, 0);
  veo3_test_set_prompts (test, "a", "a lighthouse", "b", "a fox", NULL);
  veo3_test_write_pipeline (test, "CONTENT;VEO3_AWAIT;ASSEMBLY",
                            "[stage CONTENT]\n"
                            "command=cp assets.json publishing-assets.json\n"
                            "[stage VEO3_AWAIT]\nplugin=veo3\n"
                            "[stage ASSEMBLY]\ncommand=true\n");
  prove_full (test);
  /* The environment is stronger than the usual timeout of the file. */
  pipeline_fixture_set_environment (test->fixture, "VEO3_TIMEOUT_S", timeout_s);
  return test;
}

static void
free_small_disk (Veo3Test *test)
{
  g_autofree char *disk = get_disk (test);

  g_assert_cmpint (umount2 (disk, MNT_DETACH), ==, 0);
  veo3_test_free (test);
}

/* ---- the tests ---- */

static gboolean
skips (void)
{
  if (!may_mount)
    g_test_skip ("no mount namespace may be made here");
  return !may_mount;
}

/* Returns: (transfer full): a run whose paid requests have been taken, and whose disk is full. */
static PipelineProcess *
start_and_fill (Veo3Test *test)
{
  PipelineProcess *process = veo3_test_start (test, "run", NULL);
  g_autofree char *said = NULL;

  veo3_test_await_requests (test, "submit", 2);
  veo3_test_await_said (process, "VEO3_AWAIT: running");
  said = pipeline_process_read_err (process);
  g_assert_null (strstr (said, "generating"));
  fill (test);
  veo3_test_await_said (process, "jobs.json: cannot be saved");
  return process;
}

/* The disk is full when the service accepts and has room again later: the operations are saved
 * then, and the clips fetched, paid once. */
static void
test_freed_later (void)
{
  Veo3Test *test;
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  if (skips ())
    return;
  test = new_small_disk (NULL);
  process = start_and_fill (test);
  g_assert_cmpuint (veo3_test_count (test, "poll"), ==, 0);
  make_room (test);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
  veo3_test_assert_says (result->err, "No space left on device");
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "b", "status", "completed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
  free_small_disk (test);
}

/* Returns: (transfer full): the operation that was said to belong to the clip. */
static char *
find_operation (const char *said, const char *variant)
{
  g_autofree char *pattern
      = g_strdup_printf ("clip %s: .*Keep this: its operation, paid for, is (\\S+)\\. .*`"
                         "pipeline_runner veo3 reconcile --adopt \\1 %s`",
                         variant, variant);
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_regex_match (regex, said, 0, &match))
    g_error ("no operation of clip %s in: %s", variant, said);
  return g_match_info_fetch (match, 1);
}

static void
adopt (Veo3Test *test, const char *said, const char *variant)
{
  g_autofree char *operation = find_operation (said, variant);
  g_autoptr (PipelineResult) result
      = pipeline_fixture_run (test->fixture, "veo3", "reconcile", "-w", "ws", "--adopt", operation,
                              variant, NULL);
  g_autofree char *words = g_strdup_printf ("clip %s: completed", variant);

  veo3_test_assert_says (result->out, words);
  veo3_test_assert_job (test, variant, "operation_name", operation);
  veo3_test_assert_job (test, variant, "status", "completed");
}

/* The disk stays full: each operation is named on standard error with the command that fetches its
 * clip, the exit code says that something is uncertain; the next run sends nothing, and with what
 * was named every clip comes home without another paid request. */
static void
test_never_freed (void)
{
  Veo3Test *test;
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  if (skips ())
    return;
  test = new_small_disk ("3");
  process = start_and_fill (test);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 5);
  make_room (test);
  veo3_test_assert_job (test, "a", "status", "submitting");
  veo3_test_expect (test, "run", 5);
  veo3_test_assert_job (test, "a", "status", "uncertain");
  adopt (test, result->err, "a");
  adopt (test, result->err, "b");
  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
  free_small_disk (test);
}

/* Full from the start, and full again after the clips were made: no paid request without room for
 * its claim; a clip that finds no room is fetched when there is some. */
static void
test_full_elsewhere (void)
{
  Veo3Test *test;
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;
  g_autoptr (PipelineResult) full = NULL;

  if (skips ())
    return;
  test = new_small_disk (NULL);
  fill (test);
  full = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (full->exit_code, !=, 0);
  veo3_test_assert_says (full->err, "No space left on device");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 0);
  make_room (test);
  process = veo3_test_start (test, "run", NULL);
  veo3_test_await_status (test, "b", "generating");
  fill (test);
  veo3_test_await_requests (test, "download", 2);
  make_room (test);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
  veo3_test_assert_job (test, "a", "status", "completed");
  veo3_test_assert_job (test, "b", "status", "completed");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
  free_small_disk (test);
}

static void
remount (Veo3Test *test, unsigned long flags)
{
  g_autofree char *disk = get_disk (test);

  g_assert_cmpint (
      mount ("none", disk, "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV | flags, DISK_SIZE), ==, 0);
}

/* Nothing can be written from the start: the run stops before anything is paid and says why; when
 * the disk can be written again, it goes on. */
static void
test_read_only (void)
{
  Veo3Test *test;
  g_autoptr (PipelineResult) result = NULL;

  if (skips ())
    return;
  test = new_small_disk (NULL);
  remount (test, MS_RDONLY);
  result = veo3_test_run (test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 2);
  veo3_test_assert_says (result->err, "Read-only file system");
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 0);
  remount (test, 0);
  veo3_test_expect (test, "run", 0);
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 2);
  free_small_disk (test);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  may_mount = enter_namespace ();
  g_test_add_func ("/disk/small/freed-later", test_freed_later);
  g_test_add_func ("/disk/small/never-freed", test_never_freed);
  g_test_add_func ("/disk/small/full-elsewhere", test_full_elsewhere);
  g_test_add_func ("/disk/small/read-only", test_read_only);
  return g_test_run ();
}
