/* SPDX-License-Identifier: MIT */
/*
 * What only Vertex AI's video wire has. Pure. Whatever comes from the service, or from a file that
 * people edit, is checked before it becomes part of a URL: the token goes where the URL says.
 */
#include "plugin/adapters/vertex-wire.h"

#include <string.h>

#include "plugin/adapters/billing-label.h"
#include "plugin/adapters/inline-clip.h"
#include "plugin/adapters/inline-name.h"
#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/json-request.h"

#define OPERATION_PATTERN "projects/*/locations/*/publishers/google/models/*/operations/*"
#define LOCATION_INDEX 3
#define LOCATION_MAX_CHARS 63
#define URI_MAX 2048
#define STORAGE_PREFIX "gs://"
#define LOWER_ALNUM "abcdefghijklmnopqrstuvwxyz0123456789"

/* It becomes a label of a host's name. */
static gboolean
is_location (const char *text)
{
  gsize length = strlen (text);

  return length > 0 && length <= LOCATION_MAX_CHARS && strspn (text, LOWER_ALNUM "-") == length
         && text[0] != '-' && text[length - 1] != '-';
}

char *
vertex_wire_dup_base_url (const char *location)
{
  if (!is_location (location))
    return NULL;
  if (g_str_equal (location, "global"))
    return g_strdup ("https://aiplatform.googleapis.com");
  if (g_str_equal (location, "us") || g_str_equal (location, "eu"))
    return g_strdup_printf ("https://aiplatform.%s.rep.googleapis.com", location);
  return g_strdup_printf ("https://%s-aiplatform.googleapis.com", location);
}

/* ---- what is sent ---- */

static gboolean
add_label (json_object *labels, const char *name, const char *value)
{
  g_autofree char *label = billing_label_new (value);

  return json_request_add (labels, name, json_object_new_string (label));
}

/* The port knows no run, but its id stands before the key's first '_' (those that we make have none
 * of their own). */
static json_object *
build_labels (const char *key)
{
  g_autoptr (json_object) labels = json_object_new_object ();
  g_autofree char *run = g_strndup (key, strcspn (key, "_"));

  if (labels == NULL || !add_label (labels, "pipeline_run", run)
      || !add_label (labels, "idempotent_key", key))
    return NULL;
  return g_steal_pointer (&labels);
}

GBytes *
vertex_wire_build_submit (const Veo3ClipRequest *request, const char *storage_uri, GError **error)
{
  g_autoptr (json_object) labels = build_labels (request->idempotent_key);
  /* Said although it is the default: more than one would be paid for. */
  VeoExtras extras = { .sample_count = 1,
                       .storage_uri = storage_uri,
                       .labels = labels,
                       .takes_seed = TRUE,
                       .takes_silence = TRUE };

  if (labels == NULL)
    return json_request_to_bytes (NULL, error);
  return veo_wire_build_submit (request, &extras, error);
}

GBytes *
vertex_wire_build_fetch (const char *name, GError **error)
{
  g_autoptr (json_object) body = json_object_new_object ();

  if (body == NULL || !json_request_add (body, "operationName", json_object_new_string (name)))
    return json_request_to_bytes (NULL, error);
  return json_request_to_bytes (body, error);
}

/* ---- names ---- */

char *
vertex_wire_dup_location (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", LOCATION_INDEX + 2);

  return g_strdup (parts[LOCATION_INDEX]);
}

gboolean
vertex_wire_is_operation_name (const char *name)
{
  g_autofree char *location = NULL;

  if (!veo_wire_is_path (name, OPERATION_PATTERN))
    return FALSE;
  location = vertex_wire_dup_location (name);
  return is_location (location);
}

char *
vertex_wire_parse_submit (const char *body, gsize length, GError **error)
{
  g_autofree char *name = veo_wire_parse_submit (body, length, OPERATION_PATTERN, error);

  if (name == NULL || vertex_wire_is_operation_name (name))
    return g_steal_pointer (&name);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
               "the answer names an operation in a location that is none");
  return NULL;
}

char *
vertex_wire_dup_fetch_path (const char *name)
{
  /* The last: a project or a model may be called operations. */
  const char *end = g_strrstr (name, "/operations/");

  return g_strdup_printf ("%.*s:fetchPredictOperation", (int)(end - name), name);
}

/* ---- answers ---- */

