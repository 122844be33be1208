/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the Interactions API's answers to a create call, its events, polls and files. A name
 * that is taken fits into a URL; a clip's place is one that may be asked, or is refused when it is
 * read back; a failure has a reason.
 */
#include <string.h>

#include "plugin/adapters/omni-wire.h"
#include "tests/fuzz/fuzz-target.h"

#define NAME "interactions/v1_ChdQbTJh"

static void
check_create (const char *body, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = omni_wire_parse_create (body, length, &error);
  g_autofree char *event = omni_wire_parse_event (body, length);

  fuzz_assert_either (name != NULL, error);
  g_assert_true (name == NULL || omni_wire_is_operation_name (name));
  g_assert_true (event == NULL || omni_wire_is_operation_name (event));
  g_assert_true (name == NULL || strpbrk (name, "?#%\\ \r\n.") == NULL);
}

static void
check_clip (const char *body, gsize length, const char *uri)
{
  g_auto (OmniClip) clip = { 0 };
  g_autofree char *why = NULL;

  if (!omni_wire_parse_clip (uri, &clip))
    {
      g_assert_true (g_str_has_prefix (uri, "uri:"));
      return;
    }
  g_assert_true ((clip.operation != NULL) == (clip.file_id == NULL));
  if (clip.file_id != NULL)
    g_assert_null (strpbrk (clip.file_id, "/?#%\\ \r\n."));
  else
    {
      g_assert_cmpstr (clip.operation, ==, NAME);
      g_assert_cmpint (clip.place, >=, 0);
      /* What a poll calls the clip is the clip when it is fetched. */
      why = omni_wire_check_inline (body, length, clip.place);
      g_assert_null (why);
    }
}

static void
check_poll (const char *body, gsize length)
{
  static const OmniQuestion question = { .name = NAME, .secret = FUZZ_SECRET };
  g_autoptr (GError) error = NULL;
  g_auto (OmniInteraction) interaction = { 0 };
  gboolean is_read = omni_wire_parse_poll (body, length, &question, &interaction, &error);

  fuzz_assert_either (is_read, error);
  if (!is_read)
    return;
  g_assert_true (interaction.klass == VEO3_POLL_QUEUED || interaction.klass == VEO3_POLL_RUNNING
                 || interaction.klass == VEO3_POLL_DONE || interaction.klass == VEO3_POLL_FAILED);
  g_assert_true ((interaction.klass == VEO3_POLL_DONE) == (interaction.clip_uri != NULL));
  g_assert_true ((interaction.klass == VEO3_POLL_FAILED) == (interaction.message != NULL));
  g_assert_true ((interaction.klass == VEO3_POLL_FAILED)
                 == (interaction.code != VEO3_ERROR_CODE_NONE));
  fuzz_assert_line (interaction.message);
  if (interaction.clip_uri != NULL)
    check_clip (body, length, interaction.clip_uri);
}

static void
check_file (const char *body, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_auto (OmniFile) file = { 0 };
  gboolean is_read = omni_wire_parse_file (body, length, FUZZ_SECRET, &file, &error);

  fuzz_assert_either (is_read, error);
  g_assert_true ((file.state == OMNI_FILE_FAILED) == (file.message != NULL));
  fuzz_assert_line (file.message);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (OmniClip) clip = { 0 };

  (void)omni_wire_parse_clip (text, &clip);
  (void)omni_wire_is_operation_name (text);
  check_create ((const char *)data, size);
  check_poll ((const char *)data, size);
  check_file ((const char *)data, size);
  return 0;
}
