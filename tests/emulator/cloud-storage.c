/* SPDX-License-Identifier: MIT */
/*
 * Objects by their gs:// addresses.
 *
 * Thread model: one thread, nothing blocks. Must not decide about tokens.
 */
#include "tests/emulator/cloud-storage.h"

#include "tests/emulator/gemini-files.h"

#include <string.h>

struct _CloudStorage
{
  GHashTable *objects; /* (owned) gs://BUCKET/OBJECT -> Operation (borrowed) */
};

CloudStorage *
cloud_storage_new (void)
{
  CloudStorage *self = g_new0 (CloudStorage, 1);

  self->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
cloud_storage_free (CloudStorage *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->objects);
  g_free (self);
}

void
cloud_storage_add (CloudStorage *self, const gchar *uri, Operation *operation)
{
  g_hash_table_insert (self->objects, g_strdup (uri), operation);
}

/* gs://BUCKET/OBJECT of a path; NULL when the object's slashes are not escaped. */
static gchar *
build_uri (const gchar *raw_path)
{
  g_auto (GStrv) parts = g_strsplit (raw_path + strlen (CLOUD_STORAGE_PREFIX), "/", -1);
  g_autofree gchar *bucket = NULL;
  g_autofree gchar *object = NULL;

  if (g_strv_length (parts) != 3 || !g_str_equal (parts[1], "o"))
    return NULL;
  bucket = g_uri_unescape_string (parts[0], NULL);
  object = g_uri_unescape_string (parts[2], NULL);
  return bucket != NULL && object != NULL ? g_strconcat ("gs://", bucket, "/", object, NULL) : NULL;
}

Operation *
cloud_storage_find (CloudStorage *self, const EmulatorRequest *request)
{
  g_autofree gchar *uri = build_uri (request->raw_path);
  Operation *operation = uri != NULL ? g_hash_table_lookup (self->objects, uri) : NULL;

  if (operation == NULL || operation->clip == NULL
      || !operation_is_done (operation, request->received_us)
      || emulator_clip_get_state (operation->clip) != EMULATOR_CLIP_READY)
    return NULL;
  return operation;
}

static EmulatorAnswer *
describe (Operation *operation, const EmulatorRequest *request)
{
  g_autoptr (GBytes) clip = emulator_clip_dup_bytes (operation->clip);
  g_autofree gchar *uri = build_uri (request->raw_path);
  g_autofree gchar *size = g_strdup_printf ("%" G_GSIZE_FORMAT, g_bytes_get_size (clip));
  const gchar *slash = strchr (uri + strlen ("gs://"), '/');
  g_autofree gchar *bucket = g_strndup (uri + 5, (gsize)(slash - uri - 5));
  json_object *json = json_object_new_object ();

  json_object_object_add (json, "kind", json_object_new_string ("storage#object"));
  json_object_object_add (json, "bucket", json_object_new_string (bucket));
  json_object_object_add (json, "name", json_object_new_string (slash + 1));
  json_object_object_add (json, "contentType", json_object_new_string ("video/mp4"));
  json_object_object_add (json, "size", json_object_new_string (size));
  return emulator_answer_new_json (200, json);
}

EmulatorAnswer *
cloud_storage_serve (Operation *operation,
                     const EmulatorRequest *request,
                     const EmulatorFault *fault)
{
  if (emulator_request_has_parameter (request, "alt", "media"))
    return gemini_files_serve_content (operation, request, fault);
  return describe (operation, request);
}
