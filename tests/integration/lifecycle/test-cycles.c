/* SPDX-License-Identifier: MIT */
/*
 * Many lives of the plugin in one process, every fifth with work in flight, ended in every order:
 * they leave no descriptor, no thread and no memory behind. Built twice: with the fake service, and
 * with the real adapter against an emulator (LIFECYCLE_WIRE).
 *
 * Run as: test-lifecycle-… [CYCLES]
 */
#include "tests/integration/lifecycle/resource-meter.h"
#include "tests/unit/stage/stage-host.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef LIFECYCLE_WIRE
#include "tests/emulator/emulator-client.h"
#endif

#define USUAL_CYCLES 1000
#define BUSY_EVERY 5
#define WARM_UP_ROUNDS 2
#define N_PROMPTS 3
#define MEMORY_FOLDER "/dev/shm"

/* Measured with one arena and without the caches of malloc and of GLib: after a warm-up the heap in
 * use is the same to the byte for thousands of cycles. The smallest block that malloc knows, lost
 * in each busy cycle, is more than this. */
#define HEAP_NOISE_BYTES (gsize) (2 * 1024)
#define RESIDENT_NOISE_BYTES (gsize) (4 * 1024 * 1024)

static guint n_cycles = USUAL_CYCLES;
static guint n_own_threads; /* the main one, and a sanitizer's */

/* ---- what is in flight ---- */

typedef struct
{
  const char *name;
  const char *scenario;  /* of the fake service */
  const char *directive; /* of the emulator, in each prompt */
  const char *line;      /* said by the first clip that is there */
} Work;

static const Work works[] = {
  { "submits", "submit-delay=1000s", "[[submit: accept-silence]]", "progress clip-1 submitting" },
  { "polls", "generation-time=1000s", "[[generation-time: 1000s]]", "progress clip-1 generating" },
  { "unanswered polls", "poll-delay=1000s", "[[poll: silence]]", "progress clip-1 generating" },
  { "downloads", "generation-time=1ms\ndownload-delay=1000s",
    "[[generation-time: 1ms]] [[download: stall=100]]", "progress clip-1 downloading" },
  { "nothing any more", "generation-time=1ms", "[[generation-time: 1ms]]",
    "progress clip-1 completed" },
};

#ifdef LIFECYCLE_WIRE
static EmulatorClient *emulator; /* (owned) by main */

static StageHost *
make_host (const Work *work)
{
  StageHost *host = stage_host_new (pipeline_stage_plugin_query ());
  g_autoptr (GString) text = g_string_new ("{\"veo3_prompts\": [");

  stage_host_set (host, "base-url", emulator_client_get_base_url (emulator));
  stage_host_set (host, "api-key", "a-key-of-a-test");
  stage_host_set (host, "model", "veo-3.1-fast-generate-preview");
  for (guint i = 1; work != NULL && i <= N_PROMPTS; i++)
    g_string_append_printf (text, "%s{\"variant\": \"clip-%u\", \"prompt\": \"%s a cat\"}",
                            i > 1 ? ", " : "", i, work->directive);
  g_string_append (text, "]}");
  test_workspace_write (stage_host_get_workspace (host), "publishing-assets.json", text->str);
  return host;
}
#else
static StageHost *
make_host (const Work *work)
{
  StageHost *host = stage_host_new (pipeline_stage_plugin_query ());

  if (work != NULL)
    stage_host_script (host, work->scenario);
  stage_host_want (host, work != NULL ? N_PROMPTS : 0);
  return host;
}
#endif

/* ---- how it ends ---- */

typedef void (*EndFunc) (StageHost *host);

static void
await_answer (StageAnswer *answer)
{
  test_wait_for_flag (NULL, &answer->is_done);
  g_clear_error (&answer->error);
}

static void
end_by_stop (StageHost *host)
{
  stage_host_stop (host);
}

static void
end_by_stop_while_ending (StageHost *host)
{
  StageAnswer answer;

  stage_host_end_run (host, 1, NULL, &answer);
  stage_host_stop (host);
  await_answer (&answer);
}

