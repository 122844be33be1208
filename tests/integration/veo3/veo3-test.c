/* SPDX-License-Identifier: MIT */
/*
 * What the integration tests of the veo3 plugin share. The test's thread.
 *
 * Must not: judge by the program's own log what has been sent; that is the emulator's word.
 */
#include "tests/integration/veo3/veo3-test.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define USUAL_STAGES "CONTENT;LAYOUT_DETECTIVE;VEO3_AWAIT;ASSEMBLY"
#define USUAL_GROUPS                                                                               \
  "[stage CONTENT]\n"                                                                              \
  "command=cp assets.json publishing-assets.json\n"                                                \
  "outputs=publishing-assets.json\n"                                                               \
  "[stage LAYOUT_DETECTIVE]\n"                                                                     \
  "command=true\n"                                                                                 \
  "[stage VEO3_AWAIT]\n"                                                                           \
  "plugin=veo3\n"                                                                                  \
  "[stage ASSEMBLY]\n"                                                                             \
  "command=sh -c \"ls veo3 > seen.txt 2>&1 || true\"\n"

/* In this order: a key that a test has set itself is left out. */
static const char *const usual_keys[][2] = {
  { "timeout", "30s" },       { "poll-min", "20ms" },  { "poll-max", "200ms" },
  { "poll-cost", "5ms" },     { "poll-look", "30ms" }, { "poll-prior", "50ms" },
  { "retry-permille", "10" },
};

static void
write_pipeline (Veo3Test *self, const char *stages, const char *groups, const char *keys)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *all = g_strconcat ("\n", groups, keys, NULL);

  g_string_append_printf (text, "[pipeline]\nname=test\nstages=%s\nplugins=veo3\n%s", stages,
                          groups);
  if (strstr (groups, "[plugin veo3]") == NULL)
    g_string_append (text, "[plugin veo3]\n");
  g_string_append (text, keys);
  for (gsize i = 0; i < G_N_ELEMENTS (usual_keys); i++)
    {
      g_autofree char *line = g_strdup_printf ("\n%s=", usual_keys[i][0]);

      if (strstr (all, line) == NULL)
        g_string_append_printf (text, "%s=%s\n", usual_keys[i][0], usual_keys[i][1]);
    }
  pipeline_fixture_write (self->fixture, "ws/pipeline.ini", text->str);
}

static void
use_fake (Veo3Test *self, const char *script)
{
  g_autofree char *path = pipeline_fixture_path (self->fixture, "fake.ini");

  pipeline_fixture_write (self->fixture, "fake.ini", script != NULL ? script : "");
  pipeline_fixture_set_environment (self->fixture, "VEO3_FAKE_SCENARIO", path);
}

static void
use_emulator (Veo3Test *self, const char *script)
{
  g_autofree char *scenario
      = g_strconcat ("[emulator]\nclip=bytes:20KiB\n", script != NULL ? script : "", NULL);
  const char *options[] = { "--api-key", VEO3_TEST_KEY, "--generation-time", "100ms", NULL };
  g_autoptr (GError) error = NULL;

  /* The scenario's own time has to be told apart from the default of the command line. */
  if (strstr (scenario, "generation-time") != NULL)
    options[2] = NULL;
  self->emulator = emulator_client_start (options, scenario, &error);
  g_assert_no_error (error);
  pipeline_fixture_set_environment (self->fixture, "GOOGLE_GEMINI_BASE_URL",
                                    emulator_client_get_base_url (self->emulator));
}

Veo3Test *
veo3_test_new (Veo3TestFlavour flavour, const char *script)
{
  Veo3Test *self = g_new0 (Veo3Test, 1);

  self->flavour = flavour;
  self->fixture = pipeline_fixture_new ();
  if (flavour == VEO3_TEST_FAKE)
    use_fake (self, script);
  else
    pipeline_fixture_set_environment (self->fixture, "GEMINI_API_KEY", VEO3_TEST_KEY);
  if (flavour == VEO3_TEST_WIRE)
    use_emulator (self, script);
  write_pipeline (self, USUAL_STAGES, USUAL_GROUPS, "");
  veo3_test_set_prompts (self, "a", "a lighthouse", "b", "a fox", "c", "a river", NULL);
  return self;
}

void
veo3_test_free (Veo3Test *self)
{
  if (self == NULL)
    return;
  emulator_client_free (self->emulator);
  pipeline_fixture_free (self->fixture);
  g_free (self);
}

