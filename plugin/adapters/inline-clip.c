/* SPDX-License-Identifier: MIT */
/*
 * A filter, byte by byte, between a JSON answer and its reader: it knows strings, escapes, colons
 * and brackets, and leaves it to the reader of the rest to say whether it was JSON at all. Belongs
 * to one context. Must not hold more of a clip than one small buffer.
 */
#include "plugin/adapters/inline-clip.h"

#include <string.h>

#include "plugin/adapters/json-answer.h"

#define MARK "@inline:"
#define BUFFER_BYTES 12288
#define NAME_MAX_CHARS 64
#define HEX_DIGITS 4

G_DEFINE_QUARK (inline_clip_error_quark, inline_clip_error)

typedef enum
{
  STATE_OUTSIDE,       /* of all strings */
  STATE_STRING,        /* in one that is passed on */
  STATE_STRING_ESCAPE, /* behind its backslash */
  STATE_TAKEN,         /* in one that is taken out */
  STATE_TAKEN_ESCAPE,  /* behind its backslash */
  STATE_TAKEN_HEX,     /* behind its backslash and u */
} State;

/** Base64: one text on its way to the file. RFC 4648; both alphabets, padding as one likes. */
typedef struct
{
  guint32 bits;   /* of the group under way */
  guint n_chars;  /* of the group under way, 0 to 3 */
  guint n_equals; /* padding seen */
  gsize length;   /* bytes in the buffer */
  guint8 buffer[BUFFER_BYTES];
} Base64;

struct _InlineClip
{
  InlineClipOptions options;
  State state;
  guint64 bytes;       /* of the answer so far */
  GString *rest;       /* (owned) */
  GString *closers;    /* (owned) brackets that are open, as what would close them */
  GString *name;       /* (owned) beginning of the last string that was passed on */
  gboolean is_value;   /* what comes next is the value of a member that is taken out */
  int number;          /* of the text under way or the last one, INLINE_CLIP_NONE = none yet */
  gboolean is_marked;  /* the text under way is not empty */
  guint looks;         /* is_enough was asked */
  gboolean has_enough; /* it said so */
  gboolean is_kept;
  guint n_hex;   /* digits seen of \uXXXX */
  guint32 hex;   /* their value */
  GError *error; /* (owned) (nullable) of inline_clip_sink() */
  Base64 base64;
};

InlineClip *
inline_clip_new (const InlineClipOptions *options)
{
  InlineClip *self = g_new0 (InlineClip, 1);

  self->options = *options;
  self->number = INLINE_CLIP_NONE;
  self->rest = g_string_new (NULL);
  self->closers = g_string_new (NULL);
  self->name = g_string_new (NULL);
  return self;
}

/* ---- base64 ---- */

