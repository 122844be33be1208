/* SPDX-License-Identifier: MIT */
/*
 * A list of sentences. No state beyond it, any one thread.
 */
#include "plugin/stage/veo3-findings.h"

typedef struct
{
  PipelineFinding finding; /* points into this struct */
  char *text;              /* (owned) */
  char *advice;            /* (owned) (nullable) */
} Entry;

struct _Veo3Findings
{
  GPtrArray *entries; /* (owned) (element-type Entry) */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->text);
  g_free (entry->advice);
  g_free (entry);
}

Veo3Findings *
veo3_findings_new (void)
{
  Veo3Findings *self = g_new0 (Veo3Findings, 1);

  self->entries = g_ptr_array_new_with_free_func (entry_free);
  return self;
}

G_GNUC_PRINTF (3, 0)
static void
add (Veo3Findings *self, const Veo3Complaint *complaint, const char *format, va_list arguments)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->text = g_strdup_vprintf (format, arguments);
  entry->advice = g_strdup (complaint->advice);
  entry->finding = (PipelineFinding){ .struct_size = sizeof entry->finding,
                                      .level = complaint->level,
                                      .outcome = complaint->outcome,
                                      .subject = complaint->subject,
                                      .text = entry->text,
                                      .advice = entry->advice };
  g_ptr_array_add (self->entries, entry);
}

void
veo3_findings_ok (Veo3Findings *self, const char *subject, const char *format, ...)
{
  const Veo3Complaint fine = { .level = PIPELINE_FINDING_OK, .subject = subject };
  va_list arguments;

  va_start (arguments, format);
  add (self, &fine, format, arguments);
  va_end (arguments);
}

void
veo3_findings_complain (Veo3Findings *self, const Veo3Complaint *complaint, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  add (self, complaint, format, arguments);
  va_end (arguments);
}

void
veo3_findings_tell (const Veo3Findings *self, PipelineFindingFunc found, gpointer user_data)
{
  for (guint i = 0; i < self->entries->len; i++)
    found (&((const Entry *)g_ptr_array_index (self->entries, i))->finding, user_data);
}

void
veo3_findings_free (Veo3Findings *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->entries);
  g_free (self);
}
