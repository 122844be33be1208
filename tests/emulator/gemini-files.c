/* SPDX-License-Identifier: MIT */
/*
 * Clips as HTTP content (RFC 9110, sections 13 and 14) and as File resources.
 *
 * Thread model: one thread; the digest of a clip is computed when it is asked for. Must not decide
 * about keys or redirects.
 */
#include "tests/emulator/gemini-files.h"

#include <string.h>

#define RETENTION_S (48 * 3600)

typedef enum
{
  RANGE_NONE, /* send everything */
  RANGE_PART,
  RANGE_UNSATISFIABLE,
} RangeVerdict;

static gboolean
is_fault (const EmulatorFault *fault, EmulatorFaultKind kind)
{
  return fault != NULL && fault->kind == kind;
}

static gchar *
build_etag (Operation *operation, gsize size_bytes, const EmulatorFault *fault)
{
  return g_strdup_printf ("\"%s-%" G_GSIZE_MODIFIER "x%s\"", operation->file_id, size_bytes,
                          is_fault (fault, EMULATOR_FAULT_NEW_ETAG) ? "-new" : "");
}

/* One range of bytes; several of them are answered in full, which the RFC allows. */
static RangeVerdict
read_range (const gchar *range, gsize size_bytes, gsize *ret_first, gsize *ret_last)
{
  const gchar *text = range + strlen ("bytes=");
  gchar *end = NULL;
  guint64 first = 0;
  guint64 last = size_bytes - 1;

  if (!g_str_has_prefix (range, "bytes=") || strchr (range, ',') != NULL)
    return RANGE_NONE;
  if (*text == '-')
    {
      const guint64 length = g_ascii_strtoull (text + 1, &end, 10);

      if (end == text + 1 || *end != '\0')
        return RANGE_NONE;
      if (length == 0)
        return RANGE_UNSATISFIABLE;
      *ret_first = length < size_bytes ? size_bytes - length : 0;
      *ret_last = size_bytes - 1;
      return RANGE_PART;
    }
  first = g_ascii_strtoull (text, &end, 10);
  if (end == text || *end != '-')
    return RANGE_NONE;
  if (end[1] != '\0')
    last = MIN (g_ascii_strtoull (end + 1, NULL, 10), last);
  if (first >= size_bytes || last < first)
    return RANGE_UNSATISFIABLE;
  *ret_first = first;
  *ret_last = last;
  return RANGE_PART;
}

static EmulatorAnswer *
new_unsatisfiable (gsize size_bytes)
{
  EmulatorAnswer *answer = emulator_answer_new_html (416);
  g_autofree gchar *range = g_strdup_printf ("bytes */%" G_GSIZE_FORMAT, size_bytes);

  emulator_answer_add_header (answer, "Content-Range", range);
  return answer;
}

static EmulatorAnswer *
new_part (GBytes *clip, gsize first, gsize last, gint64 off_by_bytes)
{
  EmulatorAnswer *answer
      = emulator_answer_new (206, "video/mp4",
                             g_bytes_new_from_bytes (clip, first, last - first + 1));
  g_autofree gchar *range
      = g_strdup_printf ("bytes %" G_GINT64_FORMAT "-%" G_GSIZE_FORMAT "/%" G_GSIZE_FORMAT,
                         (gint64)first + off_by_bytes, last, g_bytes_get_size (clip));

  emulator_answer_add_header (answer, "Content-Range", range);
  return answer;
}

EmulatorAnswer *
gemini_files_serve_content (Operation *operation,
                            const EmulatorRequest *request,
                            const EmulatorFault *fault)
{
  g_autoptr (GBytes) clip = emulator_clip_dup_bytes (operation->clip);
  const gsize size_bytes = g_bytes_get_size (clip);
  g_autofree gchar *etag = build_etag (operation, size_bytes, fault);
  RangeVerdict verdict = RANGE_NONE;
  EmulatorAnswer *answer = NULL;
  gsize first = 0;
  gsize last = 0;

  if (request->range != NULL && !is_fault (fault, EMULATOR_FAULT_NO_RANGES)
      && (request->if_range == NULL || g_str_equal (request->if_range, etag)))
    verdict = read_range (request->range, size_bytes, &first, &last);
  switch (verdict)
    {
    case RANGE_NONE:
      answer = emulator_answer_new (200, "video/mp4", g_bytes_ref (clip));
      break;
    case RANGE_PART:
      answer = new_part (clip, first, last,
                         is_fault (fault, EMULATOR_FAULT_WRONG_RANGE) ? fault->size_bytes : 0);
      break;
    case RANGE_UNSATISFIABLE:
      return new_unsatisfiable (size_bytes);
    }
  emulator_answer_add_header (answer, "ETag", etag);
  if (!is_fault (fault, EMULATOR_FAULT_NO_RANGES))
    emulator_answer_add_header (answer, "Accept-Ranges", "bytes");
  return answer;
}

