/* SPDX-License-Identifier: MIT */
/*
 * What may be said of a clip, in the bodies of the three wires: each option by itself and together,
 * compared as JSON (names and types of all members), and what a picture of 20 MB costs. Pure.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "plugin/adapters/json-request.h"
#include "plugin/adapters/omni-input.h"
#include "plugin/adapters/omni-wire.h"
#include "plugin/adapters/vertex-wire.h"

#define MODEL "gemini-omni-1.1-flash"
#define BIG_IMAGE_BYTES (20u * 1024 * 1024)

/* Image 0 is "iVBO", image 1 is "/9j/" and so on: base64 of these bytes. */
static const struct
{
  const char *bytes;
  const char *type;
} pictures[] = {
  { "\x89PN", "image/png" },
  { "\xff\xd8\xff", "image/jpeg" },
  { "\x89P", "image/png" },
};
#define PICTURE_0 "'iVBO'"
#define PICTURE_1 "'/9j/'"
#define PICTURE_2 "'iVA='"

/** Row: what is said, and the three bodies in which ' stands for ". */
typedef struct
{
  const char *name;
  const char *prompt; /* (nullable) NULL = "A boat" */
  const char *ratio;
  const char *resolution;
  const char *negative;
  const char *person;
  const char *images; /* (nullable) roles of pictures 0, 1, 2: "f", "l" and "r" */
  gint64 seed;        /* -1 = not said */
  Veo3Audio audio;
  const char *gemini;
  const char *vertex;
  const char *omni; /* (nullable) NULL = Omni has no word for it: as if nothing were said */
} Row;

#define GEMINI(instance, parameters)                                                               \
  "{'instances':[{'prompt':'A boat'" instance "}],'parameters':{'durationSeconds':8" parameters "}}"
#define VERTEX(instance, parameters)                                                               \
  "{'instances':[{'prompt':'A boat'" instance                                                      \
  "}],'parameters':{'sampleCount':1,'durationSeconds':8" parameters                                \
  "},'labels':{'pipeline_run':'run','idempotent_key':'run_broll'}}"
#define BOTH(instance, parameters)                                                                 \
  .gemini = GEMINI (instance, parameters), .vertex = VERTEX (instance, parameters)
#define OMNI(input, format, rest)                                                                  \
  "{'model':'" MODEL "','background':true,'store':true,'input':" input                             \
  ",'response_format':{'type':'video','duration':'8s','delivery':'uri'" format                     \
  "},'labels':{'idempotent_key':'run_broll'}" rest "}"
#define OMNI_NOTHING OMNI ("'A boat'", "", "")
#define VEO_IMAGE(data, type) "{'bytesBase64Encoded':" data ",'mimeType':'image/" type "'}"
#define VEO_REFERENCE(data, type) "{'image':" VEO_IMAGE (data, type) ",'referenceType':'asset'}"
#define PART(data, type) "{'type':'image','data':" data ",'mime_type':'image/" type "'}"
#define TEXT(text) "{'type':'text','text':'" text "'}"
#define TASK(task) ",'generation_config':{'video_config':{'task':'" task "'}}"
#define FIRST ",'image':" VEO_IMAGE (PICTURE_0, "png")
#define LAST ",'lastFrame':" VEO_IMAGE (PICTURE_1, "jpeg")

