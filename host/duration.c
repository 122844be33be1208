/* SPDX-License-Identifier: MIT */
/*
 * Purpose: parse and print durations. Pure functions, usable from any thread. Must not accept
 * anything that a reader could take for another number: signs, fractions, blanks, several units.
 */
#include "host/duration.h"

#include <string.h>

/** DurationUnit: a suffix and its length in time. */
typedef struct
{
  const char *suffix;
  gint64 ms;
} DurationUnit;

/* Largest first: printing takes the first that divides. */
static const DurationUnit units[] = {
  { "h", G_GINT64_CONSTANT (3600000) },
  { "min", G_GINT64_CONSTANT (60000) },
  { "s", G_GINT64_CONSTANT (1000) },
  { "ms", G_GINT64_CONSTANT (1) },
};

GQuark
duration_error_quark (void)
{
  return g_quark_from_static_string ("duration-error-quark");
}

/* Returns: milliseconds of the unit, 0 = unknown. */
static gint64
find_unit (const char *suffix, DurationSyntax syntax)
{
  if (*suffix == '\0' && syntax == DURATION_BARE_IS_SECONDS)
    return 1000;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (strcmp (suffix, units[i].suffix) == 0)
      return units[i].ms;
  return 0;
}

gboolean
duration_parse (const char *text, DurationSyntax syntax, gint64 *ret_ms, GError **error)
{
  gint64 value = 0;
  gint64 unit_ms = 0;
  gboolean overflow = FALSE;
  const char *p = text;

  for (; g_ascii_isdigit (*p); p++)
    overflow |= __builtin_mul_overflow (value, 10, &value)
                || __builtin_add_overflow (value, *p - '0', &value);
  unit_ms = p == text ? 0 : find_unit (p, syntax);
  if (unit_ms == 0)
    {
      g_autofree char *shown = g_strescape (text, NULL);

      g_set_error (error, DURATION_ERROR, DURATION_ERROR_SYNTAX,
                   "'%s' is no duration: write a whole number and a unit, "
                   "like 250ms, 30s, 5min or 2h",
                   shown);
      return FALSE;
    }
  overflow |= __builtin_mul_overflow (value, unit_ms, &value);
  if (overflow)
    {
      g_set_error (error, DURATION_ERROR, DURATION_ERROR_RANGE, "'%s' is too long a time", text);
      return FALSE;
    }
  *ret_ms = value;
  return TRUE;
}

char *
duration_to_string (gint64 ms)
{
  if (ms <= 0)
    return g_strdup ("0s");
  for (gsize i = 0; i < G_N_ELEMENTS (units) - 1; i++)
    if (ms % units[i].ms == 0)
      return g_strdup_printf ("%" G_GINT64_FORMAT "%s", ms / units[i].ms, units[i].suffix);
  return g_strdup_printf ("%" G_GINT64_FORMAT "ms", ms);
}
