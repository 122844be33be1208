/* SPDX-License-Identifier: MIT */
/*
 * The whole program on files that are not as it wrote them. All clips are paid for and being
 * generated: whatever is wrong, no start may send a paid request, and what was paid for must be
 * fetched by the first start after the file has been put right.
 *
 * Judge: the emulator's log of requests that it received completely.
 *
 * Run as: test-recovery-broken [few]
 */
#include "tests/integration/recovery/job-mutator.h"
#include "tests/integration/recovery/recovery-world.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_PREFIXES 10

static const char *const variants[] = { "v-a", "v-b", "v-c", NULL };
static RecoveryWorld *world; /* one for all cases: (owned) by main */
static guint n_mutations = 38;
static guint n_state_mutations = 19;
static guint prefix_step = 1; /* of N_PREFIXES */

/* The run died when every clip was being generated. */
static void
begin_generating (void)
{
  recovery_world_begin (world);
  for (guint i = 0; variants[i] != NULL; i++)
    {
      g_autofree char *clip = recovery_world_clip (world, variants[i]);

      recovery_world_set (world, variants[i], "status", "generating");
      recovery_world_set (world, variants[i], "video_path", NULL);
      recovery_world_set (world, variants[i], "completed_at", NULL);
      recovery_world_set (world, variants[i], "bytes", NULL);
      recovery_world_set (world, variants[i], "sha256", NULL);
      g_assert_cmpint (g_unlink (clip), ==, 0);
    }
  recovery_world_save (world);
  recovery_world_interrupt (world);
}

static GString *
read_bytes (const char *name)
{
  g_autofree char *place = g_build_filename ("ws", name, NULL);
  g_autofree char *path = pipeline_fixture_path (world->test->fixture, place);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0;

  (void)g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  return g_string_new_len (bytes, (gssize)length);
}

static void
assert_bytes (const char *name, const char *bytes, gsize length)
{
  g_autoptr (GString) found = read_bytes (name);

  g_assert_cmpmem (found->str, found->len, bytes, length);
}

static char *
find_copy (void)
{
  g_autofree char *path = pipeline_fixture_path (world->test->fixture, "ws/veo3");
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "jobs.json.bad-"))
      return g_build_filename ("veo3", name, NULL);
  g_error ("no copy was kept");
}

static void
assert_nothing_sent (void)
{
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
  g_assert_cmpuint (recovery_world_count (world, "poll", NULL), ==, 0);
}

/* Refused twice, with the bytes left as they are and kept once beside; then put right. */
static void
expect_refused (const char *bytes, gsize length, const char *good, const char *words)
{
  g_autoptr (PipelineResult) first = veo3_test_run (world->test, "run", NULL);
  g_autofree char *copy = NULL;

  g_assert_cmpint (first->exit_code, ==, 2);
  veo3_test_assert_says (first->err, words);
  veo3_test_assert_says (first->err, "nothing is paid twice");
  veo3_test_expect (world->test, "run", 2);
  assert_nothing_sent ();
  assert_bytes ("veo3/jobs.json", bytes, length);
  g_assert_cmpuint (recovery_world_count_files (world, "veo3", "jobs.json.bad-"), ==, 1);
  copy = find_copy ();
  assert_bytes (copy, bytes, length);
  recovery_world_put (world, "veo3/jobs.json", good, strlen (good));
  veo3_test_expect (world->test, "run", 0);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
  veo3_test_assert_job (world->test, "v-c", "status", "completed");
}

/* A jobs.json that was cut, anywhere, is refused with the operations it names, is left and copied
 * as it is, and nothing is sent; once it is whole again, its clips are fetched for nothing. */
static void
test_prefixes (void)
{
  for (guint i = 0; i < N_PREFIXES; i += prefix_step)
    {
      g_autoptr (GString) good = NULL;
      gsize length;

      begin_generating ();
      good = read_bytes ("veo3/jobs.json");
      /* From nothing at all to all but the last bracket. */
      length = i * (good->len - 2) / (N_PREFIXES - 1);
      recovery_world_put (world, "veo3/jobs.json", good->str, length);
      expect_refused (good->str, length, good->str,
                      i >= N_PREFIXES / 2 ? "operations/" : "Operations it names");
    }
}

