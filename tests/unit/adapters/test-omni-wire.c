/* SPDX-License-Identifier: MIT */
/* The Interactions API's JSON. Pure. */
#include "plugin/adapters/omni-wire.h"

#include <string.h>

#define MODEL "gemini-omni-1.1-flash"
#define ID "v1_ChdQbTJh"
#define NAME "interactions/" ID
#define SECRET "SECRET-1"

static char *
build (const Veo3ClipRequest *request, OmniMode mode)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GBytes) bytes = omni_wire_build_create (MODEL, request, mode, &local_error);
  gsize length;
  const char *text;

  g_assert_no_error (local_error);
  text = g_bytes_get_data (bytes, &length);
  return g_strndup (text, length);
}

/* A create call says what is wanted and no more: the prompt as it is, the duration as a text. */
static void
test_build (void)
{
  char key[] = "20261122-090000-1a2b_broll";
  char prompt[] = "A \"paper\" boat \xe2\x9b\xb5\n";
  char ratio[] = "9:16";
  char resolution[] = "720p";
  Veo3ClipRequest request
      = { .idempotent_key = key, .prompt = prompt, .options.aspect_ratio = ratio, .duration_s = 5 };
  g_autofree char *lean = build (&request, OMNI_MODE_BACKGROUND);
  g_autofree char *full = NULL;

  g_assert_cmpstr (lean, ==,
                   "{\"model\":\"" MODEL "\",\"background\":true,\"store\":true,"
                   "\"input\":\"A \\\"paper\\\" boat \xe2\x9b\xb5\\n\","
                   "\"response_format\":{\"type\":\"video\",\"aspect_ratio\":\"9:16\","
                   "\"duration\":\"5s\",\"delivery\":\"uri\"},"
                   "\"labels\":{\"idempotent_key\":\"20261122-090000-1a2b_broll\"}}");
  request.options.resolution = resolution;
  full = build (&request, OMNI_MODE_STREAM);
  g_assert_nonnull (strstr (full, "\"stream\":true,\"store\":true,"));
  g_assert_null (strstr (full, "background"));
  g_assert_nonnull (strstr (full, "\"resolution\":\"720p\",\"duration\":\"5s\""));
}

/* A name that could lead elsewhere in a URL is no operation name. */
static void
test_operation_name (void)
{
  static const char *const bad[] = {
    "",
    "interactions/",
    "interactions/..",
    "interactions/a.b",
    "interactions/a/cancel",
    "interactions/a?key=1",
    "interactions/a#b",
    "interactions/a%2e",
    "interactions/a b",
    "interactions/a\n",
    "interactions/a:cancel",
    "/interactions/a",
    "interaction/a",
    ID,
    "https://evil.example/interactions/a",
    "models/m/operations/x",
  };
  g_autofree char *fill = g_strnfill (1024, 'x');
  g_autofree char *longest = g_strconcat ("interactions/", fill, NULL);
  g_autofree char *too_long = g_strconcat (longest, "x", NULL);

  g_assert_true (omni_wire_is_operation_name (NAME));
  g_assert_true (omni_wire_is_operation_name ("interactions/a-B_9"));
  g_assert_true (omni_wire_is_operation_name (longest));
  g_assert_false (omni_wire_is_operation_name (too_long));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_false (omni_wire_is_operation_name (bad[i]));
    }
}

/* Only a complete answer with an id of the right shape is an accepted create call, and then in any
 * state. */
