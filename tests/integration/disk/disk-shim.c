/* SPDX-License-Identifier: MIT */
/*
 * A bad disk for one program: preloaded into pipeline_runner, it counts the calls on files below
 * one folder, notes each in a log, and lets chosen ones fail. strace can make calls fail too, but
 * it counts per thread, and chooses by whole path, while the store saves on pool threads and under
 * random temporary names; with it, "the third fsync below veo3/" cannot be said.
 *
 * Environment: DISK_SHIM_UNDER (folder, absolute), DISK_SHIM_LOG (file), and for faults
 * DISK_SHIM_CALL (name of a call of the log), DISK_SHIM_NAMES (pattern of paths below the folder),
 * DISK_SHIM_ERROR (such as EIO), DISK_SHIM_FIRST and DISK_SHIM_LAST (which of these calls, from 1).
 * Log: "CALL PATH RESULT NOTE", one line and one write per call; RESULT is ok, failed or injected,
 * NOTE the number of claims ("submitting") in what was written.
 *
 * Any thread. Must not: act in any other program, such as the commands of stages, or change what a
 * call that is let through does.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc's headers turn some of these names into macros or inline wrappers. */
#undef open64
#undef openat64
#undef pwrite64
#undef pread64
#undef ftruncate64
#undef fcntl64

int __open64_2 (const char *path, int flags);
int __openat64_2 (int dir_fd, const char *path, int flags);

static const char *under;   /* NULL = does nothing */
static const char *call;    /* which calls fail; NULL = none */
static const char *names;   /* pattern */
static int error_number;    /* of a call that is to fail */
static unsigned long first; /* from 1 */
static unsigned long last;
static int log_fd = -1;
static atomic_ulong n_matching;

static const struct
{
  const char *name;
  int number;
} error_names[] = {
  { "EDQUOT", EDQUOT }, { "EIO", EIO },     { "EMFILE", EMFILE },
  { "ENOSPC", ENOSPC }, { "EROFS", EROFS }, { "EACCES", EACCES },
};

static unsigned long
get_number (const char *name, unsigned long fallback)
{
  const char *text = getenv (name);

  return text != NULL ? strtoul (text, NULL, 10) : fallback;
}

