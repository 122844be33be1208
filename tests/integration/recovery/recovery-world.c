/* SPDX-License-Identifier: MIT */
/*
 * A finished run as the raw material of all others. The test's thread.
 *
 * Must not: judge by the program's own log what has been sent; that is the emulator's word.
 */
#include "tests/integration/recovery/recovery-world.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MASTER "done"
#define MEMORY_FOLDER "/dev/shm"

static char *
make_prompt (const char *variant, const char *suffix)
{
  /* Marked at both ends, so that no variant is found in the prompt of another. */
  return g_strdup_printf ("<<%s>> at dawn%s", variant, suffix != NULL ? suffix : "");
}

static void
add_prompt (json_object *prompts, const char *variant, const RecoveryWish *wish)
{
  g_autofree char *text = make_prompt (variant, wish->suffix);
  json_object *prompt = json_object_new_object ();

  json_object_object_add (prompt, "variant", json_object_new_string (variant));
  json_object_object_add (prompt, "prompt", json_object_new_string (text));
  json_object_object_add (prompt, "duration_s", json_object_new_int (wish->duration_s));
  json_object_array_add (prompts, prompt);
}

void
recovery_world_ask (RecoveryWorld *self, RecoveryWish wish)
{
  json_object *assets = json_object_new_object ();
  json_object *prompts = json_object_new_array ();
  guint n = wish.has_variants ? g_strv_length (self->variants) : 0;

  if (wish.extra != NULL)
    add_prompt (prompts, wish.extra, &wish);
  for (guint i = 0; i < n; i++)
    add_prompt (prompts, self->variants[wish.is_reversed ? n - 1 - i : i], &wish);
  json_object_object_add (assets, "veo3_prompts", prompts);
  pipeline_fixture_write (self->test->fixture, "ws/assets.json",
                          json_object_to_json_string (assets));
  pipeline_fixture_write (self->test->fixture, "ws/publishing-assets.json",
                          json_object_to_json_string (assets));
  json_object_put (assets);
}

static void
run_tool (RecoveryWorld *self, const char *tool, const char *option, const char *const *names)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  int wait_status = 0;

  g_ptr_array_add (argv, g_strdup (tool));
  g_ptr_array_add (argv, g_strdup (option));
  for (guint i = 0; names[i] != NULL; i++)
    g_ptr_array_add (argv, pipeline_fixture_path (self->test->fixture, names[i]));
  g_ptr_array_add (argv, NULL);
  (void)g_spawn_sync (NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                      &wait_status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (wait_status, ==, 0);
}

void
recovery_world_copy (RecoveryWorld *self, const char *from, const char *to)
{
  const char *names[] = { from, to, NULL };

  g_assert_false (pipeline_fixture_has (self->test->fixture, to));
  run_tool (self, "cp", "-a", names);
}

void
recovery_world_use_memory (void)
{
  if (g_access (MEMORY_FOLDER, W_OK | X_OK) == 0)
    (void)g_setenv ("TMPDIR", MEMORY_FOLDER, TRUE);
}

RecoveryWorld *
recovery_world_new (const char *const *variants, const char *script)
{
  RecoveryWorld *self = g_new0 (RecoveryWorld, 1);

  self->test = veo3_test_new (VEO3_TEST_WIRE, script);
  self->variants = g_strdupv ((char **)variants);
  pipeline_fixture_set_environment (self->test->fixture, "VEO3_CLIP_COUNT", "100");
  recovery_world_ask (self, RECOVERY_SAME_WISH);
  veo3_test_expect (self->test, "run", 0);
  recovery_world_copy (self, "ws", MASTER);
  recovery_world_begin (self);
  return self;
}

void
recovery_world_free (RecoveryWorld *self)
{
  if (self == NULL)
    return;
  json_object_put (self->document);
  g_strfreev (self->variants);
  veo3_test_free (self->test);
  g_free (self);
}

