/* SPDX-License-Identifier: MIT */
/*
 * The shim from outside, and the judge. The test's thread.
 *
 * Must not: believe the program about what it has sent.
 */
#include "tests/integration/disk/disk-test.h"

#include <string.h>

#define WORDS_IN_LINE 4

static const char *const prompts[][2]
    = { { "a", "a lighthouse" }, { "b", "a fox" }, { "c", "a river" } };

static char *
get_log_path (Veo3Test *test)
{
  return pipeline_fixture_path (test->fixture, "calls");
}

static void
set_number (Veo3Test *test, const char *name, guint number)
{
  g_autofree char *text = g_strdup_printf ("%u", number);

  pipeline_fixture_set_environment (test->fixture, name, text);
}

/* A sanitizer's library wants to be the first one, which does not matter to what it finds. */
static void
preload (Veo3Test *test, gboolean is_on)
{
  const char *options = g_getenv ("ASAN_OPTIONS");
  g_autofree char *relaxed
      = g_strconcat (options != NULL ? options : "", ":verify_asan_link_order=0", NULL);

  pipeline_fixture_set_environment (test->fixture, "LD_PRELOAD", is_on ? TEST_DISK_SHIM : NULL);
  pipeline_fixture_set_environment (test->fixture, "ASAN_OPTIONS", is_on ? relaxed : options);
}

void
disk_test_set_fault (Veo3Test *test, const DiskFault *fault)
{
  g_autofree char *log_path = get_log_path (test);
  g_autofree char *under = pipeline_fixture_path (test->fixture, "ws");

  preload (test, TRUE);
  pipeline_fixture_set_environment (test->fixture, "DISK_SHIM_LOG", log_path);
  pipeline_fixture_set_environment (test->fixture, "DISK_SHIM_UNDER", under);
  pipeline_fixture_set_environment (test->fixture, "DISK_SHIM_CALL",
                                    fault != NULL ? fault->call : NULL);
  if (fault == NULL)
    return;
  pipeline_fixture_set_environment (test->fixture, "DISK_SHIM_NAMES", fault->names);
  pipeline_fixture_set_environment (test->fixture, "DISK_SHIM_ERROR", fault->error);
  set_number (test, "DISK_SHIM_FIRST", fault->first);
  set_number (test, "DISK_SHIM_LAST", fault->last);
}

void
disk_test_mend (Veo3Test *test)
{
  preload (test, FALSE);
  pipeline_fixture_set_environment (test->fixture, "DISK_SHIM_LOG", NULL);
}

static void
call_free (gpointer data)
{
  DiskCall *self = data;

  g_free (self->call);
  g_free (self->name);
  g_free (self->result);
  g_free (self);
}

GPtrArray *
disk_test_parse_calls (const char *text)
{
  GPtrArray *calls = g_ptr_array_new_with_free_func (call_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
      DiskCall *self = g_new0 (DiskCall, 1);

      g_assert_cmpuint (g_strv_length (words), ==, WORDS_IN_LINE);
      self->call = g_strdup (words[0]);
      self->name = g_strdup (words[1]);
      self->result = g_strdup (words[2]);
      self->n_claims = (guint)g_ascii_strtoull (words[3], NULL, 10);
      g_ptr_array_add (calls, self);
    }
  return calls;
}

GPtrArray *
disk_test_read_calls (Veo3Test *test)
{
  g_autofree char *text = pipeline_fixture_read (test->fixture, "calls");

  return disk_test_parse_calls (text);
}

guint
disk_test_count (GPtrArray *calls, const char *call, const char *names, const char *result)
{
  guint n = 0;

  for (guint i = 0; i < calls->len; i++)
    {
      const DiskCall *self = g_ptr_array_index (calls, i);

      n += (call == NULL || g_str_equal (call, self->call))
           && (names == NULL || g_pattern_match_simple (names, self->name))
           && (result == NULL || g_str_equal (result, self->result));
    }
  return n;
}

/* How far the save under way has come. */
typedef struct
{
  char *temporary; /* (owned) (nullable) */
  guint n_claims;
  guint n_steps; /* done: 1 = written, 2 = synced, 3 = renamed */
} Save;

