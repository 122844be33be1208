/* SPDX-License-Identifier: MIT */
/*
 * Criteria 5, 6 and 7 on the whole program: how often it asks, what a reader of jobs.json sees at
 * every instant, and that clips fail alone.
 */
#include "tests/fixtures/file-watcher.h"
#include "tests/integration/veo3/veo3-test.h"

#include <string.h>

/* ---- what a reader of jobs.json sees ---- */

typedef struct
{
  GHashTable
      *seen; /* (owned) variant -> GString (owned): its states in order, a blank after each */
  guint n_broken;
} Sightings;

static void
free_states (gpointer data)
{
  (void)g_string_free (data, TRUE);
}

static void
note_state (Sightings *self, json_object *job)
{
  const char *variant = emulator_log_string (job, "variant");
  GString *states = g_hash_table_lookup (self->seen, variant);
  g_autofree char *step = g_strconcat (emulator_log_string (job, "status"), " ", NULL);

  if (states == NULL)
    {
      states = g_string_new (NULL);
      g_hash_table_insert (self->seen, g_strdup (variant), states);
    }
  if (!g_str_has_suffix (states->str, step))
    g_string_append (states, step);
}

static void
look_at_jobs (const char *data, gsize length, gpointer user_data)
{
  Sightings *self = user_data;
  struct json_tokener *tokener = json_tokener_new ();
  json_object *document = json_tokener_parse_ex (tokener, data, (int)length);
  json_object *jobs = NULL;

  if (document == NULL || !json_object_object_get_ex (document, "jobs", &jobs))
    self->n_broken++;
  for (gsize i = 0; jobs != NULL && i < json_object_array_length (jobs); i++)
    note_state (self, json_object_array_get_idx (jobs, i));
  json_object_put (document);
  json_tokener_free (tokener);
}

static const char *const life[]
    = { "pending", "submitting", "generating", "downloading", "completed" };

/* Whatever was seen of a clip was seen in the order of its life, to the end of it. Adds to
 * @ret_seen which states those were. */
static void
assert_in_order (Sightings *self, const char *variant, gboolean *ret_seen)
{
  GString *states = g_hash_table_lookup (self->seen, variant);
  g_auto (GStrv) steps = NULL;
  gsize stage = 0;

  g_assert_nonnull (states);
  g_test_message ("%s: %s", variant, states->str);
  steps = g_strsplit (g_strchomp (states->str), " ", -1);
  for (gsize i = 0; steps[i] != NULL; i++)
    {
      while (stage < G_N_ELEMENTS (life) && g_strcmp0 (life[stage], steps[i]) != 0)
        stage++;
      g_assert_cmpuint (stage, <, G_N_ELEMENTS (life));
      ret_seen[stage] = TRUE;
    }
  g_assert_cmpuint (stage, ==, G_N_ELEMENTS (life) - 1);
}

/* AC 6: every change of a clip is in jobs.json, in order, and no read ever gives a broken file.
 * One submit at a time keeps the later clips pending long enough to be seen by anybody; on a slow
 * disk two changes of one clip may be one write, so each state has to be seen of one clip only. */
static void
test_every_state_is_seen (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test
      = GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
            ? veo3_test_new (VEO3_TEST_FAKE, "[fake]\nsubmit-delay=150ms\nqueue-time=100ms\n"
                                             "generation-time=400ms\ndownload-delay=150ms\n")
            : veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ngeneration-time=500ms\n"
                                             "[submit]\nfaults=ok delay=150ms\n"
                                             "[download]\nfaults=ok delay=150ms\n");
  g_autofree char *path = pipeline_fixture_path (test->fixture, "ws/veo3/jobs.json");
  Sightings sightings
      = { .seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_states) };
  FileWatcher *watcher = file_watcher_start (path, look_at_jobs, &sightings);
  gboolean seen[G_N_ELEMENTS (life)] = { FALSE };
  guint n_reads;

  veo3_test_set_plugin_keys (test, "max-parallel=1\npoll-look=200ms\npoll-prior=200ms\n");
  veo3_test_expect (test, "run", 0);
  n_reads = file_watcher_stop (watcher);
  g_test_message ("%u reads", n_reads);
  g_assert_cmpuint (n_reads, >=, 100);
  g_assert_cmpuint (sightings.n_broken, ==, 0);
  assert_in_order (&sightings, "a", seen);
  assert_in_order (&sightings, "b", seen);
  assert_in_order (&sightings, "c", seen);
  for (gsize i = 0; i < G_N_ELEMENTS (life); i++)
    g_assert_true (seen[i]);
  g_hash_table_unref (sightings.seen);
}

/* ---- polling ---- */

static gint64
gap_ms (GArray *times, guint index)
{
  return (g_array_index (times, gint64, index + 1) - g_array_index (times, gint64, index)) / 1000;
}

static gint64
four_gaps_ms (GArray *times, guint first)
{
  return (g_array_index (times, gint64, first + 4) - g_array_index (times, gint64, first)) / 1000;
}

/* AC 5: after the first look comes one long wait; when the clip becomes due the waits are short at
 * once, then they grow while nothing changes, between poll-min and poll-max. A busy machine makes
 * single gaps longer, so the growth is judged over four at a time. */
