/* SPDX-License-Identifier: MIT */
/*
 * Names of clips inside answers. Pure. The operation stands last, because it may have any sign in
 * it.
 */
#include "plugin/adapters/inline-name.h"

#define PREFIX "inline:"

char *
inline_name_new (int place, const char *operation)
{
  return g_strdup_printf (PREFIX "%d:%s", place, operation);
}

gboolean
inline_name_is (const char *text)
{
  return g_str_has_prefix (text, PREFIX);
}

char *
inline_name_parse (const char *text, gboolean (*is_operation) (const char *name), int *ret_place)
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 3);
  guint64 place;

  if (!inline_name_is (text) || g_strv_length (parts) != 3
      || !g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXINT, &place, NULL)
      || !is_operation (parts[2]))
    return NULL;
  *ret_place = (int)place;
  return g_strdup (parts[2]);
}