/* Returns: TRUE when the save is durable by this call. */
static gboolean
follow_save (Save *save, const DiskCall *call)
{
  gboolean is_temporary = g_strcmp0 (call->name, save->temporary) == 0;

  if (g_str_equal (call->call, "open") && g_str_has_prefix (call->name, "veo3/jobs.json."))
    {
      g_free (save->temporary);
      *save = (Save){ .temporary = g_strdup (call->name) };
    }
  if (!g_str_equal (call->result, "ok"))
    return FALSE;
  if (is_temporary && g_str_equal (call->call, "write"))
    {
      save->n_claims += call->n_claims;
      save->n_steps = 1;
    }
  else if (is_temporary && g_str_equal (call->call, "fsync") && save->n_steps == 1)
    save->n_steps = 2;
  else if (g_str_equal (call->call, "rename") && g_str_equal (call->name, "veo3/jobs.json")
           && save->n_steps == 2)
    save->n_steps = 3;
  return g_str_equal (call->call, "fsync") && g_str_equal (call->name, "veo3")
         && save->n_steps == 3;
}

guint
disk_test_durable_claims (GPtrArray *calls)
{
  Save save = { .temporary = NULL };
  guint most = 0;

  for (guint i = 0; i < calls->len; i++)
    if (follow_save (&save, g_ptr_array_index (calls, i)))
      most = MAX (most, save.n_claims);
  g_free (save.temporary);
  return most;
}

/* Returns: (nullable): jobs.json, if it is there and whole; json_object_put() */
static json_object *
read_jobs (Veo3Test *test)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, "ws/veo3/jobs.json");
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? json_tokener_parse (text) : NULL;
}

static const char *
find_string (json_object *document, const char *variant, const char *member)
{
  json_object *jobs = NULL;

  if (document == NULL || !json_object_object_get_ex (document, "jobs", &jobs))
    return NULL;
  for (gsize i = 0; i < json_object_array_length (jobs); i++)
    {
      json_object *job = json_object_array_get_idx (jobs, i);

      if (g_strcmp0 (emulator_log_string (job, "variant"), variant) == 0)
        return emulator_log_string (job, member);
    }
  return NULL;
}

char *
disk_test_status (Veo3Test *test, const char *variant)
{
  json_object *document = read_jobs (test);
  const char *status = find_string (document, variant, "status");
  char *copy = g_strdup (status != NULL ? status : "none");

  (void)json_object_put (document);
  return copy;
}

static gboolean
is_known (json_object *document, const char *variant, const char *operation, const char *said)
{
  const char *status = find_string (document, variant, "status");

  return g_strcmp0 (find_string (document, variant, "operation_name"), operation) == 0
         || g_strcmp0 (status, "uncertain") == 0 || g_strcmp0 (status, "submitting") == 0
         || strstr (said, operation) != NULL;
}

static void
assert_clip_kept (Veo3Test *test, json_object *document, gsize clip, const char *said)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (test->emulator, &error);
  guint n_submits = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < log->len; i++)
    {
      json_object *entry = g_ptr_array_index (log, i);
      const char *prompt = emulator_log_string (entry, "body/instances/0/prompt");
      const char *operation = emulator_log_string (entry, "operation");

      if (g_strcmp0 (emulator_log_string (entry, "kind"), "submit") != 0
          || g_strcmp0 (prompt, prompts[clip][1]) != 0)
        continue;
      n_submits++;
      if (operation != NULL && !is_known (document, prompts[clip][0], operation, said))
        g_error ("%s of clip %s is lost; it was said: %s", operation, prompts[clip][0], said);
    }
  g_assert_cmpuint (n_submits, <=, 1);
}

void
disk_test_assert_kept (Veo3Test *test, const char *said)
{
  json_object *document = read_jobs (test);

  for (gsize i = 0; i < G_N_ELEMENTS (prompts); i++)
    assert_clip_kept (test, document, i, said);
  (void)json_object_put (document);
}

gboolean
disk_test_can_inject (void)
{
  const DiskFault fault = { "fsync", "*", "EIO", 1, G_MAXUINT };
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_FAKE, NULL);
  g_autoptr (PipelineResult) result = NULL;
  g_autoptr (GPtrArray) calls = NULL;

  disk_test_set_fault (test, &fault);
  result = veo3_test_run (test, "run", NULL);
  if (!pipeline_fixture_has (test->fixture, "calls"))
    return FALSE;
  calls = disk_test_read_calls (test);
  return disk_test_count (calls, "fsync", NULL, "injected") > 0 && result->exit_code != 0;
}
