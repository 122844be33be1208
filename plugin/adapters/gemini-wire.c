/* SPDX-License-Identifier: MIT */
/*
 * What only the Gemini API's video wire has. Pure. Everything that comes from the service is
 * checked before it becomes part of a URL.
 */
#include "plugin/adapters/gemini-wire.h"

#include <string.h>

#include "plugin/adapters/json-answer.h"

#define OPERATION_PATTERN "models/*/operations/*"
#define FILE_ID_MAX 64
#define URI_MAX 2048

gboolean
gemini_wire_is_operation_name (const char *name)
{
  return veo_wire_is_path (name, OPERATION_PATTERN);
}

char *
gemini_wire_parse_submit (const char *body, gsize length, GError **error)
{
  return veo_wire_parse_submit (body, length, OPERATION_PATTERN, error);
}

/* Returns: (transfer full) (nullable) */
static char *
dup_uri (json_object *response)
{
  json_object *samples = json_answer_get (response, "generatedSamples", json_type_array);
  gsize count = samples != NULL ? json_object_array_length (samples) : 0;

  for (gsize i = 0; i < count; i++)
    {
      json_object *video
          = json_answer_get (json_object_array_get_idx (samples, i), "video", json_type_object);
      const char *uri = json_answer_get_string (video, "uri");

      if (uri != NULL && *uri != '\0' && strlen (uri) <= URI_MAX)
        return g_strdup (uri);
    }
  return NULL;
}

gboolean
gemini_wire_parse_poll (const char *body,
                        gsize length,
                        const char *secret,
                        VeoOperation *operation,
                        GError **error)
{
  static const VeoAnswerForm form = { .wrapper = "generateVideoResponse", .dup_clip = dup_uri };
  g_autoptr (json_object) object = json_answer_parse (body, length, error);

  return object != NULL && veo_wire_read_operation (object, &form, secret, operation, error);
}

char *
gemini_wire_dup_file_id (const char *uri)
{
  const char *start = strstr (uri, "files/");
  gsize length = 0;

  if (start == NULL || (start != uri && start[-1] != '/'))
    return NULL;
  start += strlen ("files/");
  while (g_ascii_isalnum (start[length]) || start[length] == '-' || start[length] == '_')
    length++;
  if (length == 0 || length > FILE_ID_MAX || strchr (":?", start[length]) == NULL)
    return NULL; /* strchr() finds the terminating NUL as well */
  return g_strndup (start, length);
}