static void
add_text (json_object *file, const gchar *member, gchar *text)
{
  json_object_object_add (file, member, json_object_new_string (text));
  g_free (text);
}

static gchar *
format_utc (gint64 unix_s)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (unix_s);

  return g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");
}

static gchar *
digest_base64 (GBytes *clip)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size_bytes = 0;
  const guchar *data = g_bytes_get_data (clip, &size_bytes);
  guint8 digest[32];
  gsize digest_bytes = sizeof digest;

  g_checksum_update (checksum, data, (gssize)size_bytes);
  g_checksum_get_digest (checksum, digest, &digest_bytes);
  return g_base64_encode (digest, digest_bytes);
}

EmulatorAnswer *
gemini_files_refuse_content (const Operation *operation)
{
  g_autofree gchar *text
      = g_strdup_printf ("The File %s is not in an ACTIVE state and usage is not allowed.",
                         operation->file_id);

  return emulator_answer_new_error_named (400, "FAILED_PRECONDITION", text);
}

gchar *
gemini_files_build_uri (const Operation *operation, const EmulatorOrigins *origins)
{
  return g_strconcat (origins->file_url, "/v1beta/files/", operation->file_id,
                      ":download?alt=media", NULL);
}

static void
add_failure (json_object *file)
{
  json_object *error = json_object_new_object ();

  json_object_object_add (error, "code", json_object_new_int (13));
  json_object_object_add (error, "message",
                          json_object_new_string ("The file could not be processed."));
  json_object_object_add (file, "error", error);
}

/* What is only known of a file that is ACTIVE. */
static void
add_content (json_object *file, Operation *operation, const EmulatorOrigins *origins)
{
  g_autoptr (GBytes) clip = emulator_clip_dup_bytes (operation->clip);

  add_text (file, "sizeBytes", g_strdup_printf ("%" G_GSIZE_FORMAT, g_bytes_get_size (clip)));
  add_text (file, "sha256Hash", digest_base64 (clip));
  add_text (file, "downloadUri", gemini_files_build_uri (operation, origins));
}

EmulatorAnswer *
gemini_files_describe (Operation *operation, gint64 now_us, const EmulatorOrigins *origins)
{
  static const gchar *const state_words[] = {
    [OPERATION_FILE_PROCESSING] = "PROCESSING",
    [OPERATION_FILE_ACTIVE] = "ACTIVE",
    [OPERATION_FILE_FAILED] = "FAILED",
  };
  const OperationFileState state = operation_get_file_state (operation, now_us);
  json_object *file = json_object_new_object ();

  add_text (file, "name", g_strconcat ("files/", operation->file_id, NULL));
  add_text (file, "mimeType", g_strdup ("video/mp4"));
  add_text (file, "createTime", format_utc (operation->created_utc_s));
  add_text (file, "updateTime", format_utc (operation->created_utc_s));
  add_text (file, "expirationTime", format_utc (operation->created_utc_s + RETENTION_S));
  add_text (file, "uri",
            g_strconcat (origins->file_url, "/v1beta/files/", operation->file_id, NULL));
  add_text (file, "state", g_strdup (state_words[state]));
  add_text (file, "source", g_strdup ("GENERATED"));
  if (state == OPERATION_FILE_ACTIVE)
    add_content (file, operation, origins);
  else
    add_text (file, "sizeBytes", g_strdup ("0"));
  if (state == OPERATION_FILE_FAILED)
    add_failure (file);
  return emulator_answer_new_json (200, file);
}