static gboolean
tells_of (const GString *bytes, const char *variant)
{
  g_autofree char *value = g_strdup_printf ("\"%s\"", variant);
  g_autofree char *key_end = g_strdup_printf ("_%s\"", variant);

  return memmem (bytes->str, bytes->len, value, strlen (value)) != NULL
         || memmem (bytes->str, bytes->len, key_end, strlen (key_end)) != NULL;
}

/* Mutations of every kind: refused without a word to the service and with a copy, or gone on
 * with, and no clip of which the file still tells is paid for again. */
static void
test_mutations (void)
{
  guint n_refused = 0;

  for (guint32 seed = 1; seed <= n_mutations; seed++)
    {
      g_autoptr (GString) good = NULL;
      g_auto (JobMutation) mutation = { 0 };
      g_autoptr (PipelineResult) result = NULL;

      begin_generating ();
      good = read_bytes ("veo3/jobs.json");
      mutation = job_mutator_make (good->str, seed);
      recovery_world_put (world, "veo3/jobs.json", mutation.bytes->str, mutation.bytes->len);
      result = veo3_test_run (world->test, "run", NULL);
      g_test_message ("%s: exit %d", mutation.kind, result->exit_code);
      g_assert_cmpint (result->exit_code, <=, 5);
      for (guint i = 0; variants[i] != NULL; i++)
        if (tells_of (mutation.bytes, variants[i]))
          g_assert_cmpuint (recovery_world_count_submits (world, variants[i]), ==, 0);
      if (result->exit_code != 2)
        continue;
      n_refused++;
      assert_nothing_sent ();
      assert_bytes ("veo3/jobs.json", mutation.bytes->str, mutation.bytes->len);
    }
  g_assert_cmpuint (n_refused, >, n_mutations / 4);
  g_assert_cmpuint (n_refused, <, n_mutations);
}

/* A newer schema is refused with what to do, untouched and without a copy; nothing is sent. */
static void
test_newer (void)
{
  g_autoptr (PipelineResult) result = NULL;
  g_autoptr (GString) bytes = NULL;

  begin_generating ();
  json_object_object_add (world->document, "schema_version", json_object_new_int (2));
  recovery_world_save (world);
  bytes = read_bytes ("veo3/jobs.json");
  result = veo3_test_run (world->test, "run", NULL);
  g_assert_cmpint (result->exit_code, ==, 2);
  veo3_test_assert_says (result->err, "use that version");
  veo3_test_expect (world->test, "resume", 2);
  assert_bytes ("veo3/jobs.json", bytes->str, bytes->len);
  g_assert_cmpuint (recovery_world_count_files (world, "veo3", "jobs.json."), ==, 0);
  assert_nothing_sent ();
}

/* ---- run.json ---- */

/* A run.json that is cut, emptied, changed, or newer: refused, left alone, nothing sent; or gone on
 * with, and nothing sent again. */
static void
test_state (void)
{
  static const char *const texts[]
      = { "", "{", "[]", "null", "\xff", "{\"schema_version\": 2}", "{\"schema_version\": NaN}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      begin_generating ();
      recovery_world_put (world, "run.json", texts[i], strlen (texts[i]));
      veo3_test_expect (world->test, "run", 2);
      assert_bytes ("run.json", texts[i], strlen (texts[i]));
      assert_nothing_sent ();
    }
  for (guint32 seed = 1; seed <= n_state_mutations; seed++)
    {
      g_autoptr (GString) good = NULL;
      g_auto (JobMutation) mutation = { 0 };
      g_autoptr (PipelineResult) result = NULL;

      begin_generating ();
      good = read_bytes ("run.json");
      mutation = job_mutator_make (good->str, seed);
      recovery_world_put (world, "run.json", mutation.bytes->str, mutation.bytes->len);
      result = veo3_test_run (world->test, "run", NULL);
      g_test_message ("%s: exit %d", mutation.kind, result->exit_code);
      g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
      g_assert_cmpint (result->exit_code, <=, 4);
    }
}