static void
test_parse_create (void)
{
  static const char *const good[] = {
    "{\"id\":\"" ID "\",\"object\":\"interaction\",\"status\":\"in_progress\"}",
    "{\"id\":\"" ID "\"}\n",
    "{\"status\":\"completed\",\"steps\":[],\"id\":\"" ID "\"}",
    "{\"status\":\"failed\",\"errors\":[{\"code\":\"content_blocked\"}],\"id\":\"" ID "\"}",
  };
  static const char *const bad[] = {
    "",
    "{}",
    "[]",
    "<html></html>",
    "{\"id\":7}",
    "{\"id\":\"\"}",
    "{\"id\":\"a/b\"}",
    "{\"id\":\"..\"}",
    "{\"id\":\"" ID "\\u0000\"}",
    "{\"id\":\"" ID "\"",
    "{\"id\":\"" ID "\"}x",
    "{\"status\":\"completed\",\"steps\":[]}",
    "{\"name\":\"" NAME "\"}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *name = omni_wire_parse_create (good[i], strlen (good[i]), NULL);

      g_assert_cmpstr (name, ==, NAME);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autofree char *name = omni_wire_parse_create (bad[i], strlen (bad[i]), &local_error);

      g_test_message ("%s", bad[i]);
      g_assert_null (name);
      g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

/* Of the events of a stream, those about the interaction itself have its id. */
static void
test_parse_event (void)
{
  static const struct
  {
    const char *json;
    const char *expected;
  } rows[] = {
    { " {\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"" ID "\"}}", NAME },
    { "{\"event_type\":\"interaction.created\",\"id\":\"" ID "\"}", NAME },
    { "{\"object\":\"interaction\",\"id\":\"" ID "\"}", NAME },
    { "{\"event_type\":\"interaction.created\",\"interaction\":{}}", NULL },
    { "{\"event_type\":\"interaction.created\",\"interaction\":{\"id\":\"a/b\"}}", NULL },
    { "{\"event_type\":\"step.start\",\"id\":\"step-1\"}", NULL },
    { "{\"event_type\":\"error\",\"error\":{\"code\":\"api_error\"}}", NULL },
    { "[DONE]", NULL },
    { "", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = omni_wire_parse_event (rows[i].json, strlen (rows[i].json));

      g_test_message ("%s", rows[i].json);
      g_assert_cmpstr (name, ==, rows[i].expected);
    }
}

/* Only a 400 that speaks of it says that there are no background calls. */
static void
test_rejects_background (void)
{
  static const struct
  {
    const char *code;
    const char *message;
    gboolean rejects;
  } rows[] = {
    { "invalid_request", "Background mode is not supported.", TRUE },
    { "invalid_request", "This model does not support background interactions.", TRUE },
    { "parameter_unknown", "Unknown parameter: 'background'.", TRUE },
    { "INVALID_ARGUMENT",
      "`background` isn't supported by this model. Please remove it or refer to the Gemini API "
      "documentation for supported usage.",
      TRUE },
    { "invalid_request", "Duration is not supported.", FALSE },
    { "invalid_request", "'background' requires 'store' to be true.", FALSE },
    { "invalid_request", "a background of clouds is not supported by this filter", FALSE },
    { "content_blocked", "'background' is not allowed", FALSE },
    { "content_blocked", "Request blocked: background music is not allowed", FALSE },
    { NULL, "Background mode is not supported.", FALSE },
    { "invalid_request", NULL, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s: %s", rows[i].code, rows[i].message);
      g_assert_cmpint (omni_wire_rejects_background (400, rows[i].code, rows[i].message), ==,
                       rows[i].rejects);
    }
  g_assert_false (omni_wire_rejects_background (500, rows[0].code, rows[0].message));
}

typedef struct
{
  const char *name;
  const char *rest;
  Veo3PollClass klass; /* NO_ANSWER = nothing about this interaction */
  Veo3ErrorCode code;
  const char *text; /* clip or message */
} PollRow;

#define OF(status, more)                                                                           \
  "{\"id\":\"" ID "\",\"object\":\"interaction\",\"status\":\"" status "\"" more "}"
#define STEPS(steps) ",\"steps\":[" steps "]"
#define INPUT "{\"type\":\"user_input\",\"content\":[{\"type\":\"text\",\"text\":\"boat\"}]}"
#define OLD_IMAGE                                                                                  \
  "{\"type\":\"user_input\",\"content\":[{\"type\":\"image\",\"data\":\"@inline:0\"}]}"
#define THOUGHT "{\"type\":\"thought\",\"signature\":\"c2ln\"}"
#define OUTPUT(parts) "{\"type\":\"model_output\",\"content\":[" parts "]}"
#define WORDS(text) "{\"type\":\"text\",\"text\":\"" text "\"}"
#define INLINE(n) "{\"type\":\"video\",\"mime_type\":\"video/mp4\",\"data\":\"@inline:" n "\"}"
#define AT(uri) "{\"type\":\"video\",\"mime_type\":\"video/mp4\",\"uri\":\"" uri "\"}"
#define ERRORS(code, message) ",\"errors\":[{\"code\":\"" code "\",\"message\":\"" message "\"}]"
#define BLOCKED                                                                                    \
  "Request blocked for an unspecified policy reason. Please modify your input and retry."
#define FILE_URI                                                                                   \
  "https://generativelanguage.googleapis.com/v1beta/files/k3x9q2m7:download?alt=media"

#define NOTHING VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE, NULL
#define RUNNING VEO3_POLL_RUNNING, VEO3_ERROR_CODE_NONE, NULL
#define DONE VEO3_POLL_DONE, VEO3_ERROR_CODE_NONE
#define FAILED VEO3_POLL_FAILED, VEO3_ERROR_CODE_OPERATION_FAILED
#define FILTERED VEO3_POLL_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED
#define NO_CLIP                                                                                    \
  VEO3_POLL_FAILED, VEO3_ERROR_CODE_NO_CLIP,                                                       \
      "the interaction is completed, but has neither a clip nor a reason"

static const PollRow poll_rows[] = {
  { "queued", OF ("queued", ""), VEO3_POLL_QUEUED, VEO3_ERROR_CODE_NONE, NULL },
  { "in-progress", OF ("in_progress", ""), RUNNING },
  { "in-progress-steps", OF ("in_progress", STEPS (INPUT)), RUNNING },
  { "in-progress-error", OF ("in_progress", ERRORS ("api_error", "m")), RUNNING },
  { "in-progress-nameless", "{\"status\":\"in_progress\"}", RUNNING },
  { "state-to-come", OF ("rendering", ""), RUNNING },
  { "no-state", "{\"id\":\"" ID "\"}", RUNNING },
  { "state-number", "{\"id\":\"" ID "\",\"status\":7}", RUNNING },
  /* The clip. */
  { "inline", OF ("completed", STEPS (INPUT "," THOUGHT "," OUTPUT (INLINE ("0")))), DONE,
    "inline:0:" NAME },
  { "status-after-steps",
    "{\"id\":\"" ID "\",\"steps\":[" OUTPUT (INLINE ("0")) "],\"status\":\"completed\"}", DONE,
    "inline:0:" NAME },
  { "inline-after-words", OF ("completed", STEPS (OUTPUT (WORDS ("Here") "," INLINE ("0")))), DONE,
    "inline:0:" NAME },
  { "inline-after-image", OF ("completed", STEPS (OLD_IMAGE "," OUTPUT (INLINE ("1")))), DONE,
    "inline:1:" NAME },
  { "last-output", OF ("completed", STEPS (OUTPUT (INLINE ("0")) "," OUTPUT (INLINE ("1")))), DONE,
    "inline:1:" NAME },
  { "uri", OF ("completed", STEPS (INPUT "," OUTPUT (AT (FILE_URI)))), DONE, "file:k3x9q2m7" },
  { "uri-name", OF ("completed", STEPS (OUTPUT (AT ("files/k3x9q2m7")))), DONE, "file:k3x9q2m7" },
  { "uri-elsewhere", OF ("completed", STEPS (OUTPUT (AT ("gs://b/o.mp4")))), DONE,
    "uri:gs://b/o.mp4" },
  { "data-before-uri",
    OF ("completed",
        STEPS (OUTPUT ("{\"type\":\"video\",\"uri\":\"files/x\",\"data\":\"@inline:0\"}"))),
    DONE, "inline:0:" NAME },
  { "output-video", OF ("completed", ",\"output_video\":{\"data\":\"@inline:0\"}"), DONE,
    "inline:0:" NAME },
  /* No clip. */
  { "old-clip", OF ("completed", STEPS (OUTPUT (INLINE ("0")) "," INPUT)), NO_CLIP },
  { "input-clip",
    OF ("completed", STEPS ("{\"type\":\"user_input\",\"content\":[" INLINE ("0") "]}," THOUGHT)),
    NO_CLIP },
  { "image-only", OF ("completed", STEPS (OUTPUT ("{\"type\":\"image\",\"data\":\"@inline:0\"}"))),
    NO_CLIP },
  { "empty-data", OF ("completed", STEPS (OUTPUT ("{\"type\":\"video\",\"data\":\"\"}"))),
    NO_CLIP },
  { "number-data", OF ("completed", STEPS (OUTPUT ("{\"type\":\"video\",\"data\":7}"))), NO_CLIP },
  { "empty-uri", OF ("completed", STEPS (OUTPUT (AT ("")))), NO_CLIP },
  { "thought-only", OF ("completed", STEPS (INPUT "," THOUGHT)), NO_CLIP },
  { "no-steps", OF ("completed", ""), NO_CLIP },
  { "odd-steps", OF ("completed", STEPS ("null,7,{},{\"type\":\"model_output\",\"content\":{}}")),
    NO_CLIP },
  { "words-only",
    OF ("completed",
        STEPS (INPUT "," OUTPUT (WORDS ("I can't make that " SECRET) "," WORDS ("more")))),
    FILTERED, "the model answered with words instead of a clip: I can't make that [redacted]" },
  { "step-error",
    OF ("completed",
        STEPS ("{\"type\":\"model_output\",\"error\":{\"code\":13,\"message\":\"m\"}}")),
    FAILED, "the interaction failed (13): m" },
  /* Failures. */
  { "blocked", OF ("failed", ERRORS ("content_blocked", BLOCKED)), FILTERED, BLOCKED },
  { "blocked-by-words", OF ("failed", ERRORS ("api_error", BLOCKED)), FILTERED, BLOCKED },
  { "invalid",
    OF ("failed",
        ERRORS ("invalid_request", "Generation duration 99 exceeds maximum duration 10.")),
    VEO3_POLL_FAILED, VEO3_ERROR_CODE_INVALID_REQUEST,
    "the interaction failed (invalid_request): Generation duration 99 exceeds maximum duration "
    "10." },
  { "failed", OF ("failed", ERRORS ("api_error", "\\u001b[1moops " SECRET)), FAILED,
    "the interaction failed (api_error): \\x1b[1moops [redacted]" },
  { "failed-number", OF ("failed", ",\"error\":{\"code\":13,\"message\":\"m\"}"), FAILED,
    "the interaction failed (13): m" },
  { "failed-silent", OF ("failed", ",\"errors\":[{}]"), FAILED,
    "the interaction failed (no code): no reason given" },
  { "failed-wordless", OF ("failed", ""), FAILED,
    "the interaction ended as \"failed\": no reason given" },
  { "failed-odd", OF ("failed", ",\"errors\":[7],\"error\":\"x\""), FAILED,
    "the interaction ended as \"failed\": no reason given" },
  { "failed-clip", OF ("failed", STEPS (OUTPUT (INLINE ("0")))), FAILED,
    "the interaction ended as \"failed\": no reason given" },
  { "cancelled", OF ("cancelled", ""), VEO3_POLL_FAILED, VEO3_ERROR_CODE_CANCELLED,
    "the interaction ended as \"cancelled\": no reason given" },
  { "incomplete", OF ("incomplete", STEPS (OUTPUT (WORDS ("half")))), FAILED,
    "the interaction ended as \"incomplete\": half" },
  { "budget", OF ("budget_exceeded", ""), FAILED,
    "the interaction ended as \"budget_exceeded\": no reason given" },
  { "continuation", OF ("requires_continuation", ""), FAILED,
    "the interaction ended as \"requires_continuation\": no reason given" },
  { "action", OF ("requires_action", ""), FAILED,
    "the interaction ended as \"requires_action\": no reason given" },
  /* An error instead of an interaction. */
  { "error-only", "{\"error\":{\"code\":\"content_blocked\",\"message\":\"" BLOCKED "\"}}",
    FILTERED, BLOCKED },
  { "error-only-number",
    "{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"m\"}}",
    VEO3_POLL_FAILED, VEO3_ERROR_CODE_INVALID_REQUEST,
    "the interaction failed (INVALID_ARGUMENT): m" },
  { "error-passing", "{\"error\":{\"code\":\"service_unavailable\",\"message\":\"m\"}}", NOTHING },
  { "error-passing-number", "{\"error\":{\"code\":503,\"message\":\"m\"}}", NOTHING },
  { "error-passing-429", "{\"error\":{\"code\":429,\"message\":\"m\"}}", NOTHING },
  /* Somebody else's. */
  { "other-id", "{\"id\":\"v1_other\",\"status\":\"failed\"}", NOTHING },
  { "empty", "", NOTHING },
  { "object", "{}", NOTHING },
  { "operation", "{\"name\":\"models/m/operations/x\",\"done\":true}", NOTHING },
  { "html", "<html>", NOTHING },
  { "cut", "{\"id\":\"" ID "\",\"status\":\"comp", NOTHING },
};

/* One form of an interaction, and what it means. */
static void
test_parse_poll (gconstpointer data)
{
  static const OmniQuestion question = { .name = NAME, .secret = SECRET };
  const PollRow *row = data;
  g_auto (OmniInteraction) interaction = { .klass = VEO3_POLL_NO_ANSWER };
  g_autoptr (GError) local_error = NULL;
  gboolean known
      = omni_wire_parse_poll (row->rest, strlen (row->rest), &question, &interaction, &local_error);

  if (row->klass == VEO3_POLL_NO_ANSWER)
    {
      g_assert_false (known);
      g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      return;
    }
  g_assert_no_error (local_error);
  g_assert_true (known);
  g_assert_cmpint (interaction.klass, ==, row->klass);
  g_assert_cmpint (interaction.code, ==, row->code);
  g_assert_cmpstr (row->klass == VEO3_POLL_DONE ? interaction.clip_uri : interaction.message, ==,
                   row->text);
}

/* What was decoded is kept only if it is the clip of a completed interaction. */
static void
test_check_inline (void)
{
  static const struct
  {
    const char *rest;
    int place;
    gboolean is_clip;
  } rows[] = {
    { OF ("completed", STEPS (INPUT "," OUTPUT (INLINE ("0")))), 0, TRUE },
    { OF ("completed", STEPS (OLD_IMAGE "," OUTPUT (INLINE ("1")))), 1, TRUE },
    { OF ("completed", STEPS (OLD_IMAGE "," OUTPUT (INLINE ("1")))), 0, FALSE },
    { OF ("completed", STEPS (OUTPUT (INLINE ("0")) "," OUTPUT (INLINE ("1")))), 0, FALSE },
    { OF ("completed", STEPS (OUTPUT (AT ("files/x")))), 0, FALSE },
    { OF ("in_progress", STEPS (OUTPUT (INLINE ("0")))), 0, FALSE },
    { "{", 0, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *why
          = omni_wire_check_inline (rows[i].rest, strlen (rows[i].rest), rows[i].place);

      g_test_message ("%s: %s", rows[i].rest, why);
      g_assert_cmpint (why == NULL, ==, rows[i].is_clip);
    }
}

/* A file is ready, on its way, or failed with a reason. */
static void
test_file (void)
{
  static const struct
  {
    const char *body;
    int state; /* -1 = not a file */
    const char *message;
  } rows[] = {
    { "{\"name\":\"files/x\",\"state\":\"PROCESSING\",\"sizeBytes\":\"0\"}", OMNI_FILE_PROCESSING,
      NULL },
    { "{\"name\":\"files/x\",\"state\":\"STATE_UNSPECIFIED\"}", OMNI_FILE_PROCESSING, NULL },
    { "{\"name\":\"files/x\"}", OMNI_FILE_PROCESSING, NULL },
    { "{\"name\":\"files/x\",\"state\":\"ACTIVE\",\"sizeBytes\":\"6400123\"}", OMNI_FILE_ACTIVE,
      NULL },
    { "{\"state\":\"FAILED\",\"error\":{\"code\":13,\"message\":\"no " SECRET "\"}}",
      OMNI_FILE_FAILED, "no [redacted]" },
    { "{\"state\":\"FAILED\"}", OMNI_FILE_FAILED, "no reason given" },
    { "{}", -1, NULL },
    { "", -1, NULL },
    { "<html>", -1, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (OmniFile) file = { .state = OMNI_FILE_FAILED };
      gboolean known
          = omni_wire_parse_file (rows[i].body, strlen (rows[i].body), SECRET, &file, NULL);

      g_test_message ("%s", rows[i].body);
      g_assert_cmpint (known, ==, rows[i].state >= 0);
      if (known)
        g_assert_cmpint ((int)file.state, ==, rows[i].state);
      g_assert_cmpstr (file.message, ==, rows[i].message);
    }
}

/* A clip's place is read back as it was written; anything else is nowhere. */
static void
test_clip (void)
{
  static const char *const bad[] = {
    "",
    "uri:gs://b/o.mp4",
    "inline:",
    "inline:0",
    "inline:-1:" NAME,
    "inline:x:" NAME,
    "inline:0:interactions/a/b",
    "inline:0:https://evil.example/",
    "inline:99999999999:" NAME,
    "file:",
    "file:a/b",
    "file:../x",
    "https://generativelanguage.googleapis.com/v1beta/files/x",
  };
  g_auto (OmniClip) inside = { .place = 7 };
  g_auto (OmniClip) file = { .place = 7 };

  g_assert_true (omni_wire_parse_clip ("inline:12:" NAME, &inside));
  g_assert_cmpint (inside.place, ==, 12);
  g_assert_cmpstr (inside.operation, ==, NAME);
  g_assert_null (inside.file_id);
  g_assert_true (omni_wire_parse_clip ("file:k3x9q2m7", &file));
  g_assert_cmpstr (file.file_id, ==, "k3x9q2m7");
  g_assert_null (file.operation);
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_auto (OmniClip) clip = { .place = 7 };

      g_test_message ("%s", bad[i]);
      g_assert_false (omni_wire_parse_clip (bad[i], &clip));
      g_assert_null (clip.file_id);
      g_assert_null (clip.operation);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/omni-wire/build", test_build);
  g_test_add_func ("/veo3/omni-wire/operation-name", test_operation_name);
  g_test_add_func ("/veo3/omni-wire/parse-create", test_parse_create);
  g_test_add_func ("/veo3/omni-wire/parse-event", test_parse_event);
  g_test_add_func ("/veo3/omni-wire/rejects-background", test_rejects_background);
  for (gsize i = 0; i < G_N_ELEMENTS (poll_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/omni-wire/poll/", poll_rows[i].name, NULL);

      g_test_add_data_func (path, &poll_rows[i], test_parse_poll);
    }
  g_test_add_func ("/veo3/omni-wire/check-inline", test_check_inline);
  g_test_add_func ("/veo3/omni-wire/file", test_file);
  g_test_add_func ("/veo3/omni-wire/clip", test_clip);
  return g_test_run ();
}