void
veo3_test_set_prompts (Veo3Test *self, ...)
{
  json_object *assets = json_object_new_object ();
  json_object *prompts = json_object_new_array ();
  const char *variant;
  va_list list;

  va_start (list, self);
  while ((variant = va_arg (list, const char *)) != NULL)
    {
      json_object *prompt = json_object_new_object ();

      json_object_object_add (prompt, "variant", json_object_new_string (variant));
      json_object_object_add (prompt, "prompt",
                              json_object_new_string (va_arg (list, const char *)));
      json_object_array_add (prompts, prompt);
    }
  va_end (list);
  json_object_object_add (assets, "veo3_prompts", prompts);
  pipeline_fixture_write (self->fixture, "ws/assets.json", json_object_to_json_string (assets));
  json_object_put (assets);
}

void
veo3_test_set_plugin_keys (Veo3Test *self, const char *keys)
{
  write_pipeline (self, USUAL_STAGES, USUAL_GROUPS, keys);
}

void
veo3_test_write_picture (Veo3Test *self, const char *name)
{
  g_autofree char *place = g_build_filename ("ws", name, NULL);
  g_autofree char *path = pipeline_fixture_path (self->fixture, place);
  gsize length = 0;
  g_autofree guchar *data = g_base64_decode (VEO3_TEST_PICTURE_BASE64, &length);
  g_autoptr (GError) error = NULL;

  (void)g_file_set_contents (path, (const char *)data, (gssize)length, &error);
  g_assert_no_error (error);
}

void
veo3_test_write_pipeline (Veo3Test *self, const char *stages, const char *groups)
{
  write_pipeline (self, stages, groups, "");
}

static PipelineProcess *
start (Veo3Test *self, const char *command, va_list list)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  const char *argument;

  g_ptr_array_add (arguments, (gpointer)command);
  g_ptr_array_add (arguments, "--workspace");
  g_ptr_array_add (arguments, "ws");
  if (self->flavour == VEO3_TEST_FAKE)
    {
      g_ptr_array_add (arguments, "--plugin");
      g_ptr_array_add (arguments, "veo3=" TEST_VEO3_FAKE_PLUGIN);
    }
  while ((argument = va_arg (list, const char *)) != NULL)
    g_ptr_array_add (arguments, (gpointer)argument);
  g_ptr_array_add (arguments, NULL);
  return pipeline_fixture_start (self->fixture, NULL, (const char *const *)arguments->pdata);
}

PipelineProcess *
veo3_test_start (Veo3Test *self, const char *command, ...)
{
  PipelineProcess *process;
  va_list list;

  va_start (list, command);
  process = start (self, command, list);
  va_end (list);
  return process;
}

PipelineResult *
veo3_test_run (Veo3Test *self, const char *command, ...)
{
  g_autoptr (PipelineProcess) process = NULL;
  va_list list;

  va_start (list, command);
  process = start (self, command, list);
  va_end (list);
  return pipeline_process_wait (process);
}

void
veo3_test_expect (Veo3Test *self, const char *command, int exit_code)
{
  g_autoptr (PipelineResult) result = veo3_test_run (self, command, NULL);

  g_assert_cmpint (result->exit_code, ==, exit_code);
}

/* Returns: (transfer none) (nullable): the job in @document. */
static json_object *
find_job (json_object *document, const char *variant)
{
  json_object *jobs = json_object_object_get (document, "jobs");

  for (gsize i = 0; jobs != NULL && i < json_object_array_length (jobs); i++)
    {
      json_object *job = json_object_array_get_idx (jobs, i);

      if (g_strcmp0 (emulator_log_string (job, "variant"), variant) == 0)
        return job;
    }
  return NULL;
}

char *
veo3_test_job (Veo3Test *self, const char *variant, const char *member)
{
  json_object *document = pipeline_fixture_read_json (self->fixture, "ws/veo3/jobs.json");
  json_object *job = find_job (document, variant);
  json_object *value = NULL;
  char *text;

  g_assert_nonnull (job);
  g_assert_true (json_object_object_get_ex (job, member, &value));
  text = value != NULL ? g_strdup (json_object_get_string (value)) : NULL;
  json_object_put (document);
  return text;
}

void
veo3_test_assert_job (Veo3Test *self, const char *variant, const char *member, const char *expected)
{
  g_autofree char *actual = veo3_test_job (self, variant, member);

  g_assert_cmpstr (actual, ==, expected);
}

void
veo3_test_assert_says (const char *text, const char *words)
{
  if (text == NULL || strstr (text, words) == NULL)
    g_error ("expected to read \"%s\" in: %s", words, text != NULL ? text : "(nothing)");
}

void
veo3_test_await_requests (Veo3Test *self, const char *kind, guint count)
{
  g_autoptr (GError) error = NULL;

  gboolean is_so = emulator_client_wait_for_requests (self->emulator, kind, count,
                                                      PIPELINE_PROCESS_DEADLINE_MS, &error);

  g_assert_no_error (error);
  g_assert_true (is_so);
}

