/* SPDX-License-Identifier: MIT */
/*
 * What the emulator takes and refuses of a Gemini submit, letter by letter: every row of the field
 * table, what goes together, bodies that are none, and the size of pictures.
 *
 * Nothing is waited for without a deadline.
 */
#include "tests/emulator/emulator-test.h"

#include <string.h>

#define IMAGE "{\"bytesBase64Encoded\":\"iVBORw0KGgo=\",\"mimeType\":\"image/png\"}"
#define JPEG "{\"bytesBase64Encoded\":\"/9j/4AAQ\",\"mimeType\":\"image/jpeg\"}"
#define JPEG_AS_PNG "{\"bytesBase64Encoded\":\"/9j/4AAQSkZJRgAB\",\"mimeType\":\"image/png\"}"
#define VIDEO ",\"video\":{\"uri\":\"https://x/v1beta/files/abc:download?alt=media\"}"
#define USE_CASE                                                                                   \
  "Your use case is currently not supported. Please refer to Gemini API documentation for "        \
  "current "                                                                                       \
  "model offering."
#define OUT_OF_BOUND                                                                               \
  "The number value for `durationSeconds` is out of bound. Please provide a value between 4 and "  \
  "8, "                                                                                            \
  "inclusive."
#define UNSUPPORTED(field)                                                                         \
  "`" field "` isn't supported by this model. Please remove it or refer to the Gemini API "        \
  "documentation for supported usage."

typedef struct
{
  const gchar *instance;   /* members after the prompt, or NULL */
  const gchar *parameters; /* members, or NULL */
  const gchar *text;       /* of the refusal; NULL = accepted */
} Row;

