/* SPDX-License-Identifier: MIT */
/*
 * Faults: the grammar `FAULT [xN] [modifier]...` and the lists that requests use up.
 *
 * Thread model: parsing is pure; references and cursors belong to the emulator's one thread.
 * Must not build answers (fault-answer.c) nor touch a connection (answer-sender.c).
 */
#include "tests/emulator/fault.h"

#include "tests/emulator/emulator-words.h"

#include <string.h>

#define DEFAULT_DRIP_INTERVAL_US (100 * G_GINT64_CONSTANT (1000))
#define DEFAULT_WRONG_LENGTH_BYTES 1000
#define FIRST_ERROR_STATUS 300
#define LAST_ERROR_STATUS 599

typedef struct
{
  const gchar *name;
  EmulatorFaultKind kind;
  gboolean accepted;
  gboolean takes_size; /* name=BYTES */
} NamedFault;

static const NamedFault named_faults[] = {
  { "ok", EMULATOR_FAULT_OK, FALSE, FALSE },
  { "garbage", EMULATOR_FAULT_GARBAGE, FALSE, FALSE },
  { "html", EMULATOR_FAULT_GARBAGE, FALSE, FALSE },
  { "truncated-json", EMULATOR_FAULT_TRUNCATED_JSON, FALSE, FALSE },
  { "no-name", EMULATOR_FAULT_NO_NAME, FALSE, FALSE },
  { "gzip", EMULATOR_FAULT_GZIP, FALSE, FALSE },
  { "close", EMULATOR_FAULT_CLOSE, FALSE, FALSE },
  { "accept-close", EMULATOR_FAULT_CLOSE, TRUE, FALSE },
  { "rst", EMULATOR_FAULT_RST, FALSE, FALSE },
  { "accept-rst", EMULATOR_FAULT_RST, TRUE, FALSE },
  { "silence", EMULATOR_FAULT_SILENCE, FALSE, FALSE },
  { "accept-silence", EMULATOR_FAULT_SILENCE, TRUE, FALSE },
  { "cut", EMULATOR_FAULT_CUT, FALSE, TRUE },
  { "cut-header", EMULATOR_FAULT_CUT_HEADER, FALSE, FALSE },
  { "wrong-length", EMULATOR_FAULT_WRONG_LENGTH, FALSE, TRUE },
  { "stall", EMULATOR_FAULT_STALL, FALSE, TRUE },
  { "new-etag", EMULATOR_FAULT_NEW_ETAG, FALSE, FALSE },
  { "no-ranges", EMULATOR_FAULT_NO_RANGES, FALSE, FALSE },
  { "wrong-range", EMULATOR_FAULT_WRONG_RANGE, FALSE, TRUE },
};

static const gchar *const step_names[EMULATOR_N_STEPS] = {
  [EMULATOR_STEP_SUBMIT] = "submit",     [EMULATOR_STEP_POLL] = "poll",
  [EMULATOR_STEP_DOWNLOAD] = "download", [EMULATOR_STEP_FILE] = "file",
  [EMULATOR_STEP_CANCEL] = "cancel",     [EMULATOR_STEP_TOKEN] = "token",
  [EMULATOR_STEP_METADATA] = "metadata",
};

static const gchar *const redirect_names[] = {
  [EMULATOR_REDIRECT_SAME_ORIGIN] = "same-origin",
  [EMULATOR_REDIRECT_CROSS_ORIGIN] = "cross-origin",
  [EMULATOR_REDIRECT_NO_LOCATION] = "no-location",
  [EMULATOR_REDIRECT_LOOP] = "loop",
};

gboolean
emulator_step_find (const gchar *name, guint n_steps, EmulatorStep *ret_step)
{
  for (guint i = 0; i < n_steps; i++)
    {
      if (!g_str_equal (step_names[i], name))
        continue;
      *ret_step = (EmulatorStep)i;
      return TRUE;
    }
  return FALSE;
}

static void
fault_clear (gpointer data)
{
  EmulatorFault *self = data;

  g_free (self->retry_after);
  g_free (self->retry_delay);
  g_free (self->quota_id);
  g_free (self->message);
  g_free (self->code);
  g_free (self->location);
  g_free (self->text);
}

EmulatorFault *
emulator_fault_ref (EmulatorFault *self)
{
  return g_rc_box_acquire (self);
}

void
emulator_fault_unref (EmulatorFault *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, fault_clear);
}

static gboolean
fail_word (const gchar *word, const gchar *why, GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s' %s", word, why);
  return FALSE;
}

/* `404`, `503-html`. */
static gboolean
parse_status (EmulatorFault *self, const gchar *word, GError **error)
{
  gchar *end = NULL;
  const guint64 status = g_ascii_strtoull (word, &end, 10);

  if (status < FIRST_ERROR_STATUS || status > LAST_ERROR_STATUS)
    return fail_word (word, "is no HTTP status between 300 and 599", error);
  if (*end != '\0' && !g_str_equal (end, "-html"))
    return fail_word (word, "is no HTTP status", error);
  self->kind = EMULATOR_FAULT_STATUS;
  self->status = (guint)status;
  self->html = *end != '\0';
  return TRUE;
}