static const Row rows[] = {
  { .name = "nothing", .seed = -1, BOTH ("", "") },
  { .name = "ratio",
    .ratio = "9:16",
    .seed = -1,
    BOTH ("", ",'aspectRatio':'9:16'"),
    .omni = OMNI ("'A boat'", ",'aspect_ratio':'9:16'", "") },
  { .name = "resolution",
    .resolution = "1080p",
    .seed = -1,
    BOTH ("", ",'resolution':'1080p'"),
    .omni = OMNI ("'A boat'", ",'resolution':'1080p'", "") },
  { .name = "negative prompt",
    .negative = "text, \"watermark\"",
    .seed = -1,
    BOTH ("", ",'negativePrompt':'text, \\\"watermark\\\"'") },
  { .name = "persons",
    .person = "allow_adult",
    .seed = -1,
    BOTH ("", ",'personGeneration':'allow_adult'") },
  { .name = "least seed",
    .seed = 0,
    .gemini = GEMINI ("", ""),
    .vertex = VERTEX ("", ",'seed':0") },
  { .name = "greatest seed",
    .seed = G_MAXUINT32,
    .gemini = GEMINI ("", ""),
    .vertex = VERTEX ("", ",'seed':4294967295") },
  { .name = "no sound",
    .seed = -1,
    .audio = VEO3_AUDIO_STRIP,
    .gemini = GEMINI ("", ""),
    .vertex = VERTEX ("", ",'generateAudio':false") },
  { .name = "sound", .seed = -1, .audio = VEO3_AUDIO_KEEP, BOTH ("", "") },
  { .name = "first frame",
    .images = "f",
    .seed = -1,
    BOTH (FIRST, ""),
    .omni = OMNI ("[" PART (PICTURE_0, "png") "," TEXT ("<FIRST_FRAME> A boat") "]",
                  "",
                  TASK ("image_to_video")) },
  { .name = "both frames",
    .images = "fl",
    .seed = -1,
    BOTH (FIRST LAST, ""),
    .omni = OMNI ("[" PART (PICTURE_0, "png") "," PART (PICTURE_1, "jpeg") "," TEXT (
                      "<FIRST_FRAME> <LAST_FRAME> A boat") "]",
                  "",
                  "") },
  { .name = "frames in the other order",
    .images = "lf",
    .seed = -1,
    BOTH (",'image':" VEO_IMAGE (PICTURE_1, "jpeg") ",'lastFrame':" VEO_IMAGE (PICTURE_0, "png"),
          ""),
    .omni = OMNI ("[" PART (PICTURE_1, "jpeg") "," PART (PICTURE_0, "png") "," TEXT (
                      "<FIRST_FRAME> <LAST_FRAME> A boat") "]",
                  "",
                  "") },
  { .name = "references",
    .images = "rrr",
    .seed = -1,
    BOTH (",'referenceImages':[" VEO_REFERENCE (PICTURE_0, "png") "," VEO_REFERENCE (
              PICTURE_1,
              "jpeg") "," VEO_REFERENCE (PICTURE_2, "png") "]",
          ""),
    .omni = OMNI ("[" PART (PICTURE_0, "png") "," PART (PICTURE_1, "jpeg") "," PART (
                      PICTURE_2,
                      "png") "," TEXT ("<IMAGE_REF_0> <IMAGE_REF_1> <IMAGE_REF_2> A boat") "]",
                  "",
                  TASK ("reference_to_video")) },
  { .name = "everything",
    .ratio = "16:9",
    .resolution = "720p",
    .negative = "fog",
    .person = "allow_adult",
    .images = "fl",
    .seed = 7,
    .audio = VEO3_AUDIO_STRIP,
    .gemini = GEMINI (FIRST LAST,
                      ",'aspectRatio':'16:9','resolution':'720p','negativePrompt':'fog',"
                      "'personGeneration':'allow_adult'"),
    .vertex = VERTEX (FIRST LAST,
                      ",'aspectRatio':'16:9','resolution':'720p','negativePrompt':'fog',"
                      "'personGeneration':'allow_adult','seed':7,'generateAudio':false"),
    .omni = OMNI ("[" PART (PICTURE_0, "png") "," PART (PICTURE_1, "jpeg") "," TEXT (
                      "<FIRST_FRAME> <LAST_FRAME> A boat") "]",
                  ",'aspect_ratio':'16:9','resolution':'720p'",
                  "") },
};

static Veo3ImageRole
role_of (char letter)
{
  return letter == 'f'   ? VEO3_IMAGE_FIRST_FRAME
         : letter == 'l' ? VEO3_IMAGE_LAST_FRAME
                         : VEO3_IMAGE_REFERENCE;
}

static void
fill_request (const Row *row, Veo3ClipRequest *request)
{
  Veo3ClipOptions *options = &request->options;

  *request = (Veo3ClipRequest){ .idempotent_key = g_strdup ("run_broll"),
                                .prompt = g_strdup (row->prompt != NULL ? row->prompt : "A boat"),
                                .duration_s = 8 };
  options->aspect_ratio = g_strdup (row->ratio);
  options->resolution = g_strdup (row->resolution);
  options->negative_prompt = g_strdup (row->negative);
  options->person_generation = g_strdup (row->person);
  options->has_seed = row->seed >= 0;
  options->seed = (guint32)MAX (row->seed, 0);
  options->audio = row->audio;
  for (gsize i = 0; row->images != NULL && row->images[i] != '\0'; i++)
    {
      Veo3ClipImage *image = veo3_clip_image_new (role_of (row->images[i]), "image");

      image->bytes = g_bytes_new_static (pictures[i].bytes, strlen (pictures[i].bytes));
      image->mime_type = pictures[i].type;
      veo3_clip_options_add_image (options, image);
    }
}

