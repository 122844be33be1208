/* SPDX-License-Identifier: MIT */
/*
 * Changes to a text and to its lines. Pure; must not use any random number but its seed's.
 */
#include "tests/integration/recovery/job-mutator.h"

#include <string.h>

/* One mutation under way. */
typedef struct
{
  GRand *rand;      /* (owned) */
  GString *bytes;   /* (owned) */
  GPtrArray *lines; /* (owned) (element-type utf8) of the text, each with its line break */
} Change;

typedef void (*ChangeFunc) (Change *change);

static guint
pick (Change *change, guint n)
{
  return n == 0 ? 0 : (guint)g_rand_int_range (change->rand, 0, (gint32)n);
}

static const char *
pick_word (Change *change, const char *const *words, guint n)
{
  return words[pick (change, n)];
}

static void
join (Change *change)
{
  g_string_truncate (change->bytes, 0);
  for (guint i = 0; i < change->lines->len; i++)
    g_string_append (change->bytes, g_ptr_array_index (change->lines, i));
}

static void
replace_line (Change *change, guint at, char *line)
{
  g_free (g_ptr_array_index (change->lines, at));
  g_ptr_array_index (change->lines, at) = line;
}

/* ---- bytes ---- */

static void
flip_bit (Change *change)
{
  change->bytes->str[pick (change, (guint)change->bytes->len)] ^= (char)(1 << pick (change, 8));
}

static void
change_letter (Change *change)
{
  change->bytes->str[pick (change, (guint)change->bytes->len)] = (char)(' ' + pick (change, 95));
}

static void
insert_nul (Change *change)
{
  g_string_insert_c (change->bytes, pick (change, (guint)change->bytes->len), '\0');
}

static void
insert_bad_utf8 (Change *change)
{
  static const char *const bad[]
      = { "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xef\xbb\xbf" };

  g_string_insert (change->bytes, pick (change, (guint)change->bytes->len),
                   pick_word (change, bad, G_N_ELEMENTS (bad)));
}

static void
cut_out (Change *change)
{
  guint start = pick (change, (guint)change->bytes->len);

  guint n = 1 + pick (change, 400);

  g_string_erase (change->bytes, start, MIN (n, (guint)change->bytes->len - start));
}

static void
cut_off (Change *change)
{
  g_string_truncate (change->bytes, pick (change, (guint)change->bytes->len));
}

static void
fill_with_nuls (Change *change)
{
  gsize start = pick (change, (guint)change->bytes->len);

  memset (change->bytes->str + start, 0, change->bytes->len - start);
}

static void
append_junk (Change *change)
{
  static const char *const junk[]
      = { "x", "{}", "]", "}", "null", "\n{\"jobs\": []}", "// a note", ",", "<<<<<<< ours\n" };

  g_string_append (change->bytes, pick_word (change, junk, G_N_ELEMENTS (junk)));
}

static void
write_twice (Change *change)
{
  g_autofree char *again = g_strdup (change->bytes->str);

  g_string_append (change->bytes, again);
}

/* ---- lines ---- */

static void
delete_lines (Change *change)
{
  guint n = 1 + (pick (change, 3) == 0 ? pick (change, 40) : 0);
  guint start = pick (change, change->lines->len);

  g_ptr_array_remove_range (change->lines, start, MIN (n, change->lines->len - start));
  join (change);
}

static void
repeat_lines (Change *change)
{
  guint n = 1 + (pick (change, 3) == 0 ? pick (change, 40) : 0);
  guint start = pick (change, change->lines->len);
  guint end = MIN (start + n, change->lines->len);
  guint to = pick (change, 2) == 0 ? end : pick (change, change->lines->len);
  g_autoptr (GPtrArray) copies = g_ptr_array_new ();

  for (guint i = start; i < end; i++)
    g_ptr_array_add (copies, g_strdup (g_ptr_array_index (change->lines, i)));
  for (guint i = 0; i < copies->len; i++)
    g_ptr_array_insert (change->lines, (int)(to + i), g_ptr_array_index (copies, i));
  join (change);
}

static void
swap_lines (Change *change)
{
  gpointer *a = &g_ptr_array_index (change->lines, pick (change, change->lines->len));
  gpointer *b = &g_ptr_array_index (change->lines, pick (change, change->lines->len));
  gpointer kept = *a;

  *a = *b;
  *b = kept;
  join (change);
}

/* Returns: where the value begins in a line with a member, or NULL. */
static char *
find_value (char *line)
{
  char *colon = strstr (line, "\":");

  return colon != NULL ? colon + 2 : NULL;
}

static gboolean
is_same_member (char *a, char *b)
{
  const char *value_a = find_value (a);
  const char *value_b = find_value (b);

  return value_a != NULL && value_b != NULL && value_a - a == value_b - b
         && memcmp (a, b, (gsize)(value_a - a)) == 0;
}

/* Two jobs exchange the value of one member. */
static void
swap_values (Change *change)
{
  guint first = pick (change, change->lines->len);
  guint n = change->lines->len;

  for (guint i = 1 + pick (change, n); i < 2 * n; i++)
    {
      guint other = (first + i) % n;
      gpointer kept = g_ptr_array_index (change->lines, first);

      if (other == first || !is_same_member (kept, g_ptr_array_index (change->lines, other)))
        continue;
      g_ptr_array_index (change->lines, first) = g_ptr_array_index (change->lines, other);
      g_ptr_array_index (change->lines, other) = kept;
      break;
    }
  join (change);
}

static guint
pick_member (Change *change)
{
  guint at = pick (change, change->lines->len);

  while (find_value (g_ptr_array_index (change->lines, at)) == NULL)
    at = (at + 1) % change->lines->len;
  return at;
}