static const Row fast_rows[] = {
  { NULL, NULL, NULL },
  { NULL, "\"durationSeconds\":4", NULL },
  { NULL, "\"durationSeconds\":6.0,\"aspectRatio\":\"9:16\",\"resolution\":\"720p\"", NULL },
  { NULL, "\"durationSeconds\":8,\"resolution\":\"1080p\",\"sampleCount\":1", NULL },
  { NULL, "\"durationSeconds\":8,\"resolution\":\"4k\"", NULL },
  { NULL, "\"negativePrompt\":\"text\",\"enhancePrompt\":true", NULL },
  { NULL, "\"personGeneration\":\"allow_all\"", NULL },
  { ",\"image\":" IMAGE, "\"personGeneration\":\"allow_adult\"", NULL },
  { ",\"image\":" IMAGE ",\"lastFrame\":" IMAGE, "\"durationSeconds\":8", NULL },
  { ",\"referenceImages\":[{\"image\":" IMAGE ",\"referenceType\":\"asset\"},"
    "{\"image\":" IMAGE ",\"referenceType\":\"ASSET\"}]",
    "\"durationSeconds\":8,\"personGeneration\":\"allow_adult\"", NULL },
  { ",\"image\":" JPEG ",\"lastFrame\":" IMAGE,
    "\"sampleCount\":1,\"durationSeconds\":8,\"aspectRatio\":\"16:9\",\"resolution\":\"1080p\","
    "\"personGeneration\":\"ALLOW_ADULT\",\"negativePrompt\":\"text, watermark\"",
    NULL },
  { VIDEO, "\"personGeneration\":\"allow_all\"", NULL },
  { VIDEO, "\"resolution\":\"1080p\"", USE_CASE },
  { VIDEO, "\"durationSeconds\":4", USE_CASE },
  { ",\"image\":" IMAGE VIDEO, NULL, USE_CASE },
  { VIDEO, "\"personGeneration\":\"allow_adult\"",
    "allow_adult for personGeneration is currently not supported." },
  { ",\"image\":" IMAGE, "\"personGeneration\":\"allow_all\"",
    "allow_all for personGeneration is currently not supported." },
  { ",\"referenceImages\":[{\"image\":" IMAGE ",\"referenceType\":\"asset\"}]",
    "\"personGeneration\":\"allow_all\"",
    "allow_all for personGeneration is currently not supported." },
  { NULL, "\"durationSeconds\":\"6\"",
    "The value type for `durationSeconds` needs to be a number." },
  { NULL, "\"durationSeconds\":5", OUT_OF_BOUND },
  { NULL, "\"durationSeconds\":10", OUT_OF_BOUND },
  { NULL, "\"durationSeconds\":6.5", OUT_OF_BOUND },
  { NULL, "\"durationSeconds\":-1", OUT_OF_BOUND },
  { NULL, "\"durationSeconds\":6,\"resolution\":\"1080p\"", USE_CASE },
  { NULL, "\"durationSeconds\":4,\"resolution\":\"4k\"", USE_CASE },
  { NULL, "\"resolution\":\"480p\"", "480p for resolution is currently not supported." },
  { ",\"image\":" IMAGE ",\"lastFrame\":" IMAGE, "\"durationSeconds\":6", USE_CASE },
  { ",\"lastFrame\":" IMAGE, NULL, USE_CASE },
  { ",\"referenceImages\":[{\"image\":" IMAGE ",\"referenceType\":\"asset\"}]",
    "\"durationSeconds\":4", USE_CASE },
  { ",\"image\":" IMAGE ",\"referenceImages\":[]", NULL, USE_CASE },
  { ",\"referenceImages\":[1,2,3,4]", NULL, "At most 3 `referenceImages` are supported." },
  { ",\"referenceImages\":[{\"image\":" IMAGE ",\"referenceType\":\"style\"}]", NULL,
    "style for referenceType is currently not supported." },
  { ",\"video\":{\"bytesBase64Encoded\":\"AAAA\"}", NULL, "Video URI not found in the request." },
  { ",\"video\":{\"uri\":\"nonsense\"}", NULL, "Could not parse the file name" },
  { ",\"video\":{\"uri\":\"https://x/files/a\",\"encoding\":\"video/mp4\"}", NULL,
    UNSUPPORTED ("encoding") },
  { ",\"image\":{\"inlineData\":{}}", NULL, UNSUPPORTED ("inlineData") },
  { ",\"image\":{\"imageBytes\":\"AAAA\",\"mimeType\":\"image/png\"}", NULL,
    UNSUPPORTED ("imageBytes") },
  { ",\"image\":{\"fileUri\":\"x\"}", NULL, UNSUPPORTED ("fileUri") },
  { ",\"image\":{\"mimeType\":\"image/png\"}", NULL,
    "`image` needs both `bytesBase64Encoded` and `mimeType`." },
  { ",\"image\":{\"bytesBase64Encoded\":\"AAAA\",\"mimeType\":\"image/gif\"}", NULL,
    "Unsupported image mime type: image/gif." },
  { ",\"image\":{\"bytesBase64Encoded\":\"A A!\",\"mimeType\":\"image/png\"}", NULL,
    "Unable to process `image`: its data is not base64." },
  { ",\"image\":" JPEG_AS_PNG, NULL,
    "Unable to process `image`: its data is not of its mime type." },
  { ",\"image\":{\"bytesBase64Encoded\":\"iVBORw0K\",\"mimeType\":\"image/png\"}", NULL,
    "Unable to process `image`: its data is not of its mime type." },
  { ",\"image\":" IMAGE ",\"lastFrame\":" JPEG_AS_PNG, NULL,
    "Unable to process `lastFrame`: its data is not of its mime type." },
  { ",\"image\":{\"bytesBase64Encoded\":\"iVBORw0KGgo=\",\"mimeType\":\"image/png\","
    "\"gcsUri\":\"gs://b/a\"}",
    NULL, UNSUPPORTED ("gcsUri") },
  { ",\"image\":{\"data\":\"AAAA\",\"mimeType\":\"image/png\"}", NULL, UNSUPPORTED ("data") },
  { ",\"image\":\"iVBORw0KGgo=\"", NULL, "The value type for `image` needs to be an object." },
  { ",\"referenceImages\":[{\"image\":" JPEG_AS_PNG ",\"referenceType\":\"asset\"}]", NULL,
    "Unable to process `image`: its data is not of its mime type." },
  { ",\"referenceImages\":[{\"referenceType\":\"asset\"}]", NULL,
    "The value type for `image` needs to be an object." },
  { ",\"referenceImages\":{}", NULL,
    "The value type for `referenceImages` needs to be a list of objects." },
  { ",\"mask\":{}", NULL, UNSUPPORTED ("mask") },
  { ",\"durationSeconds\":8", NULL, UNSUPPORTED ("durationSeconds") },
  { NULL, "\"generateAudio\":true", UNSUPPORTED ("generateAudio") },
  { NULL, "\"numberOfVideos\":1", UNSUPPORTED ("numberOfVideos") },
  { NULL, "\"storageUri\":\"gs://b\"", UNSUPPORTED ("storageUri") },
  { NULL, "\"sampleCount\":2",
    "The number value for `sampleCount` is out of bound. Please provide a value between 1 and 1, "
    "inclusive." },
  { NULL, "\"aspectRatio\":\"1:1\"", "1:1 for aspectRatio is currently not supported." },
  { NULL, "\"aspectRatio\":16", "The value type for `aspectRatio` needs to be a string." },
  { NULL, "\"seed\":7", UNSUPPORTED ("seed") },
  { NULL, "\"negativePrompt\":7", "The value type for `negativePrompt` needs to be a string." },
  { NULL, "\"enhancePrompt\":\"yes\"",
    "The value type for `enhancePrompt` needs to be a boolean." },
  { NULL, "\"personGeneration\":\"allow_adult\"",
    "allow_adult for personGeneration is currently not supported." },
  { NULL, "\"personGeneration\":\"dont_allow\"",
    "dont_allow for personGeneration is currently not supported." },
};