static gboolean
parse_redirect (EmulatorFault *self, const gchar *value, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (redirect_names); i++)
    {
      if (g_strcmp0 (redirect_names[i], value) == 0)
        {
          self->kind = EMULATOR_FAULT_REDIRECT;
          self->redirect = (EmulatorRedirect)i;
          self->status = self->status != 0 ? self->status : 302;
          return TRUE;
        }
    }
  return fail_word (value != NULL ? value : "redirect",
                    "is no redirect; there are same-origin, cross-origin, no-location, loop",
                    error);
}

static gboolean
parse_drip (EmulatorFault *self, const gchar *value, GError **error)
{
  self->kind = EMULATOR_FAULT_DRIP;
  self->interval_us = DEFAULT_DRIP_INTERVAL_US;
  return value == NULL || emulator_words_parse_duration (value, &self->interval_us, error);
}

static gint64
get_default_size (EmulatorFaultKind kind)
{
  if (kind == EMULATOR_FAULT_WRONG_LENGTH)
    return DEFAULT_WRONG_LENGTH_BYTES;
  return kind == EMULATOR_FAULT_WRONG_RANGE ? 1 : 0;
}

static gboolean
parse_named (EmulatorFault *self, const gchar *name, const gchar *value, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (named_faults); i++)
    {
      const NamedFault *named = &named_faults[i];

      if (!g_str_equal (named->name, name))
        continue;
      if (value != NULL && !named->takes_size)
        return fail_word (name, "takes no value", error);
      self->kind = named->kind;
      self->accepted = self->accepted || named->accepted;
      self->has_size = value != NULL;
      self->size_bytes = get_default_size (named->kind);
      return value == NULL || emulator_words_parse_size (value, &self->size_bytes, error);
    }
  return fail_word (name, "is no fault and no modifier", error);
}

static gboolean
parse_fault_word (EmulatorFault *self, const gchar *name, const gchar *value, GError **error)
{
  if (g_ascii_isdigit (name[0]) && value == NULL)
    return parse_status (self, name, error);
  if (g_str_equal (name, "invalid-grant") && value == NULL)
    return parse_status (self, "400", error);
  if (g_str_equal (name, "redirect"))
    return parse_redirect (self, value, error);
  if (g_str_equal (name, "drip"))
    return parse_drip (self, value, error);
  return parse_named (self, name, value, error);
}

/* The member of a fault that a text modifier sets. */
static gchar **
find_text_member (EmulatorFault *self, const gchar *name)
{
  if (g_str_equal (name, "retry-after"))
    return &self->retry_after;
  if (g_str_equal (name, "retry-delay"))
    return &self->retry_delay;
  if (g_str_equal (name, "quota-id"))
    return &self->quota_id;
  if (g_str_equal (name, "message"))
    return &self->message;
  if (g_str_equal (name, "code"))
    return &self->code;
  if (g_str_equal (name, "to"))
    return &self->location;
  return NULL;
}

static gboolean *
find_flag (EmulatorFault *self, const gchar *name)
{
  if (g_str_equal (name, "accepted"))
    return &self->accepted;
  if (g_str_equal (name, "per-day"))
    return &self->per_day;
  if (g_str_equal (name, "no-body"))
    return &self->no_body;
  if (g_str_equal (name, "shape-b"))
    return &self->shape_b;
  return NULL;
}

/* Returns TRUE when the word was a modifier, rightly written or not. */
static gboolean
parse_modifier (EmulatorFault *self, const gchar *name, const gchar *value, GError **error)
{
  gchar **text_member = find_text_member (self, name);
  gboolean *flag = find_flag (self, name);

  if (text_member != NULL && value != NULL)
    {
      g_free (*text_member);
      *text_member = g_strdup (value);
    }
  else if (flag != NULL && value == NULL)
    *flag = TRUE;
  else if (text_member != NULL || flag != NULL)
    (void)fail_word (name, value == NULL ? "needs a value" : "takes no value", error);
  else if (g_str_equal (name, "delay"))
    (void)emulator_words_parse_duration (value != NULL ? value : "", &self->delay_us, error);
  else if (g_str_equal (name, "status"))
    self->status = (guint)g_ascii_strtoull (value != NULL ? value : "", NULL, 10);
  else
    return FALSE;
  return TRUE;
}

