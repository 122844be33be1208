/* SPDX-License-Identifier: MIT */
/*
 * See clock-lab.h. The test's thread; the program under test reads the offsets through shared
 * memory.
 */
#include "tests/integration/time/clock-lab.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define OFFSETS_BYTES (3 * sizeof (gint64))

static gint64 *
map_offsets (const char *path)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void *map;

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (ftruncate (fd, OFFSETS_BYTES), ==, 0);
  map = mmap (NULL, OFFSETS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  (void)close (fd);
  g_assert_true (map != MAP_FAILED);
  return map;
}

ClockLab *
clock_lab_new (const char *scenario, const char *keys)
{
  ClockLab *self = g_new0 (ClockLab, 1);
  PipelineFixture *fixture;
  g_autofree char *path = NULL;
  const char *asan = g_getenv ("ASAN_OPTIONS");
  /* The shim comes before the sanitizer's library, which is no harm. */
  g_autofree char *options
      = g_strconcat (asan != NULL ? asan : "", ":verify_asan_link_order=0", NULL);

  self->test = veo3_test_new (VEO3_TEST_WIRE, scenario);
  fixture = self->test->fixture;
  path = pipeline_fixture_path (fixture, "clocks");
  self->offsets_s = map_offsets (path);
  pipeline_fixture_set_environment (fixture, "ASAN_OPTIONS", options);
  pipeline_fixture_set_environment (fixture, "LD_PRELOAD", TEST_TIME_SHIM);
  pipeline_fixture_set_environment (fixture, "TIME_SHIM_FILE", path);
  if (keys != NULL)
    veo3_test_set_plugin_keys (self->test, keys);
  return self;
}

void
clock_lab_free (ClockLab *self)
{
  if (self == NULL)
    return;
  (void)munmap (self->offsets_s, OFFSETS_BYTES);
  veo3_test_free (self->test);
  g_free (self);
}

void
clock_lab_set_clock (ClockLab *self, gint64 off_s)
{
  __atomic_store_n (&self->offsets_s[0], off_s, __ATOMIC_SEQ_CST);
}

void
clock_lab_suspend (ClockLab *self, PipelineProcess *process, gint64 slept_s, gint64 really_ms)
{
  pipeline_process_signal (process, SIGSTOP);
  pipeline_fixture_pass (really_ms * G_TIME_SPAN_MILLISECOND);
  (void)__atomic_add_fetch (&self->offsets_s[0], slept_s, __ATOMIC_SEQ_CST);
  (void)__atomic_add_fetch (&self->offsets_s[1], slept_s, __ATOMIC_SEQ_CST);
  pipeline_process_signal (process, SIGCONT);
}

void
clock_lab_hasten (ClockLab *self, gint64 time_s)
{
  for (gsize i = 0; i < 3; i++)
    (void)__atomic_add_fetch (&self->offsets_s[i], time_s, __ATOMIC_SEQ_CST);
}

guint
clock_lab_count_since (ClockLab *self, const char *kind, const char *words, gint64 since_us)
{
  g_autoptr (GArray) times = veo3_test_request_times (self->test, kind, words);
  guint n = 0;

  for (guint i = 0; i < times->len; i++)
    n += g_array_index (times, gint64, i) > since_us;
  return n;
}
