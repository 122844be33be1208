/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: Vertex AI's answers to a submit and to a poll, and the places of clips in them. A
 * name that is taken fits into a URL; what a poll calls the clip is a place that may be asked, or
 * is refused when it is read back; a failure has a reason.
 */
#include <string.h>

#include "plugin/adapters/vertex-wire.h"
#include "tests/fuzz/fuzz-target.h"

/* The operation that the corpus talks of. */
#define NAME                                                                                       \
  "projects/p-1/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/"         \
  "operations/6f1c2b34-0d6e-4d0b-9d53-6d9a2f0b7c11"

static void
check_submit (const char *body, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *name = vertex_wire_parse_submit (body, length, &error);
  g_autofree char *path = NULL;
  g_autofree char *location = NULL;

  fuzz_assert_either (name != NULL, error);
  if (name == NULL)
    return;
  g_assert_true (vertex_wire_is_operation_name (name));
  g_assert_null (strpbrk (name, "?#%\\ \r\n:@"));
  g_assert_null (strstr (name, "/../"));
  path = vertex_wire_dup_fetch_path (name);
  g_assert_true (g_str_has_suffix (path, ":fetchPredictOperation"));
  location = vertex_wire_dup_location (name);
  g_assert_null (strpbrk (location, "/?#%\\ \r\n:@"));
}

static void
assert_clip (const VertexClip *clip)
{
  g_assert_true ((clip->operation != NULL) == (clip->path == NULL));
  if (clip->operation != NULL)
    {
      g_assert_true (vertex_wire_is_operation_name (clip->operation));
      g_assert_cmpint (clip->place, >=, 0);
    }
  else
    {
      g_assert_true (g_str_has_suffix (clip->path, "?alt=media"));
      g_assert_true (strchr (clip->path, '?') == strrchr (clip->path, '?'));
      g_assert_null (strpbrk (clip->path, "#\\ \r\n@"));
    }
}

static void
check_place (const char *text)
{
  g_auto (VertexClip) clip = { 0 };

  if (vertex_wire_parse_clip (text, &clip))
    assert_clip (&clip);
}

static void
check_poll (const char *rest, gsize length)
{
  g_auto (VeoOperation) operation = { 0 };

  if (!vertex_wire_parse_poll (rest, length, NAME, FUZZ_SECRET, &operation))
    return;
  g_assert_true (operation.klass == VEO3_POLL_RUNNING || operation.klass == VEO3_POLL_DONE
                 || operation.klass == VEO3_POLL_FAILED);
  g_assert_true ((operation.klass == VEO3_POLL_DONE) == (operation.clip_uri != NULL));
  g_assert_true ((operation.klass == VEO3_POLL_FAILED) == (operation.message != NULL));
  g_assert_true ((operation.klass == VEO3_POLL_FAILED) == (operation.code != VEO3_ERROR_CODE_NONE));
  fuzz_assert_line (operation.message);
  if (operation.clip_uri != NULL)
    check_place (operation.clip_uri);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  char operation[] = NAME;

  check_place (text);
  (void)vertex_wire_is_operation_name (text);
  (void)vertex_wire_is_enough (text, strlen (text), operation);
  check_submit ((const char *)data, size);
  check_poll ((const char *)data, size);
  return 0;
}