static gboolean
parse_word (EmulatorFault *self, const gchar *word, gboolean *has_fault, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_auto (GStrv) parts = g_strsplit (word, "=", 2);
  const gchar *value = parts[0] != NULL ? parts[1] : NULL;

  if (emulator_words_parse_times (word, &self->times))
    return TRUE;
  if (self->kind == EMULATOR_FAULT_REDIRECT && strstr (word, "://") != NULL && value == NULL)
    {
      self->location = g_strdup (word);
      return TRUE;
    }
  if (parts[0] == NULL)
    return fail_word (word, "is empty", error);
  if (parse_modifier (self, parts[0], value, &local_error))
    {
      if (local_error == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (*has_fault)
    return fail_word (word, "is a second fault; one at a time", error);
  *has_fault = TRUE;
  return parse_fault_word (self, parts[0], value, error);
}

/* What only the whole fault can tell. */
static gboolean
check_fault (const EmulatorFault *self, GError **error)
{
  if (self->kind == EMULATOR_FAULT_REDIRECT && (self->status < 300 || self->status > 399))
    return fail_word (self->text, "redirects with a status that is no redirect", error);
  if ((self->kind == EMULATOR_FAULT_CUT || self->kind == EMULATOR_FAULT_STALL)
      && self->size_bytes < 0)
    return fail_word (self->text, "needs a size that is not negative", error);
  return TRUE;
}

EmulatorFault *
emulator_fault_parse (const gchar *text, GError **error)
{
  g_autoptr (EmulatorFault) self = g_rc_box_new0 (EmulatorFault);
  g_auto (GStrv) words = emulator_words_split (text, error);
  gboolean has_fault = FALSE;

  if (words == NULL)
    return NULL;
  self->text = g_strstrip (g_strdup (text));
  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (!parse_word (self, words[i], &has_fault, error))
        return NULL;
    }
  if (!check_fault (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

gboolean
emulator_fault_performs (const EmulatorFault *self)
{
  if (self == NULL || self->accepted)
    return TRUE;
  switch (self->kind)
    {
    case EMULATOR_FAULT_STATUS:
    case EMULATOR_FAULT_REDIRECT:
    case EMULATOR_FAULT_CLOSE:
    case EMULATOR_FAULT_RST:
    case EMULATOR_FAULT_SILENCE:
      return FALSE;
    case EMULATOR_FAULT_OK:
    case EMULATOR_FAULT_GARBAGE:
    case EMULATOR_FAULT_TRUNCATED_JSON:
    case EMULATOR_FAULT_NO_NAME:
    case EMULATOR_FAULT_GZIP:
    case EMULATOR_FAULT_CUT:
    case EMULATOR_FAULT_CUT_HEADER:
    case EMULATOR_FAULT_WRONG_LENGTH:
    case EMULATOR_FAULT_DRIP:
    case EMULATOR_FAULT_STALL:
    case EMULATOR_FAULT_NEW_ETAG:
    case EMULATOR_FAULT_NO_RANGES:
    case EMULATOR_FAULT_WRONG_RANGE:
      return TRUE;
    }
  g_return_val_if_reached (TRUE);
}

gboolean
emulator_fault_spoils_content (const EmulatorFault *self)
{
  if (self == NULL)
    return FALSE;
  switch (self->kind)
    {
    case EMULATOR_FAULT_GARBAGE:
    case EMULATOR_FAULT_GZIP:
    case EMULATOR_FAULT_CUT:
    case EMULATOR_FAULT_CUT_HEADER:
    case EMULATOR_FAULT_WRONG_LENGTH:
    case EMULATOR_FAULT_DRIP:
    case EMULATOR_FAULT_STALL:
    case EMULATOR_FAULT_NEW_ETAG:
    case EMULATOR_FAULT_NO_RANGES:
    case EMULATOR_FAULT_WRONG_RANGE:
      return TRUE;
    case EMULATOR_FAULT_OK:
    case EMULATOR_FAULT_STATUS:
    case EMULATOR_FAULT_TRUNCATED_JSON:
    case EMULATOR_FAULT_NO_NAME:
    case EMULATOR_FAULT_REDIRECT:
    case EMULATOR_FAULT_CLOSE:
    case EMULATOR_FAULT_RST:
    case EMULATOR_FAULT_SILENCE:
      return FALSE;
    }
  g_return_val_if_reached (FALSE);
}

gboolean
emulator_fault_list_append (GPtrArray *list, const gchar *text, GError **error)
{
  g_autoptr (EmulatorFault) fault = emulator_fault_parse (text, error);
  const EmulatorFault *last = list->len > 0 ? g_ptr_array_index (list, list->len - 1) : NULL;

  if (fault == NULL)
    return FALSE;
  if (last != NULL && last->times == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "'%s' is never reached: '%s' before it lasts for ever, give that one an xN",
                   fault->text, last->text);
      return FALSE;
    }
  g_ptr_array_add (list, g_steal_pointer (&fault));
  return TRUE;
}

EmulatorFault *
emulator_fault_cursor_take (EmulatorFaultCursor *self)
{
  EmulatorFault *fault;

  if (self->list == NULL || self->index >= self->list->len)
    return NULL;
  fault = g_ptr_array_index (self->list, self->index);
  if (fault->times == 0)
    return fault;
  self->used++;
  if (self->used >= fault->times)
    {
      self->index++;
      self->used = 0;
    }
  return fault;
}