static json_object *
parse (const char *text)
{
  json_object *object = json_tokener_parse (text);

  g_assert_nonnull (object);
  return object;
}

/* The two are the same JSON: names, types and values; the order of members is not looked at. */
static void
assert_same (const char *wire, GBytes *body, const char *expected)
{
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  g_autofree char *text = g_strndup (data, length);
  g_autofree char *wanted = g_strdelimit (g_strdup (expected), "'", '"');
  json_object *one = parse (text);
  json_object *other = parse (wanted);

  if (!json_object_equal (one, other))
    g_error ("%s sends %s instead of %s", wire, text, wanted);
  json_object_put (one);
  json_object_put (other);
}

/* Each wire sends exactly what it has words for, and nothing of what it would be refused for. */
static void
test_bodies (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Veo3ClipRequest request = { .duration_s = 0 };
      g_autoptr (GError) local_error = NULL;
      g_autoptr (GBytes) gemini = NULL;
      g_autoptr (GBytes) vertex = NULL;
      g_autoptr (GBytes) omni = NULL;

      g_test_message ("%s", rows[i].name);
      fill_request (&rows[i], &request);
      gemini = veo_wire_build_submit (&request, NULL, &local_error);
      g_assert_no_error (local_error);
      vertex = vertex_wire_build_submit (&request, NULL, &local_error);
      g_assert_no_error (local_error);
      omni = omni_wire_build_create (MODEL, &request, OMNI_MODE_BACKGROUND, &local_error);
      g_assert_no_error (local_error);
      assert_same ("gemini", gemini, rows[i].gemini);
      assert_same ("vertex", vertex, rows[i].vertex);
      assert_same ("omni", omni, rows[i].omni != NULL ? rows[i].omni : OMNI_NOTHING);
      veo3_clip_request_clear (&request);
    }
}

/* Tags that the author set stay where they are; only those that are missing come in front. */
static void
test_tags (void)
{
  static const struct
  {
    const char *prompt;
    const char *images;
    const char *expected;
  } tags[] = {
    { "A boat", "f", "<FIRST_FRAME> A boat" },
    { "From <FIRST_FRAME> on, a boat", "f", "From <FIRST_FRAME> on, a boat" },
    { "To <LAST_FRAME>", "fl", "<FIRST_FRAME> To <LAST_FRAME>" },
    { "[# Sources <FIRST_FRAME>@Image1 <LAST_FRAME>@Image2] A boat", "fl",
      "[# Sources <FIRST_FRAME>@Image1 <LAST_FRAME>@Image2] A boat" },
    { "<IMAGE_REF_1> meets a boat", "rr", "<IMAGE_REF_0> <IMAGE_REF_1> meets a boat" },
    { "<IMAGE_REF_10> meets a boat", "rr",
      "<IMAGE_REF_0> <IMAGE_REF_1> <IMAGE_REF_10> meets a boat" },
    { "<first_frame> A boat", "f", "<FIRST_FRAME> <first_frame> A boat" },
    { "A <FIRST_FRAME> boat", "", "A <FIRST_FRAME> boat" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (tags); i++)
    {
      Row row = { .prompt = tags[i].prompt, .images = tags[i].images, .seed = -1 };
      Veo3ClipRequest request = { .duration_s = 0 };
      g_autofree char *text = NULL;

      fill_request (&row, &request);
      text = omni_input_dup_text (&request);
      g_assert_cmpstr (text, ==, tags[i].expected);
      veo3_clip_request_clear (&request);
    }
}

/* A picture that nobody read is never left out of a paid request: there is none. */
static void
test_unread (void)
{
  for (guint missing = 0; missing < 3; missing++)
    {
      Row row = { .images = "fl", .seed = -1 };
      Veo3ClipRequest request = { .duration_s = 0 };
      GError *errors[3] = { NULL, NULL, NULL };
      Veo3ClipImage *image;

      fill_request (&row, &request);
      image = g_ptr_array_index (request.options.images, 1);
      if (missing == 0)
        image->mime_type = NULL;
      else
        {
          g_bytes_unref (image->bytes);
          image->bytes = missing == 1 ? NULL : g_bytes_new (NULL, 0);
        }
      g_assert_null (veo_wire_build_submit (&request, NULL, &errors[0]));
      g_assert_null (vertex_wire_build_submit (&request, NULL, &errors[1]));
      g_assert_null (omni_wire_build_create (MODEL, &request, OMNI_MODE_STREAM, &errors[2]));
      for (guint i = 0; i < G_N_ELEMENTS (errors); i++)
        {
          g_assert_error (errors[i], G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
          g_assert_nonnull (strstr (errors[i]->message, "image"));
          g_clear_error (&errors[i]);
        }
      veo3_clip_request_clear (&request);
    }
}

/* The base64 of every length, also around the size of a piece, decodes to the bytes it stands for.
 */
static void
test_base64 (void)
{
  static const gsize sizes[]
      = { 1, 2, 3, 4, 24573, 24574, 24575, 24576, 24577, 24578, 24579, 73727, 73728, 100000 };
  g_autofree guint8 *data = g_malloc (100000);

  for (gsize i = 0; i < 100000; i++)
    data[i] = (guint8)(i * 7 + i / 256);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) bytes = g_bytes_new_static (data, sizes[i]);
      json_object *object = json_request_new_base64 (bytes);
      g_autoptr (GBytes) body = json_request_to_bytes (object, NULL);
      g_autofree char *encoded = g_base64_encode (data, sizes[i]);
      g_autofree char *expected = g_strdup_printf ("\"%s\"", encoded);

      json_object_put (object); /* the body holds on to it */
      g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), expected,
                       strlen (expected));
    }
}

