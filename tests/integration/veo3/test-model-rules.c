/* SPDX-License-Identifier: MIT */
/*
 * The table of models against the judgement of the emulator, over all combinations of what may be
 * said of a clip: what the table lets through, the service takes, and finishes. And against the
 * adapters' own defaults. Single-threaded.
 */
#include <json-c/json.h>
#include <string.h>

#include "plugin/adapters/gemini-adapter.h"
#include "plugin/adapters/omni-adapter.h"
#include "plugin/adapters/omni-wire.h"
#include "plugin/adapters/veo-wire.h"
#include "plugin/adapters/vertex-adapter.h"
#include "plugin/adapters/vertex-wire.h"
#include "plugin/application/veo3-model-table.h"
#include "tests/emulator/gemini-check.h"
#include "tests/emulator/omni-check.h"
#include "tests/emulator/vertex-check.h"

#ifndef TEST_STEP
#define TEST_STEP 1 /* of the combinations, every one; prime to all the numbers of choices */
#endif

/* "" = not said. */
static const char *const ratios[] = { "", "9:16", "1:1" };
static const char *const resolutions[] = { "", "360p", "720p", "1080p", "4k", "8k" };
static const char *const negatives[] = { "", "text" };
static const char *const persons[] = { "", "allow_all", "allow_adult", "dont_allow" };
static const char *const images[] = { "", "f", "l", "fl", "r", "rrr", "rrrr", "fr" };
static const int durations_s[] = { 1, 5, 99 };

static char *
say (const char *text)
{
  return *text == '\0' ? NULL : g_strdup (text);
}

static void
add_images (Veo3ClipOptions *options, const char *letters)
{
  static const char png[] = "\x89PNG\r\n\x1a\n0000IHDR";

  for (; *letters != '\0'; letters++)
    {
      Veo3ImageRole role = *letters == 'f'   ? VEO3_IMAGE_FIRST_FRAME
                           : *letters == 'l' ? VEO3_IMAGE_LAST_FRAME
                                             : VEO3_IMAGE_REFERENCE;
      Veo3ClipImage *image = veo3_clip_image_new (role, "a.png");

      image->bytes = g_bytes_new_static (png, sizeof png - 1);
      image->mime_type = "image/png";
      veo3_clip_options_add_image (options, image);
    }
}

/* Takes the next digit off a number in a system of mixed bases. */
static guint
take (guint *left, guint base)
{
  guint digit = *left % base;

  *left /= base;
  return digit;
}

/* The @index-th of all combinations. Returns: FALSE: there are not so many */
static gboolean
make_request (guint index, Veo3ClipRequest *request)
{
  Veo3ClipOptions *options = &request->options;
  guint left = index;

  request->prompt = g_strdup ("a boat");
  request->idempotent_key = g_strdup ("run_broll");
  options->aspect_ratio = say (ratios[take (&left, G_N_ELEMENTS (ratios))]);
  options->resolution = say (resolutions[take (&left, G_N_ELEMENTS (resolutions))]);
  options->negative_prompt = say (negatives[take (&left, G_N_ELEMENTS (negatives))]);
  options->person_generation = say (persons[take (&left, G_N_ELEMENTS (persons))]);
  add_images (options, images[take (&left, G_N_ELEMENTS (images))]);
  request->duration_s = durations_s[take (&left, G_N_ELEMENTS (durations_s))];
  options->has_seed = take (&left, 2) != 0;
  return left == 0;
}

static json_object *
parse (GBytes *body)
{
  gsize length;
  const char *data = g_bytes_get_data (body, &length);
  g_autofree char *text = g_strndup (data, length);
  json_object *object = json_tokener_parse (text);

  g_assert_nonnull (object);
  return object;
}

/* Returns: (transfer full) (nullable): why the service refuses it, or what becomes of it */
static char *
judge_gemini (const char *model, const Veo3ClipRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = veo_wire_build_submit (request, NULL, &error);
  json_object *object = parse (body);
  GeminiSubmit submit;
  gboolean is_taken = gemini_check_submit (model, object, &submit, &error);

  json_object_put (object);
  return is_taken ? NULL : g_strdup (error->message);
}

