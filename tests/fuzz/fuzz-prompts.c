/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: publishing-assets.json. Each prompt that comes out is either usable or has a problem
 * that says so; names of clips are safe and unique; the cap only cuts.
 */
#include <string.h>

#include "plugin/application/veo3-prompt-reader.h"
#include "tests/fuzz/fuzz-target.h"

#define CLIPS_MAX 50
#define CLIPS_FEW 2

/* Whatever is said of a picture, it lies in the workspace and can be named to people. */
static void
assert_options (const Veo3ClipOptions *options)
{
  g_assert_true (options->images == NULL || options->images->len > 0);
  for (guint i = 0; options->images != NULL && i < options->images->len; i++)
    {
      const Veo3ClipImage *image = g_ptr_array_index (options->images, i);

      g_assert_true (image->path[0] != '/' && image->path[0] != '\0');
      g_assert_false (g_str_has_prefix (image->path, "../"));
      g_assert_null (strstr (image->path, "/../"));
      fuzz_assert_line (image->path);
    }
  if (options->negative_prompt != NULL)
    g_assert_null (
        veo3_prompt_text_problem (options->negative_prompt, strlen (options->negative_prompt)));
}

static void
assert_prompt (const Veo3Prompt *prompt, GHashTable *variants)
{
  g_assert_nonnull (prompt->variant);
  g_assert_null (strpbrk (prompt->variant, "/.\\ \n"));
  g_assert_cmpuint (strlen (prompt->variant), <=, 64 + strlen ("-50"));
  g_assert_true (g_hash_table_add (variants, prompt->variant));
  g_assert_cmpint (prompt->duration_s, >=, 0); /* 0 = not said */
  g_assert_cmpint (prompt->duration_s, <=, VEO3_PROMPT_MAX_DURATION_S);
  g_assert_true (prompt->problem != NULL || prompt->prompt != NULL);
  if (prompt->prompt != NULL)
    g_assert_null (veo3_prompt_text_problem (prompt->prompt, strlen (prompt->prompt)));
  assert_options (&prompt->options);
  fuzz_assert_line (prompt->problem);
  fuzz_assert_line (prompt->note);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_malloc (size + 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) variants = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) prompts = NULL;
  g_autoptr (GPtrArray) few = NULL;
  guint n_found = 0;
  guint n_found_again = 0;

  memcpy (text, data, size);
  text[size] = '\0';
  prompts = veo3_prompt_reader_parse (text, size, CLIPS_MAX, &n_found, &error);
  fuzz_assert_either (prompts != NULL, error);
  if (prompts == NULL)
    return 0;
  g_assert_cmpuint (n_found, >, 0);
  g_assert_cmpuint (prompts->len, ==, MIN (n_found, CLIPS_MAX));
  for (guint i = 0; i < prompts->len; i++)
    assert_prompt (g_ptr_array_index (prompts, i), variants);

  few = veo3_prompt_reader_parse (text, size, CLIPS_FEW, &n_found_again, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (n_found_again, ==, n_found);
  g_assert_cmpuint (few->len, ==, MIN (n_found, CLIPS_FEW));
  for (guint i = 0; i < few->len; i++)
    {
      const Veo3Prompt *one = g_ptr_array_index (few, i);
      const Veo3Prompt *other = g_ptr_array_index (prompts, i);

      g_assert_cmpstr (one->variant, ==, other->variant);
      g_assert_cmpstr (one->prompt, ==, other->prompt);
    }
  return 0;
}