/* Returns: a number of kilobytes out of what the kernel knows of this process; 0 = not known. */
static guint64
get_kilobytes (const char *name)
{
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return 0;
  line = strstr (text, name);
  return line != NULL ? g_ascii_strtoull (line + strlen (name), NULL, 10) : 0;
}

static gboolean
reset_peak (void)
{
  FILE *file = fopen ("/proc/self/clear_refs", "w");
  gboolean is_done = file != NULL && fputs ("5", file) >= 0;

  return file != NULL && fclose (file) == 0 && is_done;
}

static gint64
get_cpu_us (void)
{
  struct timespec now;

  g_assert_cmpint (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now), ==, 0);
  return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
fill_big (Veo3ClipRequest *request)
{
  Veo3ClipImage *image = veo3_clip_image_new (VEO3_IMAGE_FIRST_FRAME, "big.png");
  guint8 *data = g_malloc (BIG_IMAGE_BYTES);

  for (gsize i = 0; i < BIG_IMAGE_BYTES; i++)
    data[i] = (guint8)(i * 31 + i / 4096);
  image->bytes = g_bytes_new_take (data, BIG_IMAGE_BYTES);
  image->mime_type = "image/png";
  *request = (Veo3ClipRequest){ .idempotent_key = g_strdup ("run_broll"),
                                .prompt = g_strdup ("A boat"),
                                .duration_s = 8 };
  veo3_clip_options_add_image (&request->options, image);
}

/* A picture of 20 MB keeps the worker for less than 100 ms, and is held as itself and as its body:
 * at no time a third time. */
static void
test_big (void)
{
  Veo3ClipRequest request;
  g_autoptr (GBytes) body = NULL;
  guint64 usual_kb;
  guint64 grown_kb;
  gint64 took_us;

  fill_big (&request);
  if (!reset_peak () || get_kilobytes ("VmHWM:") == 0)
    {
      veo3_clip_request_clear (&request);
      g_test_skip ("this kernel does not tell the most memory that was held");
      return;
    }
  usual_kb = get_kilobytes ("VmHWM:");
  took_us = -get_cpu_us ();
  body = omni_wire_build_create (MODEL, &request, OMNI_MODE_BACKGROUND, NULL);
  took_us += get_cpu_us ();
  grown_kb = get_kilobytes ("VmHWM:") - usual_kb;
  g_test_message ("%zu bytes of body: %" G_GINT64_FORMAT " us, %" G_GUINT64_FORMAT " kB more",
                  g_bytes_get_size (body), took_us, grown_kb);
  g_assert_cmpuint (g_bytes_get_size (body), >, BIG_IMAGE_BYTES / 3 * 4);
  g_assert_cmpuint (grown_kb, >=, g_bytes_get_size (body) / 1024); /* it was measured */
  g_assert_cmpuint (grown_kb, <, 2 * BIG_IMAGE_BYTES / 1024);
  g_assert_cmpint (took_us, <, 100 * 1000);
  veo3_clip_request_clear (&request);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/wire-options/bodies", test_bodies);
  g_test_add_func ("/veo3/wire-options/tags", test_tags);
  g_test_add_func ("/veo3/wire-options/unread", test_unread);
  g_test_add_func ("/veo3/wire-options/base64", test_base64);
  /* Instrumented code is slower, and its memory is not the code's own. */
  if (argc < 2 || !g_str_equal (argv[1], "instrumented"))
    g_test_add_func ("/veo3/wire-options/big", test_big);
  return g_test_run ();
}
