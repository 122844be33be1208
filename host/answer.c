/* SPDX-License-Identifier: MIT */
/*
 * answer.c: see answer.h. Main thread only. Paths and messages may hold any bytes; what is printed
 * as JSON is valid UTF-8, and what is printed on a terminal has no control characters.
 */
#include "host/answer.h"

#include <stdio.h>

#include "host/terminal-text.h"

void
answer_json_free (AnswerJson *json)
{
  (void)json_object_put (json);
}

AnswerJson *
answer_text (const char *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    return NULL;
  valid = g_utf8_make_valid (text, -1);
  return json_object_new_string (valid);
}

void
answer_add_text (AnswerJson *object, const char *key, const char *text)
{
  (void)json_object_object_add (object, key, answer_text (text));
}

void
answer_print_json (AnswerJson *json)
{
  printf ("%s\n",
          json_object_to_json_string_ext (json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
                                                    | JSON_C_TO_STRING_NOSLASHESCAPE));
  (void)fflush (stdout);
}

void
answer_append_summary (GString *out, const char *prefix, AnswerJson *told)
{
  AnswerJson *summary = NULL;

  if (!json_object_object_get_ex (told, "summary", &summary)
      || !json_object_is_type (summary, json_type_array))
    return;
  for (gsize i = 0; i < json_object_array_length (summary); i++)
    {
      const char *text = json_object_get_string (json_object_array_get_idx (summary, i));
      g_autofree char *line = terminal_text_escape (text);

      g_string_append_printf (out, "%s%s\n", prefix, line);
    }
}

void
answer_print_error (int code, const char *message, gboolean is_json)
{
  g_autoptr (AnswerJson) document = NULL;
  AnswerJson *inner = NULL;

  if (!is_json)
    {
      g_autofree char *escaped = terminal_text_escape (message);

      fprintf (stderr, "pipeline_runner: %s\n", escaped);
      return;
    }
  document = json_object_new_object ();
  inner = json_object_new_object ();
  (void)json_object_object_add (inner, "code", json_object_new_int (code));
  answer_add_text (inner, "message", message);
  (void)json_object_object_add (document, "error", inner);
  answer_print_json (document);
}

void
answer_plugin_log (gpointer user_data,
                   const char *plugin,
                   guint64 run,
                   PipelineLogLevel level,
                   const char *message)
{
  g_autofree char *escaped = terminal_text_escape (message);

  (void)user_data;
  (void)run;
  if (level != PIPELINE_LOG_DEBUG)
    fprintf (stderr, "%s: %s\n", plugin, escaped);
}

void
answer_plugin_progress (gpointer user_data,
                        const char *plugin,
                        guint64 run,
                        const PipelineProgress *progress)
{
  g_autofree char *item = terminal_text_escape (progress->item);
  g_autofree char *status = terminal_text_escape (progress->status);

  (void)user_data;
  (void)run;
  fprintf (stderr, "%s: %s: %s\n", plugin, item, status);
}
