/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the reader of answers that carry a clip inside. How the answer is cut into pieces on
 * its way makes no difference: not to the rest, not to the clip, not to the error; and of JSON,
 * JSON is left.
 */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "plugin/adapters/inline-clip.h"
#include "plugin/adapters/json-answer.h"
#include "tests/fuzz/fuzz-target.h"

#define ANSWER_MAX_BYTES 65536
#define CLIP_MAX_BYTES 4096

/* What came of one reading. */
typedef struct
{
  char *rest; /* (owned) */
  gsize rest_length;
  int error;
  gboolean is_kept;
  guint64 bytes;
  char *sha256; /* (owned) */
} Reading;

static void
reading_clear (Reading *self)
{
  g_free (self->rest);
  g_free (self->sha256);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reading, reading_clear)

static Reading
read_pieces (const uint8_t *data, size_t size, size_t piece, int dir_fd)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ClipFile) file = clip_file_new (dir_fd, "clip.mp4", CLIP_MAX_BYTES, &error);
  InlineClipOptions options
      = { .member = "data", .wanted = 0, .file = file, .max_bytes = ANSWER_MAX_BYTES };
  g_autoptr (InlineClip) reader = inline_clip_new (&options);
  HttpResponse response = { .end = HTTP_END_ANSWERED, .sent = 1, .status = 200 };
  HttpResponse view;
  Reading reading = { 0 };

  g_assert_no_error (error);
  for (size_t at = 0; at < size; at += piece)
    if (!inline_clip_sink (data + at, MIN (piece, size - at), reader))
      {
        response.end = HTTP_END_SINK_REFUSED;
        break;
      }
  response.body_bytes = size;
  view = inline_clip_get_view (reader, &response);
  reading.rest = g_strndup (view.body_length > 0 ? view.body : "", view.body_length);
  reading.rest_length = view.body_length;
  reading.error
      = inline_clip_get_error (reader) != NULL ? inline_clip_get_error (reader)->code : -1;
  reading.is_kept = inline_clip_is_kept (reader);
  reading.bytes = clip_file_get_bytes (file);
  reading.sha256 = g_strdup (clip_file_get_sha256 (file));
  return reading;
}

static void
assert_equal (const Reading *whole, const Reading *cut)
{
  g_assert_cmpint (cut->error, ==, whole->error);
  g_assert_cmpint (cut->is_kept, ==, whole->is_kept);
  g_assert_cmpuint (whole->bytes, <=, CLIP_MAX_BYTES);
  /* After an error nobody looks at the rest or the file. */
  if (whole->error >= 0)
    return;
  g_assert_cmpmem (cut->rest, cut->rest_length, whole->rest, whole->rest_length);
  g_assert_cmpuint (cut->bytes, ==, whole->bytes);
  g_assert_cmpstr (cut->sha256, ==, whole->sha256);
}

/* What takes texts out of an answer must not spoil the JSON around them. */
static void
assert_json (const uint8_t *data, size_t size, const Reading *whole)
{
  g_autoptr (json_object) before = json_answer_parse ((const char *)data, size, NULL);
  g_autoptr (json_object) after = NULL;

  if (before == NULL || whole->error >= 0)
    return;
  after = json_answer_parse (whole->rest, whole->rest_length, NULL);
  g_assert_nonnull (after);
  g_assert_cmpint (json_object_object_length (after), ==, json_object_object_length (before));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const size_t pieces[] = { 1, 7 };
  g_autofree char *folder = g_dir_make_tmp ("fuzz-inline-XXXXXX", NULL);
  int dir_fd = g_open (folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC, 0);
  g_auto (Reading) whole = read_pieces (data, size, MAX (size, 1), dir_fd);

  assert_json (data, size, &whole);
  for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_auto (Reading) cut = read_pieces (data, size, pieces[i], dir_fd);

      assert_equal (&whole, &cut);
    }
  (void)close (dir_fd);
  g_assert_cmpint (g_rmdir (folder), ==, 0); /* nothing was left in it */
  return 0;
}