/* Returns: (transfer full) (nullable): inline_name_new() without the operation, or "gs://…" */
static char *
dup_clip (json_object *response)
{
  json_object *videos = json_answer_get (response, "videos", json_type_array);
  gsize count = videos != NULL ? json_object_array_length (videos) : 0;

  for (gsize i = 0; i < count; i++)
    {
      json_object *video = json_object_array_get_idx (videos, i);
      const char *uri = json_answer_get_string (video, "gcsUri");
      int place
          = inline_clip_parse_mark (json_answer_get_string (video, VERTEX_WIRE_INLINE_MEMBER));

      if (place != INLINE_CLIP_NONE)
        return inline_name_new (place, "");
      if (uri != NULL && *uri != '\0' && strlen (uri) <= URI_MAX)
        return g_strdup (uri);
    }
  return NULL;
}

static const VeoAnswerForm form = { .dup_clip = dup_clip };

/* The project may be named by its number in one answer and by its id in another. */
static gboolean
is_about (json_object *object, const char *name)
{
  const char *other = json_answer_get_string (object, "name");

  return other == NULL
         || (strrchr (other, '/') != NULL
             && g_str_equal (strrchr (other, '/'), strrchr (name, '/')));
}

gboolean
vertex_wire_parse_poll (const char *rest,
                        gsize length,
                        const char *name,
                        const char *secret,
                        VeoOperation *operation)
{
  g_autoptr (json_object) object = json_answer_parse (rest, length, NULL);
  g_autofree char *place = NULL;

  if (object == NULL || !is_about (object, name)
      || !veo_wire_read_operation (object, &form, secret, operation, NULL))
    return FALSE;
  if (operation->clip_uri != NULL && inline_name_is (operation->clip_uri))
    {
      place = g_steal_pointer (&operation->clip_uri);
      operation->clip_uri = g_strconcat (place, name, NULL);
    }
  return TRUE;
}

gboolean
vertex_wire_is_enough (const char *rest, gsize length, gpointer user_data)
{
  g_auto (VeoOperation) operation = { .klass = VEO3_POLL_NO_ANSWER };

  return vertex_wire_parse_poll (rest, length, user_data, NULL, &operation)
         && operation.klass == VEO3_POLL_DONE;
}

char *
vertex_wire_check_inline (const char *rest, gsize length, int wanted)
{
  g_autoptr (json_object) object = json_answer_parse (rest, length, NULL);
  g_auto (VeoOperation) operation = { .klass = VEO3_POLL_NO_ANSWER };
  g_autofree char *expected = inline_name_new (wanted, "");

  if (object == NULL || !veo_wire_read_operation (object, &form, NULL, &operation, NULL))
    return g_strdup ("the answer was cut, or it is no operation");
  return g_strcmp0 (operation.clip_uri, expected) == 0
             ? NULL
             : g_strdup ("the operation no longer says that the clip is in its answer");
}

/* ---- clips ---- */

/* Bucket names: lower case, digits, '-', '_' and '.', beginning and ending with one of the former
 * two. Source: cloud.google.com/storage/docs/buckets, naming. */
static gboolean
is_bucket (const char *text)
{
  gsize length = strlen (text);

  return length >= 3 && length <= 222 && strspn (text, LOWER_ALNUM "-_.") == length
         && strchr (LOWER_ALNUM, text[0]) != NULL && strchr (LOWER_ALNUM, text[length - 1]) != NULL
         && strstr (text, "..") == NULL;
}

static gboolean
parse_stored (const char *text, VertexClip *clip)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  g_autofree char *object = NULL;

  if (g_strv_length (parts) != 2 || !is_bucket (parts[0]) || *parts[1] == '\0'
      || !g_utf8_validate (parts[1], -1, NULL) || g_str_equal (parts[1], ".")
      || g_str_equal (parts[1], "..")) /* which a URL parser would resolve */
    return FALSE;
  object = g_uri_escape_string (parts[1], NULL, FALSE);
  clip->path = g_strdup_printf ("b/%s/o/%s?alt=media", parts[0], object);
  return TRUE;
}

gboolean
vertex_wire_parse_clip (const char *text, VertexClip *clip)
{
  *clip = (VertexClip){ .place = INLINE_CLIP_NONE };
  if (inline_name_is (text))
    {
      clip->operation = inline_name_parse (text, vertex_wire_is_operation_name, &clip->place);
      return clip->operation != NULL;
    }
  return g_str_has_prefix (text, STORAGE_PREFIX)
         && parse_stored (text + strlen (STORAGE_PREFIX), clip);
}

void
vertex_clip_clear (VertexClip *self)
{
  g_clear_pointer (&self->operation, g_free);
  g_clear_pointer (&self->path, g_free);
}
