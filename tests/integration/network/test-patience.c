/* SPDX-License-Identifier: MIT */
/*
 * The limits in earnest: the whole program with its own patience of 10 s for a connection, 120 s
 * for a paid answer, 20 s for a poll and 30 s for a download, against services that fall silent.
 * Each run ends by itself, with the right exit code. They wait at the same time; it takes two
 * minutes.
 */
#include "tests/integration/network/black-hole.h"
#include "tests/integration/veo3/veo3-test.h"

/* What pipeline_process_wait() can do at a time. */
#define WAIT_S 50

/** PatienceRow: who falls silent, and what the run says to that. */
typedef struct
{
  const char *name;
  const char *scenario; /* (nullable) NULL = no emulator */
  int exit_code;
  const char *status;
  gint64 least_s;
  gint64 most_s;
} PatienceRow;

static const PatienceRow rows[] = {
  { "connection dropped", NULL, 0, "failed", 9, 30 },
  { "poll", "[poll]\nfaults=silence\n", 4, "timed_out", 20, 60 },
  { "download", "[download]\nfaults=stall=100\n", 4, "timed_out", 30, 90 },
  { "paid answer", "[submit]\nfaults=accept-silence\n", 5, "uncertain", 119, 150 },
};

/** Waiter: a run that waits. */
typedef struct
{
  Veo3Test *test;           /* (owned) */
  PipelineProcess *process; /* (owned) */
} Waiter;

static Waiter
start (const PatienceRow *row, BlackHole *hole)
{
  Waiter self = { .test = veo3_test_new (row->scenario != NULL ? VEO3_TEST_WIRE : VEO3_TEST_BARE,
                                         row->scenario) };

  if (row->scenario == NULL)
    pipeline_fixture_set_environment (self.test->fixture, "GOOGLE_GEMINI_BASE_URL", hole->url);
  veo3_test_set_plugin_keys (self.test, "timeout=1s\n");
  veo3_test_set_prompts (self.test, "a", "a lighthouse", NULL);
  self.process = veo3_test_start (self.test, "run", NULL);
  return self;
}

static void
check (const PatienceRow *row, Waiter *self, gint64 begun_us)
{
  gint64 pause_us = begun_us + (row->most_s - WAIT_S) * G_USEC_PER_SEC - g_get_monotonic_time ();
  g_autoptr (PipelineResult) result = NULL;

  if (pause_us > 0)
    g_usleep ((gulong)pause_us);
  result = pipeline_process_wait (self->process);
  g_test_message ("%s: exit %d after %.1f s", row->name, result->exit_code,
                  (double)result->run_us / G_USEC_PER_SEC);
  g_assert_cmpint (result->exit_code, ==, row->exit_code);
  veo3_test_assert_job (self->test, "a", "status", row->status);
  /* Who has waited for one that came before may have ended long ago: no upper limit but the wait.
   */
  g_assert_cmpint (result->run_us, >=, row->least_s * G_USEC_PER_SEC);
  pipeline_process_free (self->process);
  veo3_test_free (self->test);
}

static void
test_patience (void)
{
  g_autoptr (BlackHole) hole = black_hole_new_port ();
  Waiter waiters[G_N_ELEMENTS (rows)];
  gint64 begun_us = g_get_monotonic_time ();

  if (hole == NULL)
    {
      g_test_skip ("this kernel does not drop connections to a full port");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    waiters[i] = start (&rows[i], hole);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    check (&rows[i], &waiters[i], begun_us);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/patience", test_patience);
  return g_test_run ();
}