static void
end_by_stop_while_awaited (StageHost *host)
{
  StageAnswer answer;

  stage_host_run_stage (host, 1, NULL, &answer);
  stage_host_stop (host);
  await_answer (&answer);
}

static void
end_in_a_hurry (StageHost *host)
{
  (void)stage_host_finish_run (host, 1, TRUE);
  stage_host_stop (host);
}

static void
end_cancelled (StageHost *host)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  StageAnswer answer;

  stage_host_run_stage (host, 1, cancellable, &answer);
  g_cancellable_cancel (cancellable);
  await_answer (&answer);
  end_in_a_hurry (host);
}

/* The hurry comes when the end is under way, the stop before either has been answered. */
static void
end_all_at_once (StageHost *host)
{
  g_autoptr (GCancellable) hurry = g_cancellable_new ();
  StageAnswer awaited;
  StageAnswer ended;

  stage_host_run_stage (host, 1, NULL, &awaited);
  stage_host_end_run (host, 1, hurry, &ended);
  g_cancellable_cancel (hurry);
  stage_host_stop (host);
  await_answer (&awaited);
  await_answer (&ended);
}

static const EndFunc ends[] = {
  end_by_stop,   end_by_stop_while_ending, end_by_stop_while_awaited, end_in_a_hurry,
  end_cancelled, end_all_at_once,
};

/* ---- cycles ---- */

static void
run_busy (guint number)
{
  const Work *work = &works[number % G_N_ELEMENTS (works)];
  g_autoptr (StageHost) host = make_host (work);

  (void)stage_host_start (host);
  stage_host_after_stage (host, 1);
  stage_host_wait_line (host, work->line, 1);
  ends[number / G_N_ELEMENTS (works) % G_N_ELEMENTS (ends)](host);
}

static void
run_idle (guint number)
{
  g_autoptr (StageHost) host = make_host (NULL);

  (void)stage_host_start (host);
  if (number % 2 == 0)
    stage_host_after_stage (host, 1);
  stage_host_stop (host);
}

static void
run_cycles (guint first, guint n)
{
  for (guint i = first; i < first + n; i++)
    {
      if (i % BUSY_EVERY == 0)
        run_busy (i / BUSY_EVERY);
      else
        run_idle (i);
      test_wait_while_busy (NULL);
    }
}

static void
assert_same (const ResourceReading *before, const ResourceReading *after)
{
  g_test_message ("%u files, %u threads, %zu bytes of heap, %zu KiB resident", after->n_files,
                  after->n_threads, after->heap_bytes, after->resident_bytes / 1024);
  if (after->n_files != before->n_files)
    {
      g_autofree char *files = resource_meter_list_files ();

      g_test_message ("open files:\n%s", files);
    }
  g_assert_cmpuint (after->n_files, ==, before->n_files);
  g_assert_cmpuint (after->n_threads, ==, before->n_threads);
}

/* A thousand lives, two hundred of them cut short in the middle of work, leave what there was. */
static void
test_cycles (void)
{
  const guint round = BUSY_EVERY * G_N_ELEMENTS (works) * G_N_ELEMENTS (ends);
  guint warm_up = MIN (WARM_UP_ROUNDS * round, n_cycles / 3);
  gint64 start_us = g_get_monotonic_time ();
  ResourceReading first;
  ResourceReading before;
  ResourceReading after;

  /* Files and threads need one life to settle, memory the whole warm-up. */
  run_cycles (0, 1);
  first = resource_meter_read (n_own_threads);
  run_cycles (1, warm_up - 1);
  before = resource_meter_read (n_own_threads);
  assert_same (&first, &before);
  for (guint done = warm_up; done < n_cycles; done += round)
    {
      run_cycles (done, MIN (round, n_cycles - done));
      after = resource_meter_read (n_own_threads);
      assert_same (&before, &after);
    }
  g_test_message ("%u cycles in %" G_GINT64_FORMAT " ms", n_cycles,
                  (g_get_monotonic_time () - start_us) / 1000);
  if (!resource_meter_can_tell_heap ())
    return;
  g_assert_cmpuint (after.heap_bytes, <=, before.heap_bytes + HEAP_NOISE_BYTES);
  g_assert_cmpuint (after.resident_bytes, <=, before.resident_bytes + RESIDENT_NOISE_BYTES);
}