typedef struct
{
  Veo3Test *test;
  const char *variant;
  const char *status;
} Wish;

static gboolean
has_status (gpointer user_data)
{
  const Wish *wish = user_data;
  g_autofree char *status = NULL;

  if (!pipeline_fixture_has (wish->test->fixture, "ws/veo3/jobs.json"))
    return FALSE;
  status = veo3_test_job (wish->test, wish->variant, "status");
  return g_strcmp0 (status, wish->status) == 0;
}

void
veo3_test_await_status (Veo3Test *self, const char *variant, const char *status)
{
  Wish wish = { .test = self, .variant = variant, .status = status };

  pipeline_fixture_wait_until (status, has_status, &wish);
}

typedef struct
{
  PipelineProcess *process;
  const char *words;
} Words;

static gboolean
has_said (gpointer user_data)
{
  const Words *words = user_data;
  g_autofree char *said = pipeline_process_read_err (words->process);

  return strstr (said, words->words) != NULL;
}

void
veo3_test_await_said (PipelineProcess *process, const char *words)
{
  Words wish = { .process = process, .words = words };

  pipeline_fixture_wait_until (words, has_said, &wish);
}

static gboolean
is_unlocked (gpointer path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC);
  gboolean is_free = fd < 0 || flock (fd, LOCK_EX | LOCK_NB) == 0;

  if (fd >= 0)
    (void)close (fd);
  return is_free;
}

void
veo3_test_await_unlocked (Veo3Test *self)
{
  g_autofree char *path = pipeline_fixture_path (self->fixture, "ws/.pipeline.lock");

  pipeline_fixture_wait_until ("the lock of the killed process", is_unlocked, path);
}

void
veo3_test_kill (Veo3Test *self, PipelineProcess *process)
{
  g_autoptr (PipelineResult) result = NULL;

  pipeline_process_signal (process, SIGKILL);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 128 + SIGKILL);
  veo3_test_await_unlocked (self);
}

guint
veo3_test_count (Veo3Test *self, const char *kind)
{
  return emulator_client_count (self->emulator, kind, NULL);
}

json_object *
veo3_test_only_request (Veo3Test *self, const char *kind)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (self->emulator, &error);
  json_object *found = NULL;

  g_assert_no_error (error);
  for (guint i = 0; i < log->len; i++)
    {
      json_object *entry = g_ptr_array_index (log, i);

      if (g_strcmp0 (emulator_log_string (entry, "kind"), kind) != 0)
        continue;
      g_assert_null (found);
      found = json_object_get (entry);
    }
  g_assert_nonnull (found);
  return found;
}

GArray *
veo3_test_request_times (Veo3Test *self, const char *kind, const char *words)
{
  GArray *times = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) log = emulator_client_read_log (self->emulator, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < log->len; i++)
    {
      json_object *entry = g_ptr_array_index (log, i);
      gint64 ts_us = emulator_log_int (entry, "ts_us");

      if (g_strcmp0 (emulator_log_string (entry, "kind"), kind) != 0)
        continue;
      if (words == NULL || strstr (json_object_to_json_string (entry), words) != NULL)
        g_array_append_val (times, ts_us);
    }
  return times;
}

static gboolean
is_event (json_object *event, const char *name, const char *subject, const char *status)
{
  const char *stage = emulator_log_string (event, "stage");
  const char *item = emulator_log_string (event, "item");

  return g_strcmp0 (emulator_log_string (event, "event"), name) == 0
         && g_strcmp0 (stage != NULL ? stage : item, subject) == 0
         && (status == NULL || g_strcmp0 (emulator_log_string (event, "status"), status) == 0);
}

gint64
veo3_test_event_us (Veo3Test *self, const char *event, const char *subject, const char *status)
{
  g_autoptr (GPtrArray) events = pipeline_fixture_read_events (self->fixture, "ws");

  for (guint i = 0; i < events->len; i++)
    {
      json_object *entry = g_ptr_array_index (events, i);
      g_autoptr (GDateTime) time = NULL;

      if (!is_event (entry, event, subject, status))
        continue;
      time = g_date_time_new_from_iso8601 (emulator_log_string (entry, "ts"), NULL);
      g_assert_nonnull (time);
      return g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
    }
  g_error ("no event %s of %s with status %s", event, subject, status != NULL ? status : "any");
}

void
veo3_test_add (const char *path, GTestDataFunc func)
{
  g_autofree char *fake = g_strconcat (path, "/fake", NULL);
  g_autofree char *wire = g_strconcat (path, "/wire", NULL);

  g_test_add_data_func (fake, GINT_TO_POINTER (VEO3_TEST_FAKE), func);
  g_test_add_data_func (wire, GINT_TO_POINTER (VEO3_TEST_WIRE), func);
}
