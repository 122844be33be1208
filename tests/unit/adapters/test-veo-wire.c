/* SPDX-License-Identifier: MIT */
/* What the two Veo services have in common: JSON that goes out, operations that come back. Pure. */
#include "plugin/adapters/veo-wire.h"

#include <string.h>

#include "plugin/adapters/support-code.h"

static char *
build (const Veo3ClipRequest *request, const VeoExtras *extras)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (GBytes) bytes = veo_wire_build_submit (request, extras, &local_error);
  gsize length;
  const char *text;

  g_assert_no_error (local_error);
  text = g_bytes_get_data (bytes, &length);
  return g_strndup (text, length);
}

/* A submit says what is wanted with the fewest members, and numbers as numbers. */
static void
test_build (void)
{
  char prompt[] = "A \"paper\" boat \xe2\x9b\xb5\n";
  char ratio[] = "9:16";
  char resolution[] = "720p";
  Veo3ClipRequest request = { .prompt = prompt, .options.aspect_ratio = ratio, .duration_s = 6 };
  g_autofree char *lean = build (&request, NULL);
  g_autofree char *full = NULL;

  g_assert_cmpstr (lean, ==,
                   "{\"instances\":[{\"prompt\":\"A \\\"paper\\\" boat \xe2\x9b\xb5\\n\"}],"
                   "\"parameters\":{\"durationSeconds\":6,\"aspectRatio\":\"9:16\"}}");
  request.options.resolution = resolution;
  full = build (&request, NULL);
  g_assert_nonnull (strstr (full, "\"resolution\":\"720p\"}}"));
}

/* What only one service knows comes in its place, and only if it is said. */
static void
test_build_extras (void)
{
  char prompt[] = "A boat";
  Veo3ClipRequest request = { .prompt = prompt, .duration_s = 8 };
  json_object *labels = json_object_new_object ();
  VeoExtras extras = { .sample_count = 1, .storage_uri = "gs://b/out/", .labels = labels };
  g_autofree char *text = NULL;

  json_object_object_add (labels, "team", json_object_new_string ("video"));
  text = build (&request, &extras);
  g_assert_cmpstr (text, ==,
                   "{\"instances\":[{\"prompt\":\"A boat\"}],"
                   "\"parameters\":{\"sampleCount\":1,\"durationSeconds\":8,"
                   "\"storageUri\":\"gs://b/out/\"},\"labels\":{\"team\":\"video\"}}");
  g_assert_cmpint (json_object_put (labels), ==, 1); /* it was borrowed */
}

/* A pattern stands for exactly its segments. */
static void
test_path (void)
{
  static const char pattern[] = "a/*/c";

  g_assert_true (veo_wire_is_path ("a/b/c", pattern));
  g_assert_false (veo_wire_is_path ("a/*/c", pattern));
  g_assert_false (veo_wire_is_path ("a/b/d", pattern));
  g_assert_false (veo_wire_is_path ("a/b/c/", pattern));
  g_assert_false (veo_wire_is_path ("a//c", pattern));
  g_assert_false (veo_wire_is_path ("a/../c", pattern));
  g_assert_false (veo_wire_is_path ("a/./c", pattern));
  g_assert_false (veo_wire_is_path ("", pattern));
}

static char *
dup_no_clip (json_object *response)
{
  (void)response;
  return NULL;
}