static const Row lite_rows[] = {
  { NULL, "\"durationSeconds\":8,\"resolution\":\"1080p\"", NULL },
  { NULL, "\"negativePrompt\":\"text\"", UNSUPPORTED ("negativePrompt") },
  { NULL, "\"enhancePrompt\":true", UNSUPPORTED ("enhancePrompt") },
  { ",\"referenceImages\":[]", NULL, UNSUPPORTED ("referenceImages") },
  { VIDEO, NULL, UNSUPPORTED ("video") },
  { ",\"image\":" IMAGE ",\"lastFrame\":" IMAGE, NULL, NULL },
  { NULL, "\"durationSeconds\":8,\"resolution\":\"4k\"", USE_CASE },
};

static void
check_rows (EmulatorClient *emulator, const gchar *model, const Row *rows, gsize n_rows)
{
  for (gsize i = 0; i < n_rows; i++)
    {
      g_autofree gchar *body
          = g_strdup_printf ("{\"instances\":[{\"prompt\":\"a boat\"%s}],\"parameters\":{%s}}",
                             rows[i].instance != NULL ? rows[i].instance : "",
                             rows[i].parameters != NULL ? rows[i].parameters : "");
      g_autoptr (Exchange) answer = emulator_test_submit_body (emulator, model, body);

      g_test_message ("%s", body);
      emulator_test_check_answer (answer, rows[i].text != NULL ? 400 : 200, rows[i].text);
    }
}

/* Every row of the field table is accepted or refused with the service's own words. */
static void
test_fields (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  check_rows (emulator, EMULATOR_TEST_MODEL, fast_rows, G_N_ELEMENTS (fast_rows));
  check_rows (emulator, "veo-3.1-lite-generate-preview", lite_rows, G_N_ELEMENTS (lite_rows));
}

/* Returns: (transfer full): a submit with a PNG of so many bytes. */
static gchar *
make_big_body (gsize size)
{
  static const guint8 mark[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  g_autofree guint8 *data = g_malloc0 (size);
  g_autofree gchar *encoded = NULL;

  memcpy (data, mark, sizeof mark);
  encoded = g_base64_encode (data, size);
  return g_strdup_printf (
      "{\"instances\":[{\"prompt\":\"a boat\",\"image\":{\"bytesBase64Encoded\":"
      "\"%s\",\"mimeType\":\"image/png\"}}]}",
      encoded);
}

/* A picture of 20 MB is taken, one of a byte more is not. */
static void
test_big_image (void)
{
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);
  g_autofree gchar *largest = make_big_body (20 * 1024 * 1024);
  g_autofree gchar *too_large = make_big_body (20 * 1024 * 1024 + 1);
  g_autoptr (Exchange) good = emulator_test_submit_body (emulator, EMULATOR_TEST_MODEL, largest);
  g_autoptr (Exchange) bad = emulator_test_submit_body (emulator, EMULATOR_TEST_MODEL, too_large);

  emulator_test_check_answer (good, 200, NULL);
  emulator_test_check_answer (bad, 400,
                              "Unable to process `image`: its data is larger than 20 MB.");
}

/* A body that is no request at all is a 400, each kind with its own text. */
static void
test_bodies (void)
{
  static const gchar *const rows[][2] = {
    { "{\"instances\":", "Invalid JSON payload received. Unexpected end of string or token." },
    { "{'instances':1}", "Invalid JSON payload received. Unexpected end of string or token." },
    { "", "Invalid JSON payload received. Unexpected end of string or token." },
    { "{\"instances\":[{\"prompt\":\"a\"}]} x",
      "Invalid JSON payload received. Unexpected end of string or token." },
    { "{\"labels\":{}}",
      "Invalid JSON payload received. Unknown name \"labels\": Cannot find field." },
    { "{}", "`instances` needs to hold exactly one instance." },
    { "{\"instances\":[{},{}]}", "`instances` needs to hold exactly one instance." },
    { "{\"instances\":[{}]}", "`prompt` is required." },
    { "{\"instances\":[{\"prompt\":\" \"}]}", "`prompt` must not be empty." },
    { "{\"instances\":[{\"prompt\":7}]}", "The value type for `prompt` needs to be a string." },
    { "{\"instances\":[{\"prompt\":\"a\"}],\"parameters\":[]}",
      "The value type for `parameters` needs to be an object." },
    { "{\"instances\":[{\"prompt\":\"[[submit: 999]]\"}]}",
      "directive [[submit: 999]]: '999' is no HTTP status between 300 and 599" },
  };
  g_autoptr (EmulatorClient) emulator = emulator_test_start (NULL, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (Exchange) answer
          = emulator_test_submit_body (emulator, EMULATOR_TEST_MODEL, rows[i][0]);

      emulator_test_check_answer (answer, 400, rows[i][1]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/emulator/refusals/fields", test_fields);
  g_test_add_func ("/emulator/refusals/bodies", test_bodies);
  g_test_add_func ("/emulator/refusals/big-image", test_big_image);
  return g_test_run ();
}