static char *
judge_vertex (const char *model, const Veo3ClipRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = vertex_wire_build_submit (request, NULL, &error);
  json_object *object = parse (body);
  VertexSubmit submit = { 0 };
  char *problem = vertex_check_submit (model, object, &submit, &error)
                      ? g_steal_pointer (&submit.late_error)
                      : g_strdup (error->message);

  vertex_submit_clear (&submit);
  json_object_put (object);
  return problem;
}

static char *
judge_omni (const char *model, const Veo3ClipRequest *request)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = omni_wire_build_create (model, request, OMNI_MODE_BACKGROUND, &error);
  json_object *object = parse (body);
  OmniCreate create = { 0 };
  char *problem = omni_check_create (model, object, &create, &error)
                      ? g_steal_pointer (&create.late_error)
                      : g_strdup (error->message);

  omni_create_clear (&create);
  json_object_put (object);
  return problem;
}

typedef struct
{
  const char *provider;
  const char *model;
  char *(*judge) (const char *model, const Veo3ClipRequest *request);
  /* The wire has a word for everything that the table knows: then neither is the stricter one. */
  gboolean is_exact;
  /* (nullable) a refusal that not every customer of the service gets */
  const char *hurdle;
} Service;

/* What the table lets through is taken; on the wire of the Gemini API, what it refuses would have
 * been refused. */
static void
check_service (const Veo3ModelTable *table, const Service *service)
{
  const Veo3Model *model = veo3_model_table_find (table, service->provider, service->model);
  guint n_possible = 0;
  gboolean is_more = TRUE;

  for (guint i = 0; is_more; i += TEST_STEP)
    {
      Veo3ClipRequest request = { 0 };
      Veo3ClipField field;
      g_autofree char *refused = NULL;
      g_autofree char *answer = NULL;

      is_more = make_request (i, &request);
      g_free (veo3_model_fit (model, &request));
      refused = veo3_model_check (model, &request, &field);
      answer = service->judge (service->model, &request);
      if (refused == NULL && answer != NULL && g_strcmp0 (answer, service->hurdle) != 0)
        g_error ("%s, combination %u: let through, but: %s", service->model, i, answer);
      if (service->is_exact && refused != NULL && answer == NULL && field != VEO3_CLIP_FIELD_SEED)
        g_error ("%s, combination %u: refused, but taken: %s", service->model, i, refused);
      n_possible += refused == NULL;
      veo3_clip_request_clear (&request);
    }
  g_test_message ("%s: %u possible", service->model, n_possible);
  g_assert_cmpuint (n_possible, >, 0);
}

/* Vertex AI lets only some projects ask for it. */
#define NOT_LISTED "allow_all for personGeneration is currently not supported."

/* The table and the emulator were written from the same documents, by different hands: they agree
 * on every combination. */
static void
test_agreement (void)
{
  static const Service services[] = {
    { "gemini", "veo-3.1-generate-preview", judge_gemini, TRUE, NULL },
    { "gemini", "veo-3.1-fast-generate-preview", judge_gemini, TRUE, NULL },
    { "gemini", "veo-3.1-lite-generate-preview", judge_gemini, TRUE, NULL },
    { "vertex", "veo-3.1-generate-001", judge_vertex, FALSE, NOT_LISTED },
    { "vertex", "veo-3.1-fast-generate-001", judge_vertex, FALSE, NOT_LISTED },
    { "vertex", "veo-3.1-lite-generate-001", judge_vertex, FALSE, NOT_LISTED },
    { "omni", "gemini-omni-1.1-flash", judge_omni, FALSE, NULL },
    { "omni", "gemini-omni-1.2-flash", judge_omni, FALSE, NULL },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3ModelTable) table = veo3_model_table_new (NULL, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (services); i++)
    check_service (table, &services[i]);
}

/* The adapters, which can be used without the table, have the same models in mind. */
static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Veo3ModelTable) table = veo3_model_table_new (NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (veo3_model_table_get_default (table, "gemini"), ==, GEMINI_DEFAULT_MODEL);
  g_assert_cmpstr (veo3_model_table_get_default (table, "vertex"), ==, VERTEX_DEFAULT_MODEL);
  g_assert_cmpstr (veo3_model_table_get_default (table, "omni"), ==, OMNI_DEFAULT_MODEL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/models/agreement", test_agreement);
  g_test_add_func ("/models/defaults", test_defaults);
  return g_test_run ();
}