void
recovery_world_begin (RecoveryWorld *self)
{
  const char *old[] = { "ws", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (self->test->emulator, &error);

  g_assert_no_error (error);
  self->log_start = log->len;
  run_tool (self, "rm", "-rf", old);
  recovery_world_copy (self, MASTER, "ws");
  json_object_put (self->document);
  self->document = pipeline_fixture_read_json (self->test->fixture, "ws/veo3/jobs.json");
}

void
recovery_world_interrupt (RecoveryWorld *self)
{
  json_object *state = pipeline_fixture_read_json (self->test->fixture, "ws/run.json");
  json_object *stages = json_object_object_get (state, "stages");

  json_object_object_add (state, "status", json_object_new_string ("running"));
  for (gsize i = 0; i < json_object_array_length (stages); i++)
    {
      json_object *stage = json_object_array_get_idx (stages, i);
      const char *name = emulator_log_string (stage, "name");

      if (g_strcmp0 (name, "VEO3_AWAIT") == 0)
        json_object_object_add (stage, "status", json_object_new_string ("running"));
      else if (g_strcmp0 (name, "ASSEMBLY") == 0)
        json_object_object_add (stage, "status", json_object_new_string ("pending"));
    }
  pipeline_fixture_write (self->test->fixture, "ws/run.json", json_object_to_json_string (state));
  json_object_put (state);
}

json_object *
recovery_world_job (RecoveryWorld *self, const char *variant)
{
  json_object *jobs = json_object_object_get (self->document, "jobs");

  for (gsize i = 0; i < json_object_array_length (jobs); i++)
    {
      json_object *job = json_object_array_get_idx (jobs, i);

      if (g_strcmp0 (emulator_log_string (job, "variant"), variant) == 0)
        return job;
    }
  g_error ("there is no job %s", variant);
}

void
recovery_world_set (RecoveryWorld *self, const char *variant, const char *member, const char *value)
{
  json_object_object_add (recovery_world_job (self, variant), member,
                          value != NULL ? json_object_new_string (value) : NULL);
}

void
recovery_world_put (RecoveryWorld *self, const char *name, const char *bytes, gsize length)
{
  g_autofree char *place = g_build_filename ("ws", name, NULL);
  g_autofree char *path = pipeline_fixture_path (self->test->fixture, place);
  g_autoptr (GError) error = NULL;

  (void)g_file_set_contents (path, bytes, (gssize)length, &error);
  g_assert_no_error (error);
}

void
recovery_world_save (RecoveryWorld *self)
{
  const char *text
      = json_object_to_json_string_ext (self->document,
                                        JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

  recovery_world_put (self, "veo3/jobs.json", text, strlen (text));
}

char *
recovery_world_clip (RecoveryWorld *self, const char *variant)
{
  g_autofree char *name = g_strdup_printf ("ws/veo3/%s.mp4", variant);

  return pipeline_fixture_path (self->test->fixture, name);
}

guint
recovery_world_count (RecoveryWorld *self, const char *kind, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (self->test->emulator, &error);
  guint n = 0;

  g_assert_no_error (error);
  for (guint i = self->log_start; i < log->len; i++)
    {
      json_object *entry = g_ptr_array_index (log, i);
      const char *text = json_object_to_json_string_ext (entry, JSON_C_TO_STRING_NOSLASHESCAPE);

      n += g_strcmp0 (emulator_log_string (entry, "kind"), kind) == 0
           && (words == NULL || strstr (text, words) != NULL);
    }
  return n;
}

guint
recovery_world_count_submits (RecoveryWorld *self, const char *variant)
{
  g_autofree char *mark = g_strdup_printf ("<<%s>>", variant);

  return recovery_world_count (self, "submit", mark);
}

guint
recovery_world_count_files (RecoveryWorld *self, const char *folder, const char *prefix)
{
  g_autofree char *place = g_build_filename ("ws", folder, NULL);
  g_autofree char *path = pipeline_fixture_path (self->test->fixture, place);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  const char *name;
  guint n = 0;

  g_assert_no_error (error);
  while ((name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_prefix (name, prefix);
  return n;
}
