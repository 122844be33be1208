/* SPDX-License-Identifier: MIT */
/*
 * slow-disk.c: for LD_PRELOAD: fsync() of a file whose name holds $SLOW_DISK_NAME takes
 * $SLOW_DISK_MS, whatever signals come, and says in the file $SLOW_DISK_MARK that it has begun.
 *
 * Thread model: any thread of the program under test. Must not use anything but system calls and
 * the environment, for it runs inside of GLib.
 */
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int fsync (int fd);

static int
is_slow (int fd)
{
  const char *name = getenv ("SLOW_DISK_NAME");
  char link[64];
  char path[PATH_MAX];
  ssize_t length;

  if (name == NULL)
    return 0;
  (void)snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, path, sizeof path - 1);
  path[length > 0 ? length : 0] = '\0';
  return strstr (path, name) != NULL;
}

/* Like a thread in the kernel that no signal reaches. */
static void
be_slow (void)
{
  const char *ms = getenv ("SLOW_DISK_MS");
  const char *mark = getenv ("SLOW_DISK_MARK");
  int fd = mark != NULL ? open (mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  sigset_t all;
  sigset_t before;

  if (fd >= 0)
    (void)close (fd);
  (void)sigfillset (&all);
  (void)pthread_sigmask (SIG_SETMASK, &all, &before);
  (void)poll (NULL, 0, ms != NULL ? atoi (ms) : 0);
  (void)pthread_sigmask (SIG_SETMASK, &before, NULL);
}

int
fsync (int fd)
{
  if (is_slow (fd))
    be_slow ();
  return (int)syscall (SYS_fsync, fd);
}