/* Each google.rpc code of a failed operation has a meaning, and so has a code of the filter. */
static void
test_error_codes (void)
{
  static const struct
  {
    int rpc_code;
    const char *message;
    Veo3ErrorCode code;
  } rows[] = {
    { 1, "cancelled", VEO3_ERROR_CODE_OPERATION_FAILED },
    { 2, "unknown", VEO3_ERROR_CODE_OPERATION_FAILED },
    { 3,
      "Unsupported output video duration 5 seconds, supported durations are [8,4,6] for feature "
      "text_to_video.",
      VEO3_ERROR_CODE_INVALID_REQUEST },
    { 3, "The prompt could not be submitted. Support codes: 58061214, 1",
      VEO3_ERROR_CODE_CONTENT_FILTERED },
    { 4, "deadline", VEO3_ERROR_CODE_OPERATION_FAILED },
    { 5, "not found", VEO3_ERROR_CODE_OPERATION_FAILED },
    { 7, "denied", VEO3_ERROR_CODE_CREDENTIALS },
    { 8, "exhausted", VEO3_ERROR_CODE_QUOTA_MINUTE },
    { 9, "precondition", VEO3_ERROR_CODE_INVALID_REQUEST },
    { 10, "aborted", VEO3_ERROR_CODE_OPERATION_FAILED },
    { 13, "Video generation failed due to an internal server issue. Please try again",
      VEO3_ERROR_CODE_OPERATION_FAILED },
    { 14, "unavailable", VEO3_ERROR_CODE_UNAVAILABLE },
    { 16, "unauthenticated", VEO3_ERROR_CODE_CREDENTIALS },
    { 99, "news", VEO3_ERROR_CODE_OPERATION_FAILED },
  };
  static const VeoAnswerForm form = { .dup_clip = dup_no_clip };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text
          = g_strdup_printf ("{\"done\":true,\"error\":{\"code\":%d,\"message\":\"%s\"}}",
                             rows[i].rpc_code, rows[i].message);
      g_autofree char *words = g_strdup_printf ("the operation failed with code %d: %s",
                                                rows[i].rpc_code, rows[i].message);
      json_object *object = json_tokener_parse (text);
      g_auto (VeoOperation) operation = { .klass = VEO3_POLL_NO_ANSWER };

      g_assert_true (veo_wire_read_operation (object, &form, NULL, &operation, NULL));
      json_object_put (object);
      g_test_message ("%s", operation.message);
      g_assert_cmpint (operation.klass, ==, VEO3_POLL_FAILED);
      g_assert_cmpint (operation.code, ==, rows[i].code);
      g_assert_true (g_str_has_prefix (operation.message, words));
    }
}

/* Every known code of the filter is explained, wherever it stands; others are left as they are. */
static void
test_support_codes (void)
{
  static const struct
  {
    const char *reason;
    const char *expected;
  } rows[] = {
    { "", NULL },
    { "no code", NULL },
    { "Support codes: 12345678", NULL },
    { "158061214", NULL },
    { "580612140", NULL },
    { "58061214", "code 58061214 stands for child safety" },
    { "Support codes: 64151117, 61493863.", "code 64151117 stands for video safety in general, "
                                            "code 61493863 stands for violence" },
    { "7 of (35561575)", "code 35561575 stands for content of third parties (copyright)" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *found = support_code_explain (rows[i].reason);

      g_assert_cmpstr (found, ==, rows[i].expected);
    }
}

/* A long reason is cut, what its code means is not. */
static void
test_long_reason (void)
{
  static const VeoAnswerForm form = { .dup_clip = dup_no_clip };
  g_autofree char *words = g_strnfill (400, 'w');
  g_autofree char *text = g_strdup_printf (
      "{\"done\":true,\"response\":{\"raiMediaFilteredReasons\":[\"%s 90789179 %s\"]}}", words,
      words);
  json_object *object = json_tokener_parse (text);
  g_auto (VeoOperation) operation = { .klass = VEO3_POLL_NO_ANSWER };

  g_assert_true (veo_wire_read_operation (object, &form, NULL, &operation, NULL));
  json_object_put (object);
  g_assert_cmpint (operation.code, ==, VEO3_ERROR_CODE_CONTENT_FILTERED);
  g_assert_true (
      g_str_has_suffix (operation.message, "... (code 90789179 stands for sexual content)"));
  g_assert_cmpuint (strlen (operation.message), <, 600);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/veo-wire/build", test_build);
  g_test_add_func ("/veo3/veo-wire/build-extras", test_build_extras);
  g_test_add_func ("/veo3/veo-wire/path", test_path);
  g_test_add_func ("/veo3/veo-wire/error-codes", test_error_codes);
  g_test_add_func ("/veo3/veo-wire/support-codes", test_support_codes);
  g_test_add_func ("/veo3/veo-wire/long-reason", test_long_reason);
  return g_test_run ();
}