static int
value_of (guint8 c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  if (c == '+' || c == '-')
    return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

static gboolean
refuse_coding (GError **error)
{
  g_set_error (error, INLINE_CLIP_ERROR, INLINE_CLIP_ERROR_CODING,
               "the clip inside the answer is not base64");
  return FALSE;
}

static gboolean
flush (InlineClip *self, GError **error)
{
  gsize length = self->base64.length;

  self->base64.length = 0;
  return length == 0 || clip_file_write (self->options.file, self->base64.buffer, length, error);
}

static gboolean
decode (InlineClip *self, guint8 c, GError **error)
{
  Base64 *base64 = &self->base64;
  int value = value_of (c);

  if (c == '=' && base64->n_chars + base64->n_equals < 4 && base64->n_chars >= 2)
    {
      base64->n_equals++;
      return TRUE;
    }
  if (value < 0 || base64->n_equals > 0)
    return refuse_coding (error);
  base64->bits = base64->bits << 6 | (guint32)value;
  if (++base64->n_chars < 4)
    return TRUE;
  for (int shift = 16; shift >= 0; shift -= 8)
    base64->buffer[base64->length++] = (guint8)(base64->bits >> shift);
  base64->n_chars = 0;
  return base64->length < BUFFER_BYTES || flush (self, error);
}

/* What is left of the last group: two characters are one byte, three are two. */
static gboolean
end_decoding (InlineClip *self, GError **error)
{
  Base64 *base64 = &self->base64;
  guint32 bits = base64->bits << 6 * (4 - base64->n_chars) % 24;

  if (base64->n_chars == 1 || (base64->n_equals > 0 && base64->n_chars + base64->n_equals != 4))
    return refuse_coding (error);
  for (guint i = 1; i < base64->n_chars; i++)
    base64->buffer[base64->length++] = (guint8)(bits >> (24 - 8 * i));
  self->is_kept = self->is_marked;
  return flush (self, error);
}

/* ---- texts that are taken out ---- */

static gboolean
is_wanted (const InlineClip *self)
{
  return self->options.file != NULL && self->number == self->options.wanted;
}

/* Each look reads the whole rest: an answer that has many texts before the verdict is read to its
 * end instead. One of a chain of edits, which we do not make, has some; a hostile one gets no more
 * of our time. */
#define LOOKS_MAX 16

/* Asks whether the beginning says it all; if so, the rest becomes whole by what closes it. */
static void
look_at_beginning (InlineClip *self)
{
  gsize length = self->rest->len;

  if (self->options.is_enough == NULL || self->looks++ >= LOOKS_MAX)
    return;
  g_string_append_c (self->rest, '"');
  for (gsize i = self->closers->len; i > 0; i--)
    g_string_append_c (self->rest, self->closers->str[i - 1]);
  self->has_enough
      = self->options.is_enough (self->rest->str, self->rest->len, self->options.user_data);
  if (!self->has_enough)
    g_string_truncate (self->rest, length);
}

static gboolean
take_char (InlineClip *self, guint8 c, GError **error)
{
  if (!self->is_marked)
    {
      self->is_marked = TRUE;
      g_string_append_printf (self->rest, MARK "%d", self->number);
      look_at_beginning (self);
    }
  return !is_wanted (self) || decode (self, c, error);
}

static gboolean
end_taken (InlineClip *self, GError **error)
{
  g_string_append_c (self->rest, '"');
  self->state = STATE_OUTSIDE;
  return !is_wanted (self) || end_decoding (self, error);
}

/* Some writers of JSON escape '/' and '='; no other escape stands for a character of base64. */
static gboolean
take_escaped (InlineClip *self, guint8 c, GError **error)
{
  self->state = STATE_TAKEN;
  if (c != 'u')
    return take_char (self, c == '/' ? c : ' ', error);
  self->state = STATE_TAKEN_HEX;
  self->n_hex = 0;
  self->hex = 0;
  return TRUE;
}

static gboolean
take_hex (InlineClip *self, guint8 c, GError **error)
{
  if (!g_ascii_isxdigit (c))
    return refuse_coding (error);
  self->hex = self->hex << 4 | (guint32)g_ascii_xdigit_value ((char)c);
  if (++self->n_hex < HEX_DIGITS)
    return TRUE;
  self->state = STATE_TAKEN;
  return take_char (self, self->hex < 0x80 ? (guint8)self->hex : ' ', error);
}

/* ---- all that is passed on ---- */

static void
begin_string (InlineClip *self)
{
  self->state = self->is_value ? STATE_TAKEN : STATE_STRING;
  if (self->is_value)
    {
      self->number++;
      self->is_marked = FALSE;
    }
  else
    g_string_truncate (self->name, 0);
  self->is_value = FALSE;
}

static void
pass_outside (InlineClip *self, guint8 c)
{
  if (strchr (" \t\r\n", c) != NULL && c != '\0')
    return;
  if (c == '"')
    {
      begin_string (self);
      return;
    }
  self->is_value = c == ':' && g_str_equal (self->name->str, self->options.member);
  if (c == '{' || c == '[')
    g_string_append_c (self->closers, c == '{' ? '}' : ']');
  else if ((c == '}' || c == ']') && self->closers->len > 0)
    g_string_truncate (self->closers, self->closers->len - 1);
}

static void
pass_in_string (InlineClip *self, guint8 c)
{
  if (self->state == STATE_STRING_ESCAPE)
    self->state = STATE_STRING;
  else if (c == '\\')
    self->state = STATE_STRING_ESCAPE;
  else if (c == '"')
    {
      self->state = STATE_OUTSIDE;
      return;
    }
  /* A longer one, or one with an escape, is not the name that is looked for. */
  if (self->name->len < NAME_MAX_CHARS)
    g_string_append_c (self->name, (char)c);
}

static gboolean
pass (InlineClip *self, guint8 c, GError **error)
{
  if (self->rest->len >= JSON_ANSWER_MAX_BYTES)
    {
      g_set_error (error, INLINE_CLIP_ERROR, INLINE_CLIP_ERROR_TOO_BIG,
                   "the answer around the clip is bigger than allowed");
      return FALSE;
    }
  g_string_append_c (self->rest, (char)c);
  if (self->state == STATE_OUTSIDE)
    pass_outside (self, c);
  else
    pass_in_string (self, c);
  return TRUE;
}

static gboolean
take_step (InlineClip *self, guint8 c, GError **error)
{
  switch (self->state)
    {
    case STATE_OUTSIDE:
    case STATE_STRING:
    case STATE_STRING_ESCAPE:
      return pass (self, c, error);
    case STATE_TAKEN:
      if (c == '"')
        return end_taken (self, error);
      if (c != '\\')
        return take_char (self, c, error);
      self->state = STATE_TAKEN_ESCAPE;
      return TRUE;
    case STATE_TAKEN_ESCAPE:
      return take_escaped (self, c, error);
    case STATE_TAKEN_HEX:
      return take_hex (self, c, error);
    }
  g_assert_not_reached ();
}

gboolean
inline_clip_feed (InlineClip *self, const guint8 *data, gsize length, GError **error)
{
  if (length > self->options.max_bytes - self->bytes)
    {
      g_set_error (error, INLINE_CLIP_ERROR, INLINE_CLIP_ERROR_TOO_BIG,
                   "the answer is bigger than %" G_GUINT64_FORMAT " bytes",
                   self->options.max_bytes);
      return FALSE;
    }
  self->bytes += length;
  for (gsize i = 0; i < length && !self->has_enough; i++)
    {
      if (!take_step (self, data[i], error))
        return FALSE;
    }
  return !self->has_enough;
}

gboolean
inline_clip_sink (const guint8 *data, gsize length, gpointer inline_clip)
{
  InlineClip *self = inline_clip;

  return inline_clip_feed (self, data, length, &self->error);
}

HttpResponse
inline_clip_get_view (InlineClip *self, const HttpResponse *response)
{
  HttpResponse view = *response;

  if (response->status < 200 || response->status > 299)
    return view;
  view.body = self->rest->str;
  view.body_length = self->rest->len;
  if (self->has_enough && response->end == HTTP_END_SINK_REFUSED)
    view.end = HTTP_END_ANSWERED;
  else if (self->error != NULL)
    view.message = self->error->message;
  return view;
}

const GError *
inline_clip_get_error (InlineClip *self)
{
  return self->error;
}

gboolean
inline_clip_is_kept (const InlineClip *self)
{
  return self->is_kept;
}

int
inline_clip_parse_mark (const char *text)
{
  guint64 number;

  if (text == NULL || !g_str_has_prefix (text, MARK)
      || !g_ascii_string_to_unsigned (text + strlen (MARK), 10, 0, G_MAXINT, &number, NULL))
    return INLINE_CLIP_NONE;
  return (int)number;
}

void
inline_clip_free (InlineClip *self)
{
  if (self == NULL)
    return;
  g_string_free (self->rest, TRUE);
  g_string_free (self->closers, TRUE);
  g_string_free (self->name, TRUE);
  g_clear_error (&self->error);
  g_free (self);
}
