/* SPDX-License-Identifier: MIT */
/*
 * The table of support codes. Pure. What is not in the table gets no meaning: codes are added by
 * the service without notice.
 */
#include "plugin/adapters/support-code.h"

#include <string.h>

#define CODE_DIGITS 8

static const struct
{
  const char *code;
  const char *category;
} meanings[] = {
  { "58061214", "child safety" },
  { "17301594", "child safety" },
  { "29310472", "a celebrity's likeness" },
  { "15236754", "a celebrity's likeness" },
  { "64151117", "video safety in general" },
  { "42237218", "video safety in general" },
  { "62263041", "dangerous content" },
  { "57734940", "hate" },
  { "22137204", "hate" },
  { "74803281", "other safety concerns" },
  { "29578790", "other safety concerns" },
  { "42876398", "other safety concerns" },
  { "89371032", "prohibited content" },
  { "49114662", "prohibited content" },
  { "63429089", "prohibited content" },
  { "72817394", "prohibited content" },
  { "60599140", "prohibited content" },
  { "35561574", "content of third parties (copyright)" },
  { "35561575", "content of third parties (copyright)" },
  { "90789179", "sexual content" },
  { "43188360", "sexual content" },
  { "78610348", "toxic language" },
  { "61493863", "violence" },
  { "56562880", "violence" },
  { "32635315", "vulgar language" },
};

static const char *
find_category (const char *digits)
{
  for (gsize i = 0; i < G_N_ELEMENTS (meanings); i++)
    {
      if (strncmp (digits, meanings[i].code, CODE_DIGITS) == 0)
        return meanings[i].category;
    }
  return NULL;
}

char *
support_code_explain (const char *reason)
{
  GString *text = g_string_new (NULL);

  for (const char *p = reason; *p != '\0';)
    {
      gsize digits = strspn (p, "0123456789");
      const char *category = digits == CODE_DIGITS ? find_category (p) : NULL;

      if (category != NULL)
        g_string_append_printf (text, "%scode %.*s stands for %s", text->len > 0 ? ", " : "",
                                CODE_DIGITS, p, category);
      p += MAX (digits, 1);
    }
  return g_string_free (text, text->len == 0);
}

char *
support_code_annotate (char *words)
{
  g_autofree char *meaning = support_code_explain (words);
  g_autofree char *owned = NULL;

  if (meaning == NULL)
    return words;
  owned = words;
  return g_strdup_printf ("%s (%s)", owned, meaning);
}