__attribute__ ((constructor)) static void
begin (void)
{
  const char *error_name = getenv ("DISK_SHIM_ERROR");
  const char *log_path = getenv ("DISK_SHIM_LOG");

  if (strcmp (program_invocation_short_name, "pipeline_runner") != 0 || log_path == NULL)
    return;
  log_fd = open (log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  names = getenv ("DISK_SHIM_NAMES");
  call = getenv ("DISK_SHIM_CALL");
  first = get_number ("DISK_SHIM_FIRST", 1);
  last = get_number ("DISK_SHIM_LAST", ULONG_MAX);
  for (size_t i = 0; error_name != NULL && i < sizeof error_names / sizeof error_names[0]; i++)
    if (strcmp (error_names[i].name, error_name) == 0)
      error_number = error_names[i].number;
  under = getenv ("DISK_SHIM_UNDER");
}

/* The next object's function of that name: libc's, or a sanitizer's in between. */
static void *
find_next (const char *name)
{
  void *function = dlsym (RTLD_NEXT, name);

  if (function == NULL)
    abort ();
  return function;
}

/* POSIX's own way round ISO C, which knows no such conversion. */
#define NEXT(type, name, ...)                                                                      \
  static type (*next) (__VA_ARGS__);                                                               \
  if (next == NULL)                                                                                \
  *(void **)(&next) = find_next (name)

/* ---- paths ---- */

static bool
read_fd_path (int fd, char *ret_path)
{
  char link[64];
  ssize_t length;

  (void)snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink (link, ret_path, PATH_MAX - 1);
  if (length <= 0)
    return false;
  ret_path[length] = '\0';
  return ret_path[0] == '/';
}

static bool
join (int dir_fd, const char *rest, char *ret_path)
{
  char folder[PATH_MAX];
  int length;

  if (!read_fd_path (dir_fd, folder))
    return false;
  length = snprintf (ret_path, PATH_MAX, "%s/%s", folder, rest);
  return length > 0 && length < PATH_MAX;
}

/* The store reaches its folder as /proc/self/fd/N/NAME. */
static bool
make_absolute (int dir_fd, const char *path, char *ret_path)
{
  int fd = -1;
  int n_read = 0;

  if (sscanf (path, "/proc/self/fd/%d%n", &fd, &n_read) == 1)
    return path[n_read] == '\0' ? read_fd_path (fd, ret_path)
                                : join (fd, path + n_read + 1, ret_path);
  if (path[0] != '/')
    return dir_fd != AT_FDCWD && join (dir_fd, path, ret_path);
  return snprintf (ret_path, PATH_MAX, "%s", path) < PATH_MAX;
}

/* Returns: the path below the watched folder, "." for itself; NULL = none of ours. */
static const char *
get_name (const char *path)
{
  size_t length = strlen (under);

  if (strncmp (path, under, length) != 0)
    return NULL;
  if (path[length] == '\0')
    return ".";
  return path[length] == '/' ? path + length + 1 : NULL;
}

/* ---- one call ---- */

typedef struct
{
  const char *call;
  const char *name; /* NULL = not watched */
  unsigned n_claims;
  char path[PATH_MAX];
} Call;

static void
note (const Call *self, const char *result)
{
  char line[PATH_MAX + 64];
  int length = snprintf (line, sizeof line, "%s %s %s %u\n", self->call, self->name, result,
                         self->n_claims);
  int saved_errno = errno;

  if (length > 0 && (size_t)length < sizeof line)
    (void)syscall (SYS_write, log_fd, line, (size_t)length);
  errno = saved_errno;
}

/* Returns: true = the call is to fail now, errno says how. */
static bool
fails (Call *self)
{
  unsigned long index;

  if (self->name == NULL || call == NULL || strcmp (call, self->call) != 0
      || (names != NULL && fnmatch (names, self->name, 0) != 0))
    return false;
  index = atomic_fetch_add (&n_matching, 1) + 1;
  if (index < first || index > last)
    return false;
  note (self, "injected");
  errno = error_number;
  return true;
}

static bool
fails_at (Call *self, const char *name, int dir_fd, const char *path)
{
  self->call = name;
  self->name = NULL;
  self->n_claims = 0;
  if (under != NULL && path != NULL && make_absolute (dir_fd, path, self->path))
    self->name = get_name (self->path);
  return fails (self);
}

static bool
fails_fd (Call *self, const char *name, int fd)
{
  self->call = name;
  self->name = NULL;
  self->n_claims = 0;
  if (under != NULL && fd != log_fd && read_fd_path (fd, self->path))
    self->name = get_name (self->path);
  return fails (self);
}

static long
end (const Call *self, long result)
{
  if (self->name != NULL)
    note (self, result < 0 ? "failed" : "ok");
  return result;
}

/* ---- the calls ---- */

static int
open_at (int dir_fd, const char *path, int flags, mode_t mode)
{
  NEXT (int, "openat64", int, const char *, int, ...);
  Call self;

  if (fails_at (&self, "open", dir_fd, path))
    return -1;
  return (int)end (&self, next (dir_fd, path, flags, mode));
}

static mode_t
get_mode (int flags, va_list list)
{
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg (list, mode_t) : 0;
}

int
open64 (const char *path, int flags, ...)
{
  va_list list;
  mode_t mode;

  va_start (list, flags);
  mode = get_mode (flags, list);
  va_end (list);
  return open_at (AT_FDCWD, path, flags, mode);
}

int
openat64 (int dir_fd, const char *path, int flags, ...)
{
  va_list list;
  mode_t mode;

  va_start (list, flags);
  mode = get_mode (flags, list);
  va_end (list);
  return open_at (dir_fd, path, flags, mode);
}

int
__open64_2 (const char *path, int flags)
{
  return open_at (AT_FDCWD, path, flags, 0);
}

int
__openat64_2 (int dir_fd, const char *path, int flags)
{
  return open_at (dir_fd, path, flags, 0);
}

DIR *
opendir (const char *path)
{
  NEXT (DIR *, "opendir", const char *);
  DIR *dir;
  Call self;

  if (fails_at (&self, "open", AT_FDCWD, path))
    return NULL;
  dir = next (path);
  (void)end (&self, dir != NULL ? 0 : -1);
  return dir;
}

/* openat2 has no function in libc. */
long
syscall (long number, ...)
{
  NEXT (long, "syscall", long, ...);
  long a[6];
  va_list list;
  Call self = { .name = NULL };

  va_start (list, number);
  for (int i = 0; i < 6; i++)
    a[i] = va_arg (list, long);
  va_end (list);
  if (number == SYS_openat2 && fails_at (&self, "open", (int)a[0], (const char *)a[1]))
    return -1;
  return end (&self, next (number, a[0], a[1], a[2], a[3], a[4], a[5]));
}

static unsigned
count_claims (const char *data, size_t length)
{
  static const char claim[] = "\"submitting\"";
  unsigned n = 0;
  const char *found;

  while ((found = memmem (data, length, claim, sizeof claim - 1)) != NULL)
    {
      length -= (size_t)(found + 1 - data);
      data = found + 1;
      n++;
    }
  return n;
}

ssize_t
write (int fd, const void *data, size_t length)
{
  NEXT (ssize_t, "write", int, const void *, size_t);
  Call self;

  if (fails_fd (&self, "write", fd))
    return -1;
  if (self.name != NULL)
    self.n_claims = count_claims (data, length);
  return end (&self, next (fd, data, length));
}

ssize_t
pwrite64 (int fd, const void *data, size_t length, off64_t offset)
{
  NEXT (ssize_t, "pwrite64", int, const void *, size_t, off64_t);
  Call self;

  if (fails_fd (&self, "write", fd))
    return -1;
  return end (&self, next (fd, data, length, offset));
}

ssize_t
read (int fd, void *data, size_t length)
{
  NEXT (ssize_t, "read", int, void *, size_t);
  Call self;

  if (fails_fd (&self, "read", fd))
    return -1;
  return end (&self, next (fd, data, length));
}

ssize_t
pread64 (int fd, void *data, size_t length, off64_t offset)
{
  NEXT (ssize_t, "pread64", int, void *, size_t, off64_t);
  Call self;

  if (fails_fd (&self, "read", fd))
    return -1;
  return end (&self, next (fd, data, length, offset));
}

int
fsync (int fd)
{
  NEXT (int, "fsync", int);
  Call self;

  if (fails_fd (&self, "fsync", fd))
    return -1;
  return (int)end (&self, next (fd));
}

int
rename (const char *from, const char *to)
{
  NEXT (int, "rename", const char *, const char *);
  Call self;

  if (fails_at (&self, "rename", AT_FDCWD, to))
    return -1;
  return (int)end (&self, next (from, to));
}

int
renameat (int from_fd, const char *from, int to_fd, const char *to)
{
  NEXT (int, "renameat", int, const char *, int, const char *);
  Call self;

  if (fails_at (&self, "rename", to_fd, to))
    return -1;
  return (int)end (&self, next (from_fd, from, to_fd, to));
}

int
mkdir (const char *path, mode_t mode)
{
  NEXT (int, "mkdir", const char *, mode_t);
  Call self;

  if (fails_at (&self, "mkdir", AT_FDCWD, path))
    return -1;
  return (int)end (&self, next (path, mode));
}

int
mkdirat (int dir_fd, const char *path, mode_t mode)
{
  NEXT (int, "mkdirat", int, const char *, mode_t);
  Call self;

  if (fails_at (&self, "mkdir", dir_fd, path))
    return -1;
  return (int)end (&self, next (dir_fd, path, mode));
}

int
unlinkat (int dir_fd, const char *path, int flags)
{
  NEXT (int, "unlinkat", int, const char *, int);
  Call self;

  if (fails_at (&self, "unlink", dir_fd, path))
    return -1;
  return (int)end (&self, next (dir_fd, path, flags));
}

int
ftruncate64 (int fd, off64_t length)
{
  NEXT (int, "ftruncate64", int, off64_t);
  Call self;

  if (fails_fd (&self, "truncate", fd))
    return -1;
  return (int)end (&self, next (fd, length));
}

int
fcntl64 (int fd, int command, ...)
{
  NEXT (int, "fcntl64", int, int, ...);
  Call self = { .name = NULL };
  va_list list;
  long argument;

  va_start (list, command);
  argument = va_arg (list, long);
  va_end (list);
  if (command == F_DUPFD_CLOEXEC && fails_fd (&self, "dup", fd))
    return -1;
  return (int)end (&self, next (fd, command, argument));
}
