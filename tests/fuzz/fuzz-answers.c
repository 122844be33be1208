/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the Gemini API's answers to a submit and to a poll. A name that is taken fits into a
 * URL; a poll is an error, running, a clip, or a failure with a reason; nothing in between.
 */
#include <string.h>

#include "plugin/adapters/gemini-wire.h"
#include "tests/fuzz/fuzz-target.h"

static void
check_submit (const char *body, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = gemini_wire_parse_submit (body, length, &error);

  fuzz_assert_either (name != NULL, error);
  if (name == NULL)
    return;
  g_assert_true (gemini_wire_is_operation_name (name));
  g_assert_null (strpbrk (name, "?#%\\ \r\n"));
  g_assert_null (strstr (name, "/../"));
}

static void
assert_file_id (const char *id)
{
  if (id == NULL)
    return;
  g_assert_cmpuint (strlen (id), >, 0);
  for (const char *p = id; *p != '\0'; p++)
    g_assert_true (g_ascii_isalnum (*p) || *p == '-' || *p == '_');
}

static void
check_poll (const char *body, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_auto (VeoOperation) operation = { 0 };
  g_autofree char *file_id = NULL;
  gboolean is_read = gemini_wire_parse_poll (body, length, FUZZ_SECRET, &operation, &error);

  fuzz_assert_either (is_read, error);
  if (!is_read)
    return;
  g_assert_true (operation.klass == VEO3_POLL_RUNNING || operation.klass == VEO3_POLL_DONE
                 || operation.klass == VEO3_POLL_FAILED);
  g_assert_true ((operation.klass == VEO3_POLL_DONE) == (operation.clip_uri != NULL));
  fuzz_assert_line (operation.message);
  if (operation.klass == VEO3_POLL_FAILED)
    {
      g_assert_cmpint (operation.code, !=, VEO3_ERROR_CODE_NONE);
      g_assert_nonnull (operation.message);
    }
  if (operation.clip_uri != NULL)
    {
      file_id = gemini_wire_dup_file_id (operation.clip_uri);
      assert_file_id (file_id);
    }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autofree char *file_id = gemini_wire_dup_file_id (text);

  assert_file_id (file_id);
  check_submit ((const char *)data, size);
  check_poll ((const char *)data, size);
  return 0;
}
