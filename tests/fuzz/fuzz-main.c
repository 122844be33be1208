/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target as an ordinary test: each file of its corpus as it is, then varied in a fixed
 * number of ways. The variations depend on the printed seed and the file's name only, so a failure
 * comes again in the next run. One thread.
 */
#include <glib.h>
#include <string.h>

#include "tests/fuzz/fuzz-target.h"

#define SEED 20261123u
#define MAX_BYTES 65536

/* All files of the corpus: variations borrow from them. */
static GPtrArray *corpus; /* (owned) (element-type GBytes) */

static guint
below (GRand *rand, guint limit)
{
  return (guint)g_rand_int_range (rand, 0, (gint32)MAX (limit, 1));
}

/* What breaks parsers, in place of one byte. */
static void
put_byte (GRand *rand, GByteArray *bytes, guint at)
{
  static const guint8 bad[] = { 0, 1, '"', '\\', '{', ']', '=', '\n', ';', '0', 0x7f, 0x80, 0xff };

  if (g_rand_boolean (rand))
    bytes->data[at] ^= (guint8)(1u << below (rand, 8));
  else
    bytes->data[at] = bad[below (rand, G_N_ELEMENTS (bad))];
}

static void
insert (GByteArray *bytes, guint at, gconstpointer piece, guint length)
{
  guint tail = bytes->len - at;

  if (bytes->len + length > MAX_BYTES || length == 0)
    return;
  g_byte_array_set_size (bytes, bytes->len + length);
  memmove (bytes->data + at + length, bytes->data + at, tail);
  memcpy (bytes->data + at, piece, length);
}

/* Numbers at the edges of types, and text at the edges of encodings. */
static void
insert_word (GRand *rand, GByteArray *bytes, guint at)
{
  static const char *const words[] = { "-1",
                                       "0",
                                       "9223372036854775808",
                                       "1e309",
                                       "18446744073709551616",
                                       "null",
                                       "true",
                                       "[]",
                                       "{}",
                                       "\\u0000",
                                       "\\ud800",
                                       "\xed\xa0\x80",
                                       "\r\n",
                                       "\"",
                                       "../",
                                       "\x1b[2J",
                                       FUZZ_SECRET,
                                       "@inline:0" };
  const char *word = words[below (rand, G_N_ELEMENTS (words))];

  insert (bytes, at, word, (guint)strlen (word));
}

/* A piece of any file of the corpus. */
static void
splice (GRand *rand, GByteArray *bytes, guint at)
{
  gsize length = 0;
  const guint8 *other
      = g_bytes_get_data (g_ptr_array_index (corpus, below (rand, corpus->len)), &length);
  guint from = below (rand, (guint)length);
  guint wanted = 1 + below (rand, 64);

  if (length > 0)
    insert (bytes, at, other + from, MIN (wanted, (guint)length - from));
}

static void
vary (GRand *rand, GByteArray *bytes)
{
  guint at = below (rand, bytes->len);
  guint length = 1 + below (rand, 16);

  switch (bytes->len > 0 ? below (rand, 6) : 4)
    {
    case 0:
    case 1:
      put_byte (rand, bytes, at);
      break;
    case 2:
      g_byte_array_set_size (bytes, at);
      break;
    case 3:
      g_byte_array_remove_range (bytes, at, MIN (length, bytes->len - at));
      break;
    case 4:
      insert_word (rand, bytes, at);
      break;
    default:
      splice (rand, bytes, at);
      break;
    }
}

/* In memory of exactly its size, so that ASan and valgrind see a step too far. */
static void
give (const guint8 *data, gsize length)
{
  g_autofree guint8 *copy = g_malloc (MAX (length, 1));

  if (length > 0)
    memcpy (copy, data, length);
  g_assert_cmpint (LLVMFuzzerTestOneInput (copy, length), ==, 0);
}

/* A file of the corpus and its variations keep the claims of the target. */
static void
test_file (gconstpointer data)
{
  const char *path = data;
  guint32 seed = SEED ^ g_str_hash (strrchr (path, '/'));
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autofree char *text = NULL;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_test_message ("seed %u, %d variations", seed, TEST_VARIATIONS);
  give ((const guint8 *)text, length);
  for (int i = 0; i < TEST_VARIATIONS; i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      g_byte_array_append (bytes, (const guint8 *)text, (guint)length);
      for (guint n = 1 + below (rand, 4); n > 0; n--)
        vary (rand, bytes);
      give (bytes->data, bytes->len);
    }
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static GPtrArray *
list_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (names, compare_names);
  return names;
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) files = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  files = list_files (TEST_CORPUS);
  corpus = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  for (guint i = 0; i < files->len; i++)
    {
      const char *file = g_ptr_array_index (files, i);
      g_autofree char *name = g_path_get_basename (file);
      g_autofree char *path = g_strconcat ("/fuzz/", TEST_TARGET, "/", name, NULL);
      char *text = NULL;
      gsize length = 0;

      g_assert_true (g_file_get_contents (file, &text, &length, NULL));
      g_ptr_array_add (corpus, g_bytes_new_take (text, length));
      g_test_add_data_func (path, file, test_file);
    }
  g_assert_cmpuint (files->len, >=, 5);
  status = g_test_run ();
  g_ptr_array_unref (corpus);
  return status;
}