static void
set_value (Change *change, guint at, const char *value)
{
  char *line = g_ptr_array_index (change->lines, at);
  char *old = find_value (line);
  gboolean has_comma = strchr (old, ',') != NULL;

  replace_line (change, at,
                g_strdup_printf ("%.*s%s%s\n", (int)(old - line), line, value,
                                 has_comma ? "," : ""));
  join (change);
}

static void
change_type (Change *change)
{
  static const char *const values[] = { "null",
                                        "true",
                                        "0",
                                        "-1",
                                        "1.5",
                                        "\"\"",
                                        "\"x\"",
                                        "[]",
                                        "{}",
                                        "'single'",
                                        "NaN",
                                        "-0",
                                        "\"\\u0000\"",
                                        "Infinity",
                                        "-Infinity",
                                        "1e999",
                                        "1e3",
                                        "0x10",
                                        "99999999999999999999",
                                        "-99999999999999999999",
                                        "[[[[]]]]",
                                        "\"\\ud800\"" };

  set_value (change, pick_member (change), pick_word (change, values, G_N_ELEMENTS (values)));
}

/* A hand that thinks it knows the states. */
static void
change_status (Change *change)
{
  static const char *const states[]
      = { "\"pending\"",  "\"submitting\"", "\"generating\"", "\"downloading\"", "\"completed\"",
          "\"failed\"",   "\"timed_out\"",  "\"uncertain\"",  "\"cancelled\"",   "\"Pending\"",
          "\"pending \"", "\"\"",           "\"queued\"" };
  guint at = pick_member (change);

  while (strstr (g_ptr_array_index (change->lines, at), "\"status\":") == NULL)
    at = (at + 1) % change->lines->len;
  set_value (change, at, pick_word (change, states, pick (change, 2) ? 1 : G_N_ELEMENTS (states)));
}

/* One more member of a name that is there already, before or after the real one. */
static void
repeat_name (Change *change)
{
  static const char *const members[] = { "\"jobs\":[],\n",
                                         "\"jobs\":null,\n",
                                         "\"status\":\"pending\",\n",
                                         "\"operation_name\":null,\n",
                                         "\"variant\":\"other\",\n",
                                         "\"idempotent_key\":\"r_o\",\n",
                                         "\"schema_version\":1,\n",
                                         "\"submitted_at\":null,\n" };

  g_ptr_array_insert (change->lines, (int)pick_member (change),
                      g_strdup (pick_word (change, members, G_N_ELEMENTS (members))));
  join (change);
}

static void
nest_deeply (Change *change)
{
  g_autoptr (GString) value = g_string_new (NULL);
  guint depth = 1 + pick (change, 3) * pick (change, 20000);

  for (guint i = 0; i < depth; i++)
    g_string_append (value, "[");
  for (guint i = 0; i < depth; i++)
    g_string_append (value, "]");
  if (pick (change, 2) == 0)
    {
      set_value (change, pick_member (change), value->str);
      return;
    }
  g_ptr_array_insert (change->lines, (int)pick_member (change),
                      g_strdup_printf ("\"of_another_program\":%s,\n", value->str));
  join (change);
}

static void
write_huge (Change *change)
{
  g_autofree char *value = g_strnfill (1 + pick (change, 3) * 100000, '9');
  g_autofree char *text = g_strconcat ("\"", value, "\"", NULL);

  set_value (change, pick_member (change), pick (change, 2) ? value : text);
}

static void
break_lines_anew (Change *change)
{
  g_string_replace (change->bytes, "\n", pick (change, 2) ? "\r\n" : "", 0);
}

static const struct
{
  const char *kind;
  ChangeFunc func;
} kinds[] = {
  { "flip a bit", flip_bit },
  { "change a letter", change_letter },
  { "insert a NUL", insert_nul },
  { "insert bad UTF-8", insert_bad_utf8 },
  { "cut out", cut_out },
  { "cut off", cut_off },
  { "fill with NULs", fill_with_nuls },
  { "append junk", append_junk },
  { "write twice", write_twice },
  { "delete lines", delete_lines },
  { "repeat lines", repeat_lines },
  { "swap lines", swap_lines },
  { "swap values", swap_values },
  { "change a type", change_type },
  { "change a status", change_status },
  { "repeat a name", repeat_name },
  { "nest deeply", nest_deeply },
  { "write huge", write_huge },
  { "break lines anew", break_lines_anew },
};

guint
job_mutator_count_kinds (void)
{
  return G_N_ELEMENTS (kinds);
}

static GPtrArray *
split (const char *text)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  const char *end;

  for (; (end = strchr (text, '\n')) != NULL; text = end + 1)
    g_ptr_array_add (lines, g_strndup (text, (gsize)(end - text + 1)));
  if (*text != '\0')
    g_ptr_array_add (lines, g_strdup (text));
  return lines;
}

JobMutation
job_mutator_make (const char *text, guint32 seed)
{
  Change change = { .rand = g_rand_new_with_seed (seed),
                    .bytes = g_string_new (text),
                    .lines = split (text) };

  kinds[seed % G_N_ELEMENTS (kinds)].func (&change);
  g_rand_free (change.rand);
  g_ptr_array_unref (change.lines);
  return (JobMutation){ .kind = kinds[seed % G_N_ELEMENTS (kinds)].kind, .bytes = change.bytes };
}

void
job_mutation_clear (JobMutation *mutation)
{
  if (mutation->bytes != NULL)
    g_string_free (mutation->bytes, TRUE);
  mutation->bytes = NULL;
}
