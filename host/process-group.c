/* SPDX-License-Identifier: MIT */
/*
 * Purpose: end what a stage left behind in its process group. Main thread. One pidfd is watched at
 * a time: any living member; when it is gone, the next one is looked for. Must not wait without a
 * limit, nor signal a group that is not the caller's.
 */
#include "host/process-group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* After SIGKILL only the kernel can hold a process. */
#define AFTER_KILL_MS 2000

/* Where the kernel has no pidfd (before 5.3): look again in this time. */
#define FALLBACK_LOOK_MS 20

/* Without a lock, for whoever leaves in a hurry must not wait for anybody; 0 = free. (any thread)
 */
#define REMEMBERED_MAX 512
static gint remembered[REMEMBERED_MAX];

/** GroupEnd: data of the task. */
typedef struct
{
  pid_t group;
  gboolean killed;       /* SIGKILL was sent */
  int pid_fd;            /* (owned) -1 = none */
  GSource *watch;        /* (owned) (nullable) of pid_fd */
  GSource *timer;        /* (owned) (nullable) end of the grace, or of our patience */
  GSource *hurry_source; /* (owned) (nullable) */
} GroupEnd;

static void
drop_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
drop_watch (GroupEnd *end)
{
  drop_source (&end->watch);
  if (end->pid_fd >= 0)
    (void)close (end->pid_fd);
  end->pid_fd = -1;
}

static void
group_end_free (gpointer data)
{
  GroupEnd *end = data;

  drop_watch (end);
  drop_source (&end->timer);
  drop_source (&end->hurry_source);
  g_free (end);
}

void
process_group_signal (pid_t group, int signal_number)
{
  g_return_if_fail (group > 1);
  (void)kill (-group, signal_number);
}

void
process_group_remember (pid_t group)
{
  g_return_if_fail (group > 1);
  for (gsize i = 0; i < REMEMBERED_MAX; i++)
    if (g_atomic_int_compare_and_exchange (&remembered[i], 0, (gint)group))
      return;
}

void
process_group_forget (pid_t group)
{
  for (gsize i = 0; i < REMEMBERED_MAX && group != 0; i++)
    if (g_atomic_int_compare_and_exchange (&remembered[i], (gint)group, 0))
      return;
}

void
process_group_kill_remembered (void)
{
  for (gsize i = 0; i < REMEMBERED_MAX; i++)
    {
      gint group = g_atomic_int_get (&remembered[i]);

      if (group != 0)
        process_group_signal ((pid_t)group, SIGKILL);
    }
}

/* Reads state and process group from /proc/PID/stat. The name in it may hold anything, so the
 * fields are counted from the last ')'. */
static gboolean
is_living_member (const char *pid, pid_t group)
{
  char path[64];
  char text[512];
  char state = '\0';
  int fd = -1;
  int parent = 0, its_group = 0;
  ssize_t n = 0;
  const char *fields = NULL;

  (void)g_snprintf (path, sizeof path, "/proc/%s/stat", pid);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  n = read (fd, text, sizeof text - 1);
  (void)close (fd);
  text[MAX (n, 0)] = '\0';
  fields = strrchr (text, ')');
  if (fields == NULL || sscanf (fields, ") %c %d %d", &state, &parent, &its_group) != 3)
    return FALSE;
  return its_group == group && state != 'Z' && state != 'X';
}

pid_t
process_group_find_member (pid_t group)
{
  DIR *folder = NULL;
  pid_t found = 0;

  if (kill (-group, 0) != 0 && errno == ESRCH)
    return 0; /* the usual case costs one system call */
  folder = opendir ("/proc");
  if (folder == NULL)
    return 0;
  for (struct dirent *entry = readdir (folder); entry != NULL && found == 0;
       entry = readdir (folder))
    if (g_ascii_isdigit (entry->d_name[0]) && is_living_member (entry->d_name, group))
      found = (pid_t)g_ascii_strtoll (entry->d_name, NULL, 10);
  (void)closedir (folder);
  return found;
}

static void look_again (GTask *task);

/* @callback: gets @task, which must be alive as long as the source. */
static GSource *
attach (GSource *source, const char *name, GSourceFunc callback, GTask *task)
{
  g_source_set_static_name (source, name);
  g_source_set_callback (source, callback, task, NULL);
  (void)g_source_attach (source, g_task_get_context (task));
  return source;
}

static gboolean
on_member_gone (int fd G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED, gpointer user_data)
{
  look_again (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_look_again (gpointer user_data)
{
  look_again (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_timer (gpointer user_data)
{
  GTask *task = user_data;
  GroupEnd *end = g_task_get_task_data (task);

  if (!end->killed)
    {
      end->killed = TRUE;
      process_group_signal (end->group, SIGKILL);
      drop_source (&end->timer);
      end->timer = attach (g_timeout_source_new (AFTER_KILL_MS), "process-group: patience",
                           on_timer, task);
      return G_SOURCE_REMOVE;
    }
  drop_watch (end);
  drop_source (&end->timer);
  drop_source (&end->hurry_source);
  g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                           "a process of group %ld does not end, not even killed",
                           (long)end->group);
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static gboolean
on_hurry (GCancellable *cancellable G_GNUC_UNUSED, gpointer user_data)
{
  GTask *task = user_data;
  GroupEnd *end = g_task_get_task_data (task);

  if (!end->killed)
    (void)on_timer (task);
  return G_SOURCE_REMOVE;
}

/* Completes when nobody is left, else waits for one of them. */
static void
look_again (GTask *task)
{
  GroupEnd *end = g_task_get_task_data (task);
  pid_t member = process_group_find_member (end->group);

  drop_watch (end);
  if (member == 0)
    {
      drop_source (&end->timer);
      drop_source (&end->hurry_source);
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  end->pid_fd = (int)syscall (SYS_pidfd_open, member, 0);
  if (end->pid_fd >= 0)
    end->watch = attach (g_unix_fd_source_new (end->pid_fd, G_IO_IN), "process-group: member",
                         G_SOURCE_FUNC (on_member_gone), task);
  else
    end->watch = attach (g_timeout_source_new (errno == ESRCH ? 0 : FALLBACK_LOOK_MS),
                         "process-group: look again", on_look_again, task);
}

void
process_group_end_async (pid_t group,
                         gint64 grace_ms,
                         GCancellable *hurry,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  GroupEnd *end = g_new0 (GroupEnd, 1);

  g_task_set_task_data (task, end, group_end_free);
  end->group = group;
  end->pid_fd = -1;
  if (process_group_find_member (group) == 0)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }
  process_group_signal (group, SIGTERM);
  process_group_signal (group, SIGCONT); /* a stopped process would not see it */
  end->timer = attach (g_timeout_source_new ((guint)CLAMP (grace_ms, 0, G_MAXINT)),
                       "process-group: grace", on_timer, task);
  if (hurry != NULL)
    end->hurry_source = attach (g_cancellable_source_new (hurry), "process-group: hurry",
                                G_SOURCE_FUNC (on_hurry), task);
  look_again (task);
}

gboolean
process_group_end_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
