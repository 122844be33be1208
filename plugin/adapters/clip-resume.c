/* SPDX-License-Identifier: MIT */
/*
 * The rules of continuing. Pure and stateless. Must not take an answer's word for what can be
 * checked: one byte at the wrong place spoils a clip that was paid for.
 */
#include "plugin/adapters/clip-resume.h"

#include <string.h>

#define ETAG_MAX_CHARS 256
/* A file can change twice within the second that its date has. */
#define DATE_MIN_AGE_S 1

/** ContentRange: of a header of that name. */
typedef struct
{
  gboolean has_part;
  guint64 first; /* if has_part */
  guint64 last;  /* if has_part */
  guint64 total;
} ContentRange;

/* Quoted, not marked W/, and nothing in it that could end a header. */
static gboolean
is_strong_etag (const char *etag)
{
  gsize length = etag != NULL ? strlen (etag) : 0;

  if (length < 2 || length > ETAG_MAX_CHARS || etag[0] != '"' || etag[length - 1] != '"')
    return FALSE;
  for (gsize i = 1; i < length - 1; i++)
    {
      if (!g_ascii_isgraph (etag[i]) || etag[i] == '"')
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_strong_date (const HttpResponse *response)
{
  time_t changed = -1;
  time_t said = -1;

  if (response->last_modified != NULL && response->date != NULL)
    {
      changed = curl_getdate (response->last_modified, NULL);
      said = curl_getdate (response->date, NULL);
    }
  return changed > 0 && said > 0 && said - changed >= DATE_MIN_AGE_S
         && strlen (response->last_modified) <= ETAG_MAX_CHARS
         && http_request_is_header_value (response->last_modified);
}

static gboolean
is_plain (const HttpResponse *response)
{
  return response->content_encoding == NULL
         || g_ascii_strcasecmp (response->content_encoding, "identity") == 0;
}

gboolean
clip_resume_note (ClipResume *self, const HttpResponse *response)
{
  clip_resume_clear (self);
  if (response->status != 200 || response->content_length <= 0 || !is_plain (response))
    return FALSE;
  if (is_strong_etag (response->etag))
    {
      self->etag = g_strdup (response->etag);
      self->validator = g_strdup (response->etag);
    }
  else if (response->etag == NULL && is_strong_date (response))
    self->validator = g_strdup (response->last_modified);
  self->total_bytes = (guint64)response->content_length;
  return self->validator != NULL;
}

static gboolean
read_number (const char **text, guint64 *ret)
{
  char *end = NULL;

  if (!g_ascii_isdigit (**text))
    return FALSE;
  *ret = g_ascii_strtoull (*text, &end, 10);
  *text = end;
  return *ret < G_MAXINT64;
}

static gboolean
skip (const char **text, const char *prefix)
{
  if (!g_str_has_prefix (*text, prefix))
    return FALSE;
  *text += strlen (prefix);
  return TRUE;
}

/* "bytes 10-19/100" and "bytes * /100", the latter without the blank. */
static gboolean
parse_content_range (const char *text, ContentRange *ret)
{
  const char *at = text;

  if (at == NULL || g_ascii_strncasecmp (at, "bytes ", 6) != 0)
    return FALSE;
  at += 6;
  ret->has_part = !skip (&at, "*");
  if (ret->has_part
      && !(read_number (&at, &ret->first) && skip (&at, "-") && read_number (&at, &ret->last)))
    return FALSE;
  return skip (&at, "/") && read_number (&at, &ret->total) && *at == '\0';
}

/* An answer may leave the ETag out; another one, or the same called weak, is another clip. */
static gboolean
is_same_version (const ClipResume *self, const HttpResponse *head)
{
  return head->etag == NULL || self->etag == NULL || g_str_equal (head->etag, self->etag);
}

static gboolean
is_rest (const ClipResume *self, guint64 have_bytes, const HttpResponse *head)
{
  ContentRange range = { 0 };

  return parse_content_range (head->content_range, &range) && range.has_part
         && range.first == have_bytes && range.last >= range.first && range.last < self->total_bytes
         && range.total == self->total_bytes && is_plain (head) && is_same_version (self, head);
}

/* Those that say nothing of the clip: it may be continued afterwards. */
static gboolean
is_passing (long status)
{
  return (status >= 300 && status <= 399) || status == 408 || status == 429 || status >= 500;
}

ClipResumeVerdict
clip_resume_judge (const ClipResume *self, guint64 have_bytes, const HttpResponse *head)
{
  ContentRange range = { 0 };

  if (head->status == 206)
    return is_rest (self, have_bytes, head) ? CLIP_RESUME_REST : CLIP_RESUME_ANEW;
  if (head->status == 416)
    {
      /* What is here is complete if both sides count the same bytes. */
      if (have_bytes == self->total_bytes && is_same_version (self, head)
          && (head->content_range == NULL
              || (parse_content_range (head->content_range, &range) && range.total == have_bytes)))
        return CLIP_RESUME_COMPLETE;
      return CLIP_RESUME_ANEW;
    }
  return is_passing (head->status) ? CLIP_RESUME_OTHER : CLIP_RESUME_ANEW;
}

void
clip_resume_clear (ClipResume *self)
{
  g_clear_pointer (&self->validator, g_free);
  g_clear_pointer (&self->etag, g_free);
  self->total_bytes = 0;
}
