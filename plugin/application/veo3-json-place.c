/* SPDX-License-Identifier: MIT */
/*
 * Reading members of jobs.json one by one. Pure, any thread: everything is in the arguments.
 */
#include "plugin/application/veo3-json-place.h"

#include <string.h>

gboolean
veo3_json_place_complain (const Veo3JsonPlace *place, const char *field, const char *what)
{
  g_set_error (place->error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: jobs[%u].%s%s: %s",
               place->name, place->index, place->inner != NULL ? place->inner : "", field, what);
  return FALSE;
}

gboolean
veo3_json_place_read_string (const Veo3JsonPlace *place,
                             Veo3JsonObject *object,
                             const char *field,
                             char **ret_text)
{
  Veo3JsonObject *member = json_object_object_get (object, field);

  if (member == NULL)
    return TRUE;
  if (!json_object_is_type (member, json_type_string))
    return veo3_json_place_complain (place, field, "must be a string or null");
  if (strlen (json_object_get_string (member)) != (gsize)json_object_get_string_len (member))
    return veo3_json_place_complain (place, field, "contains a NUL character");
  g_free (*ret_text);
  *ret_text = g_strdup (json_object_get_string (member));
  return TRUE;
}

gboolean
veo3_json_place_read_int (const Veo3JsonPlace *place,
                          Veo3JsonObject *object,
                          const char *field,
                          gint64 *ret_value)
{
  Veo3JsonObject *member = json_object_object_get (object, field);

  if (member == NULL)
    return TRUE;
  if (!json_object_is_type (member, json_type_int) || json_object_get_int64 (member) < 0)
    return veo3_json_place_complain (place, field, "must be a whole number, not negative, or null");
  *ret_value = json_object_get_int64 (member);
  return TRUE;
}
