/* SPDX-License-Identifier: MIT */
/*
 * time-shim.c: for LD_PRELOAD: the clocks of the program under test go differently, by the offsets
 * that stand in the file $TIME_SHIM_FILE and may change at any moment: three signed 64-bit numbers
 * of seconds, for CLOCK_REALTIME, CLOCK_BOOTTIME and CLOCK_MONOTONIC. The kernel's own waits are
 * not shortened: whoever sleeps notices when something else wakes him.
 *
 * Thread model: any thread of the program under test. Must not use anything but system calls and
 * the environment, for everything else may ask for the time.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime (clockid_t clock, struct timespec *ret_time);
int gettimeofday (struct timeval *restrict ret_time, void *restrict zone);
time_t time (time_t *ret_time);

static const volatile int64_t *offsets_s; /* (const after start) */

static void map_offsets (void) __attribute__ ((constructor));

static void
map_offsets (void)
{
  const char *path = getenv ("TIME_SHIM_FILE");
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  void *map;

  if (fd < 0)
    return;
  map = mmap (NULL, 3 * sizeof (int64_t), PROT_READ, MAP_SHARED, fd, 0);
  (void)close (fd);
  if (map != MAP_FAILED)
    offsets_s = map;
}

static int64_t
offset_s (clockid_t clock)
{
  if (offsets_s == NULL)
    return 0;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
    return offsets_s[0];
  if (clock == CLOCK_BOOTTIME)
    return offsets_s[1];
  return clock == CLOCK_MONOTONIC ? offsets_s[2] : 0;
}

int
clock_gettime (clockid_t clock, struct timespec *ret_time)
{
  int result = (int)syscall (SYS_clock_gettime, clock, ret_time);

  if (result == 0)
    ret_time->tv_sec += offset_s (clock);
  return result;
}

int
gettimeofday (struct timeval *restrict ret_time, void *restrict zone)
{
  struct timespec now;

  (void)zone;
  if (clock_gettime (CLOCK_REALTIME, &now) != 0)
    return -1;
  ret_time->tv_sec = now.tv_sec;
  ret_time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t
time (time_t *ret_time)
{
  struct timespec now = { 0 };

  (void)clock_gettime (CLOCK_REALTIME, &now);
  if (ret_time != NULL)
    *ret_time = now.tv_sec;
  return now.tv_sec;
}
