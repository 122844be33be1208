/* SPDX-License-Identifier: MIT */
/* The Gemini API's JSON. Pure. */
#include "plugin/adapters/gemini-wire.h"

#include <string.h>

#define NAME "models/veo-3.1-generate-preview/operations/3kq8w1x0zt5a"

/* A name that could lead elsewhere in a URL is no operation name. */
static void
test_operation_name (void)
{
  static const char *const bad[] = {
    "",
    "operations/x",
    "models/m/operations/",
    "models//operations/x",
    "models/m/operations/x/y",
    "models/m/operations/..",
    "models/../operations/x",
    "models/m/operations/x?key=1",
    "models/m/operations/x#y",
    "models/m/operations/x%2e",
    "models/m/operations/x y",
    "models/m/operations/x\n",
    "models/m/operations/x:cancel",
    "/models/m/operations/x",
    "https://evil.example/models/m/operations/x",
    "projects/p/operations/x",
    "models/m/files/x",
  };
  g_autofree char *longest = g_strnfill (600, 'x');
  g_autofree char *too_long = g_strconcat ("models/m/operations/", longest, NULL);

  g_assert_true (gemini_wire_is_operation_name (NAME));
  g_assert_true (gemini_wire_is_operation_name ("models/m/operations/a-B_9.z~"));
  g_assert_false (gemini_wire_is_operation_name (too_long));
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("%s", bad[i]);
      g_assert_false (gemini_wire_is_operation_name (bad[i]));
    }
}