/* ---- the meter itself ---- */

static gpointer
wait_for_word (gpointer data)
{
  char word;

  g_assert_cmpint (read (GPOINTER_TO_INT (data), &word, 1), ==, 0);
  return NULL;
}

/* The meter sees a descriptor, a thread, and a little memory a cycle that are kept. */
static void
test_meter (void)
{
  ResourceReading before = resource_meter_read (n_own_threads);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  int ends_of_pipe[2];
  GThread *thread;
  ResourceReading after;

  g_assert_cmpint (pipe (ends_of_pipe), ==, 0);
  after = resource_meter_read (n_own_threads);
  g_assert_cmpuint (after.n_files, ==, before.n_files + 2);
  thread = g_thread_new ("kept", wait_for_word, GINT_TO_POINTER (ends_of_pipe[0]));
  after = resource_meter_read (n_own_threads + 1);
  g_assert_cmpuint (after.n_threads, ==, before.n_threads + 1);
  (void)close (ends_of_pipe[1]);
  (void)g_thread_join (thread);
  (void)close (ends_of_pipe[0]);
  for (guint i = 0; i < USUAL_CYCLES / BUSY_EVERY; i++)
    g_ptr_array_add (kept, g_malloc (1));
  after = resource_meter_read (n_own_threads);
  g_assert_cmpuint (after.n_files, ==, before.n_files);
  g_assert_cmpuint (after.n_threads, ==, before.n_threads);
  if (resource_meter_can_tell_heap ())
    g_assert_cmpuint (after.heap_bytes, >, before.heap_bytes + HEAP_NOISE_BYTES);
}

static gpointer
end_at_once (gpointer data)
{
  return data;
}

/* Caches of freed memory look like memory in use, and each new arena is some. All are switched off
 * from outside only. */
static void
switch_caches_off (char **argv)
{
  if (!resource_meter_can_tell_heap () || g_getenv ("GLIBC_TUNABLES") != NULL)
    return;
  (void)g_setenv ("GLIBC_TUNABLES", "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0", TRUE);
  (void)g_setenv ("G_SLICE", "always-malloc", TRUE);
  (void)execv ("/proc/self/exe", argv);
}

int
main (int argc, char **argv)
{
  /* Not G_TEST_OPTION_ISOLATE_DIRS: it leaks (GLib 2.74). GLib asks for the variable once. */
  g_autoptr (TestWorkspace) state = NULL;
  int status;

  switch_caches_off (argv);
  /* ThreadSanitizer begins one of its own together with the first of ours. */
  (void)g_thread_join (g_thread_new ("first", end_at_once, NULL));
  n_own_threads = resource_meter_read (1).n_threads;
  /* Saving is not the subject here, and waits for a disk that is busy with other tests. */
  if (g_access (MEMORY_FOLDER, W_OK | X_OK) == 0)
    (void)g_setenv ("TMPDIR", MEMORY_FOLDER, TRUE);
  state = test_workspace_new ();
  (void)g_setenv ("XDG_STATE_HOME", state->path, TRUE);
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    n_cycles = (guint)strtoul (argv[1], NULL, 10);
#ifdef LIFECYCLE_WIRE
  {
    static const char *const options[] = { "--generation-time", "1ms", NULL };
    g_autoptr (GError) error = NULL;

    emulator = emulator_client_start (options, "[emulator]\nclip=bytes:20KiB\n", &error);
    g_assert_no_error (error);
  }
#endif
  g_test_add_func ("/lifecycle/meter", test_meter);
  g_test_add_func ("/lifecycle/cycles", test_cycles);
  status = g_test_run ();
#ifdef LIFECYCLE_WIRE
  emulator_client_free (emulator);
#endif
  return status;
}
