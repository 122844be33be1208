/* SPDX-License-Identifier: MIT */
/*
 * The claims that several fuzz targets make. No state.
 */
#include "tests/fuzz/fuzz-target.h"

#include <string.h>

void
fuzz_assert_line (const char *text)
{
  if (text == NULL)
    return;
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strstr (text, FUZZ_SECRET));
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (p)));
}

void
fuzz_assert_either (gboolean has_result, const GError *error)
{
  g_assert_true (has_result == (error == NULL));
  if (error != NULL)
    g_assert_cmpuint (strlen (error->message), >, 0);
}