/* Without its run.json the workspace begins a new run, which knows the clips of the old one by
 * their variants: they keep their keys, and nothing is sent again. */
static void
test_state_lost (void)
{
  g_autofree char *path = pipeline_fixture_path (world->test->fixture, "ws/run.json");
  g_autofree char *key = NULL;

  begin_generating ();
  g_assert_cmpint (g_unlink (path), ==, 0);
  key = g_strdup (emulator_log_string (recovery_world_job (world, "v-a"), "idempotent_key"));
  veo3_test_expect (world->test, "run", 0);
  g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
  veo3_test_assert_job (world->test, "v-a", "status", "completed");
  veo3_test_assert_job (world->test, "v-a", "idempotent_key", key);
}

/* ---- the history ---- */

/* A history that was cut in the middle of a line, or is no text at all, costs nothing but itself:
 * the run goes on, and what is appended stands in lines of its own. */
static void
test_events (void)
{
  static const char *const rests[] = { "{\"ts\": \"2026", "\xff\xfe\x01", "not a line" };

  for (gsize i = 0; i < G_N_ELEMENTS (rests); i++)
    {
      g_autoptr (GString) events = NULL;
      g_auto (GStrv) lines = NULL;

      begin_generating ();
      recovery_world_put (world, "events.jsonl", rests[i], strlen (rests[i]));
      veo3_test_expect (world->test, "run", 0);
      events = read_bytes ("events.jsonl");
      lines = g_strsplit (events->str, "\n", -1);
      g_assert_cmpstr (lines[0], ==, rests[i]);
      for (guint j = 1; lines[j] != NULL && lines[j][0] != '\0'; j++)
        {
          json_object *event = json_tokener_parse (lines[j]);

          g_assert_true (json_object_is_type (event, json_type_object));
          json_object_put (event);
        }
      g_assert_cmpuint (g_strv_length (lines), >, 5);
      g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
    }
}

/* Something else in the place of the history is said, and the run goes on without it. */
static void
test_events_elsewhere (void)
{
  g_autofree char *path = pipeline_fixture_path (world->test->fixture, "ws/events.jsonl");

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (PipelineResult) result = NULL;

      begin_generating ();
      g_assert_cmpint (g_unlink (path), ==, 0);
      g_assert_cmpint (i == 0   ? g_mkdir (path, 0700)
                       : i == 1 ? symlink ("/etc/passwd", path)
                                : mkfifo (path, 0600),
                       ==, 0);
      result = veo3_test_run (world->test, "run", NULL);
      g_assert_cmpint (result->exit_code, ==, 0);
      veo3_test_assert_says (result->err, "cannot record events");
      g_assert_cmpuint (recovery_world_count (world, "submit", NULL), ==, 0);
      veo3_test_assert_job (world->test, "v-a", "status", "completed");
    }
}

int
main (int argc, char **argv)
{
  int status;

  recovery_world_use_memory ();
  g_test_init (&argc, &argv, NULL);
  if (argc > 1 && g_str_equal (argv[1], "few"))
    {
      n_mutations = 12;
      n_state_mutations = 4;
      prefix_step = 4;
    }
  world = recovery_world_new (variants, NULL);
  g_test_add_func ("/recovery/broken/prefixes", test_prefixes);
  g_test_add_func ("/recovery/broken/mutations", test_mutations);
  g_test_add_func ("/recovery/broken/newer", test_newer);
  g_test_add_func ("/recovery/broken/state", test_state);
  g_test_add_func ("/recovery/broken/state-lost", test_state_lost);
  g_test_add_func ("/recovery/broken/events", test_events);
  g_test_add_func ("/recovery/broken/events-elsewhere", test_events_elsewhere);
  status = g_test_run ();
  recovery_world_free (world);
  return status;
}