static void
test_poll_gaps (void)
{
  const gint64 busy_ms = 400;
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\ngeneration-time=4s\n");
  g_autoptr (GArray) times = NULL;

  veo3_test_set_prompts (test, "a", "patience", NULL);
  veo3_test_set_plugin_keys (test, "poll-min=60ms\npoll-max=600ms\npoll-cost=30ms\n"
                                   "poll-look=100ms\npoll-prior=600ms\n");
  veo3_test_expect (test, "run", 0);
  times = veo3_test_request_times (test, "poll", NULL);
  g_assert_cmpuint (times->len, >=, 10);
  g_assert_cmpuint (times->len, <=, 40);
  for (guint i = 0; i + 1 < times->len; i++)
    {
      g_test_message ("gap %u: %" G_GINT64_FORMAT " ms", i, gap_ms (times, i));
      g_assert_cmpint (gap_ms (times, i), >=, 60 - 20);
      g_assert_cmpint (gap_ms (times, i), <=, 600 + busy_ms);
    }
  g_assert_cmpint (gap_ms (times, 1), <, gap_ms (times, 0));
  g_assert_cmpint (10 * four_gaps_ms (times, times->len - 5), >=, 13 * four_gaps_ms (times, 1));
}

/* AC 5: a clip that turns out ready makes the program look at its sibling at once, instead of at
 * the end of the long wait that it had planned. */
static void
test_poll_after_change (void)
{
  g_autoptr (Veo3Test) test
      = veo3_test_new (VEO3_TEST_WIRE, "[prompt quick]\ngeneration-time=50ms\n"
                                       "[prompt slow]\n"
                                       "generation-time=700ms\n");
  g_autoptr (GArray) times = NULL;

  veo3_test_set_prompts (test, "quick", "a quick one", "slow", "a slow one", NULL);
  veo3_test_set_plugin_keys (test, "poll-min=50ms\npoll-max=20s\npoll-look=200ms\n"
                                   "poll-prior=15s\n");
  veo3_test_expect (test, "run", 0);
  times = veo3_test_request_times (test, "poll", NULL);
  g_assert_cmpuint (times->len, >=, 3);
  g_assert_cmpint (g_array_index (times, gint64, times->len - 1) - g_array_index (times, gint64, 0),
                   <, 5 * G_USEC_PER_SEC);
}

/* ---- clips fail alone ---- */

static void
assert_failed (Veo3Test *test, const char *variant, const char *code, const char *words)
{
  g_autofree char *message = veo3_test_job (test, variant, "error_message");

  veo3_test_assert_job (test, variant, "status", "failed");
  veo3_test_assert_job (test, variant, "error_code", code);
  veo3_test_assert_job (test, variant, "video_path", NULL);
  veo3_test_assert_says (message, words);
}

static Veo3Test *
new_mixture (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test
      = GPOINTER_TO_INT (flavour) == VEO3_TEST_FAKE
            ? veo3_test_new (VEO3_TEST_FAKE, "[clip broken]\nresult=failed\n"
                                             "[clip filtered]\nresult=filtered\n"
                                             "[clip good]\npoll=no_answer x3\n")
            : veo3_test_new (VEO3_TEST_WIRE,
                             "[prompt a storm]\nresult=error 13 message=\"the kiln exploded\"\n"
                             "[prompt a duel]\nresult=filtered code=42237218\n"
                             "[prompt a garden]\npoll=500 x3\n");

  veo3_test_set_prompts (test, "broken", "a storm", "filtered", "a duel", "good", "a garden",
                         "empty", "", NULL);
  pipeline_fixture_set_environment (test->fixture, "VEO3_CLIP_COUNT", "4");
  return g_steal_pointer (&test);
}

/* AC 7: an operation that fails, one that is filtered and a prompt without words leave the fourth
 * clip alone, which survives three failed polls; the pipeline goes on and ASSEMBLY sees that clip.
 */
static void
test_mixture (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = new_mixture (flavour);
  g_autofree char *seen = NULL;

  veo3_test_expect (test, "run", 0);
  assert_failed (test, "broken", "operation_failed",
                 test->emulator != NULL ? "the kiln exploded" : "code 13");
  assert_failed (test, "filtered", "content_filtered", "42237218");
  assert_failed (test, "empty", "invalid_prompt", "veo3_prompts[3].prompt");
  veo3_test_assert_job (test, "good", "status", "completed");
  veo3_test_assert_job (test, "good", "video_path", "veo3/good.mp4");
  seen = pipeline_fixture_read (test->fixture, "ws/seen.txt");
  g_assert_cmpstr (seen, ==, "good.mp4\njobs.json\n");
  if (test->emulator == NULL)
    return;
  g_assert_cmpuint (veo3_test_count (test, "submit"), ==, 3);
  g_assert_cmpuint (emulator_client_count (test->emulator, "poll", "\"status\":500"), ==, 3);
}

/* AC 7: with --fail-on=partial the same mixture ends with exit code 7. */
static void
test_mixture_fails_on_partial (gconstpointer flavour)
{
  g_autoptr (Veo3Test) test = new_mixture (flavour);
  g_autoptr (PipelineResult) result = veo3_test_run (test, "run", "--fail-on=partial", NULL);

  g_assert_cmpint (result->exit_code, ==, 7);
  veo3_test_assert_job (test, "good", "status", "completed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  veo3_test_add ("/veo3/states/6-every-state-is-seen", test_every_state_is_seen);
  g_test_add_func ("/veo3/states/5-poll-gaps", test_poll_gaps);
  g_test_add_func ("/veo3/states/5-poll-after-change", test_poll_after_change);
  veo3_test_add ("/veo3/states/7-mixture", test_mixture);
  veo3_test_add ("/veo3/states/7-mixture-fails-on-partial", test_mixture_fails_on_partial);
  return g_test_run ();
}