/* Only a complete answer with a name of the right shape is an accepted submit. */
static void
test_parse_submit (void)
{
  static const char *const bad[] = {
    "",
    "{}",
    "{\"name\":7}",
    "{\"name\":\"\"}",
    "{\"name\":\"x\"}",
    "[]",
    "<html></html>",
    "{\"name\":\"" NAME "\"",
    "{\"name\":\"" NAME "\"}x",
    "{\"name\":\"" NAME "\\u0000\"}",
  };
  static const char *const good[] = {
    "{\"name\":\"" NAME "\"}",
    "{\"name\":\"" NAME "\",\"done\":false,\"metadata\":{}}\n",
    "\n{ \"name\" : \"" NAME "\" }\r\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *name = gemini_wire_parse_submit (good[i], strlen (good[i]), NULL);

      g_assert_cmpstr (name, ==, NAME);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) local_error = NULL;
      g_autofree char *name = gemini_wire_parse_submit (bad[i], strlen (bad[i]), &local_error);

      g_test_message ("%s", bad[i]);
      g_assert_null (name);
      g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

typedef struct
{
  const char *name;
  const char *body;
  Veo3PollClass klass; /* NO_ANSWER = not an operation */
  Veo3ErrorCode code;
  const char *text; /* clip or message */
} PollRow;

#define DONE(rest) "{\"name\":\"" NAME "\",\"done\":true" rest "}"
#define RESPONSE(rest) DONE (",\"response\":{\"generateVideoResponse\":{" rest "}}")
#define FILTERED VEO3_POLL_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED
#define NO_CLIP                                                                                    \
  VEO3_POLL_FAILED, VEO3_ERROR_CODE_NO_CLIP,                                                       \
      "the operation is done, but names neither a clip nor a reason"

static const PollRow poll_rows[] = {
  { "running", "{\"name\":\"" NAME "\"}", VEO3_POLL_RUNNING, VEO3_ERROR_CODE_NONE, NULL },
  { "running-false", "{\"name\":\"" NAME "\",\"done\":false,\"metadata\":{\"@type\":\"t\"}}",
    VEO3_POLL_RUNNING, VEO3_ERROR_CODE_NONE, NULL },
  { "running-nameless", "{\"done\":false}", VEO3_POLL_RUNNING, VEO3_ERROR_CODE_NONE, NULL },
  { "error-not-done", "{\"name\":\"" NAME "\",\"error\":{\"code\":13}}", VEO3_POLL_RUNNING,
    VEO3_ERROR_CODE_NONE, NULL },
  { "success", RESPONSE ("\"generatedSamples\":[{\"video\":{\"uri\":\"https://h/files/x\"}}]"),
    VEO3_POLL_DONE, VEO3_ERROR_CODE_NONE, "https://h/files/x" },
  { "success-second",
    RESPONSE ("\"generatedSamples\":[{},{\"video\":{\"uri\":\"\"}},{\"video\":{\"uri\":\"u\"}}]"),
    VEO3_POLL_DONE, VEO3_ERROR_CODE_NONE, "u" },
  { "success-and-filtered",
    RESPONSE ("\"raiMediaFilteredCount\":1,\"generatedSamples\":[{\"video\":{\"uri\":\"u\"}}]"),
    VEO3_POLL_DONE, VEO3_ERROR_CODE_NONE, "u" },
  { "error", DONE (",\"error\":{\"code\":13,\"message\":\"internal issue\"}"), VEO3_POLL_FAILED,
    VEO3_ERROR_CODE_OPERATION_FAILED, "the operation failed with code 13: internal issue" },
  { "error-silent", DONE (",\"error\":{}"), VEO3_POLL_FAILED, VEO3_ERROR_CODE_OPERATION_FAILED,
    "the operation failed with code 0: no reason given" },
  { "error-secret", DONE (",\"error\":{\"code\":3,\"message\":\"\\u001b[1mSECRET-1\"}"),
    VEO3_POLL_FAILED, VEO3_ERROR_CODE_INVALID_REQUEST,
    "the operation failed with code 3: \\x1b[1m[redacted]" },
  { "filtered",
    RESPONSE ("\"raiMediaFilteredCount\":1,\"raiMediaFilteredReasons\":[\"Support codes: "
              "42237218\"]"),
    FILTERED, "Support codes: 42237218 (code 42237218 stands for video safety in general)" },
  { "filtered-twice", RESPONSE ("\"raiMediaFilteredReasons\":[\"a\",7,\"b\"]"), FILTERED, "a; b" },
  { "filtered-count", RESPONSE ("\"raiMediaFilteredCount\":\"2\""), FILTERED,
    "filtered by the service without a reason" },
  { "done-only", DONE (""), NO_CLIP },
  { "done-empty", RESPONSE (""), NO_CLIP },
  { "done-null", DONE (",\"response\":null,\"error\":null"), NO_CLIP },
  { "done-no-samples", RESPONSE ("\"generatedSamples\":[],\"raiMediaFilteredCount\":0"), NO_CLIP },
  { "empty", "", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE, NULL },
  { "object", "{}", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE, NULL },
  { "envelope", "{\"error\":{\"code\":500}}", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE, NULL },
  { "done-string", "{\"name\":\"" NAME "\",\"done\":\"true\"}", VEO3_POLL_NO_ANSWER,
    VEO3_ERROR_CODE_NONE, NULL },
  { "cut", "{\"name\":\"" NAME "\",\"done\":tr", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE, NULL },
};

/* One form of an operation, and what it means. */
static void
test_parse_poll (gconstpointer data)
{
  const PollRow *row = data;
  g_auto (VeoOperation) operation = { .klass = VEO3_POLL_NO_ANSWER };
  g_autoptr (GError) local_error = NULL;
  gboolean known = gemini_wire_parse_poll (row->body, strlen (row->body), "SECRET-1", &operation,
                                           &local_error);

  if (row->klass == VEO3_POLL_NO_ANSWER)
    {
      g_assert_false (known);
      g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      return;
    }
  g_assert_no_error (local_error);
  g_assert_true (known);
  g_assert_cmpint (operation.klass, ==, row->klass);
  g_assert_cmpint (operation.code, ==, row->code);
  g_assert_cmpstr (row->klass == VEO3_POLL_DONE ? operation.clip_uri : operation.message, ==,
                   row->text);
}

/* The id is what stands between "files/" and the colon; nothing else of the URI is trusted. */
static void
test_file_id (void)
{
  static const struct
  {
    const char *uri;
    const char *expected;
  } rows[] = {
    { "https://h/v1beta/files/q7d2m0c9xk41:download?alt=media", "q7d2m0c9xk41" },
    { "https://h/v1beta/files/abc-def-123:download", "abc-def-123" },
    { "https://h/files/abc", "abc" },
    { "https://h/files/abc?x", "abc" },
    { "files/abc", "abc" },
    { "https://evil.example/files/abc:download", "abc" },
    { "https://h/profiles/abc", NULL },
    { "https://h/files/", NULL },
    { "https://h/files/../x", NULL },
    { "https://h/files/a/b", NULL },
    { "https://h/files/a%2fb", NULL },
    { "https://h/clip.mp4", NULL },
    { "", NULL },
  };
  g_autofree char *id = g_strnfill (100, 'a');
  g_autofree char *too_long = g_strconcat ("files/", id, NULL);
  g_autofree char *none = gemini_wire_dup_file_id (too_long);

  g_assert_null (none);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *found = gemini_wire_dup_file_id (rows[i].uri);

      g_assert_cmpstr (found, ==, rows[i].expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/gemini-wire/operation-name", test_operation_name);
  g_test_add_func ("/veo3/gemini-wire/parse-submit", test_parse_submit);
  for (gsize i = 0; i < G_N_ELEMENTS (poll_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/gemini-wire/poll/", poll_rows[i].name, NULL);

      g_test_add_data_func (path, &poll_rows[i], test_parse_poll);
    }
  g_test_add_func ("/veo3/gemini-wire/file-id", test_file_id);
  return g_test_run ();
}
