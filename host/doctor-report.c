/* SPDX-License-Identifier: MIT */
/*
 * doctor-report.c: see doctor-report.h. Main thread only. All text may come from plugins and files:
 * it is shown without control characters.
 */
#include "host/doctor-report.h"

#include <stdio.h>

#include "host/answer.h"
#include "host/terminal-text.h"

#define SUBJECT_CELLS 22

typedef struct
{
  char *plugin; /* (owned) (nullable) */
  PipelineFindingLevel level;
  PipelineOutcome outcome;
  char *subject; /* (owned) */
  char *text;    /* (owned) */
  char *advice;  /* (owned) (nullable) */
} Entry;

struct _DoctorReport
{
  GPtrArray *entries; /* (owned) Entry */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_free (entry->plugin);
  g_free (entry->subject);
  g_free (entry->text);
  g_free (entry->advice);
  g_free (entry);
}

DoctorReport *
doctor_report_new (void)
{
  DoctorReport *self = g_new0 (DoctorReport, 1);

  self->entries = g_ptr_array_new_with_free_func (entry_free);
  return self;
}

void
doctor_report_free (DoctorReport *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->entries);
  g_free (self);
}

void
doctor_report_add (DoctorReport *self, const char *plugin, const PipelineFinding *finding)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->plugin = g_strdup (plugin);
  entry->level = finding->level;
  entry->outcome = finding->outcome;
  entry->subject = g_strdup (finding->subject);
  entry->text = g_strdup (finding->text);
  entry->advice = g_strdup (finding->advice);
  g_ptr_array_add (self->entries, entry);
}

void
doctor_report_complain (DoctorReport *self,
                        PipelineFindingLevel level,
                        const char *subject,
                        const char *text,
                        const char *advice)
{
  PipelineFinding finding
      = { .struct_size = sizeof finding, .level = level, .subject = subject, .text = text };

  finding.advice = advice;
  doctor_report_add (self, NULL, &finding);
}

void
doctor_report_ok (DoctorReport *self, const char *subject, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  doctor_report_complain (self, PIPELINE_FINDING_OK, subject, text, NULL);
}

ExitStatus
doctor_report_get_status (const DoctorReport *self)
{
  ExitStatus status = EXIT_STATUS_DONE;

  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (self->entries, i);

      if (entry->level == PIPELINE_FINDING_PROBLEM)
        status = exit_status_strongest (status, (entry->outcome & PIPELINE_OUTCOME_DENIED) != 0
                                                    ? EXIT_STATUS_DENIED
                                                    : EXIT_STATUS_USAGE);
    }
  return status;
}

static guint
count (const DoctorReport *self, PipelineFindingLevel level)
{
  guint n = 0;

  for (guint i = 0; i < self->entries->len; i++)
    n += ((const Entry *)g_ptr_array_index (self->entries, i))->level == level;
  return n;
}

static const char *
level_word (PipelineFindingLevel level)
{
  switch (level)
    {
    case PIPELINE_FINDING_OK:
      return "ok";
    case PIPELINE_FINDING_WARNING:
      return "warning";
    case PIPELINE_FINDING_PROBLEM:
      return "problem";
    }
  return "unknown";
}

static void
print_entry (const Entry *entry)
{
  g_autofree char *subject = g_strconcat (entry->plugin != NULL ? entry->plugin : "",
                                          entry->plugin != NULL ? ": " : "", entry->subject, NULL);
  g_autofree char *shown = terminal_text_escape (subject);
  g_autofree char *text = terminal_text_escape (entry->text);

  printf ("%-8s %-*s %s\n", level_word (entry->level), SUBJECT_CELLS, shown, text);
  if (entry->level != PIPELINE_FINDING_OK && entry->advice != NULL)
    {
      g_autofree char *advice = terminal_text_escape (entry->advice);

      printf ("%-8s %-*s   -> %s\n", "", SUBJECT_CELLS, "", advice);
    }
}

static AnswerJson *
entry_to_json (const Entry *entry)
{
  AnswerJson *object = json_object_new_object ();

  answer_add_text (object, "level", level_word (entry->level));
  answer_add_text (object, "plugin", entry->plugin);
  answer_add_text (object, "subject", entry->subject);
  answer_add_text (object, "text", entry->text);
  answer_add_text (object, "advice", entry->advice);
  return object;
}

static void
print_json (const DoctorReport *self)
{
  g_autoptr (AnswerJson) document = json_object_new_object ();
  AnswerJson *list = json_object_new_array ();

  for (guint i = 0; i < self->entries->len; i++)
    (void)json_object_array_add (list, entry_to_json (g_ptr_array_index (self->entries, i)));
  (void)json_object_object_add (document, "exit_code",
                                json_object_new_int ((int)doctor_report_get_status (self)));
  (void)json_object_object_add (document, "problems",
                                json_object_new_int ((int)count (self, PIPELINE_FINDING_PROBLEM)));
  (void)json_object_object_add (document, "warnings",
                                json_object_new_int ((int)count (self, PIPELINE_FINDING_WARNING)));
  (void)json_object_object_add (document, "findings", list);
  answer_print_json (document);
}

void
doctor_report_print (const DoctorReport *self, gboolean is_json)
{
  if (is_json)
    {
      print_json (self);
      return;
    }
  for (guint i = 0; i < self->entries->len; i++)
    print_entry (g_ptr_array_index (self->entries, i));
  printf ("%u problems, %u warnings\n", count (self, PIPELINE_FINDING_PROBLEM),
          count (self, PIPELINE_FINDING_WARNING));
}
