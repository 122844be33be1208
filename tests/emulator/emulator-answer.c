/* SPDX-License-Identifier: MIT */
/*
 * Answers: status, type, headers, body, in Google's forms.
 *
 * Thread model: one thread. Must not send anything (answer-sender.c).
 */
#include "tests/emulator/emulator-answer.h"

#include <string.h>

EmulatorAnswer *
emulator_answer_new (guint status, const gchar *content_type, GBytes *body)
{
  EmulatorAnswer *self = g_new0 (EmulatorAnswer, 1);

  self->status = status;
  self->content_type = g_strdup (content_type);
  self->body = body;
  self->headers = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
emulator_answer_free (EmulatorAnswer *self)
{
  if (self == NULL)
    return;
  g_free (self->content_type);
  g_bytes_unref (self->body);
  g_ptr_array_unref (self->headers);
  emulator_fault_unref (self->fault);
  if (self->flow != NULL && self->flow->free_data != NULL)
    self->flow->free_data (self->flow->data);
  g_free (self->flow);
  g_free (self);
}

EmulatorAnswer *
emulator_answer_new_json (guint status, json_object *json)
{
  const gchar *text = json_object_to_json_string_ext (json, JSON_C_TO_STRING_PRETTY
                                                                | JSON_C_TO_STRING_NOSLASHESCAPE);
  EmulatorAnswer *self = emulator_answer_new (status, "application/json; charset=UTF-8",
                                              g_bytes_new (text, strlen (text)));

  json_object_put (json);
  return self;
}

/* The canonical status word of an HTTP status, https://google.aip.dev/193. */
static const gchar *
status_word (guint status)
{
  switch (status)
    {
    case 401:
      return "UNAUTHENTICATED";
    case 402:
      return "PAYMENT_REQUIRED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 408:
    case 504:
      return "DEADLINE_EXCEEDED";
    case 409:
      return "ABORTED";
    case 416:
      return "OUT_OF_RANGE";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 499:
      return "CANCELLED";
    case 500:
      return "INTERNAL";
    case 501:
      return "UNIMPLEMENTED";
    case 502:
    case 503:
      return "UNAVAILABLE";
    default:
      return status < 500 ? "INVALID_ARGUMENT" : "UNKNOWN";
    }
}

static EmulatorAnswer *
new_envelope (guint status, const gchar *word, const gchar *message, json_object *details)
{
  json_object *envelope = json_object_new_object ();
  json_object *error = json_object_new_object ();

  json_object_object_add (error, "code", json_object_new_int ((int)status));
  json_object_object_add (error, "message", json_object_new_string (message));
  json_object_object_add (error, "status", json_object_new_string (word));
  if (details != NULL)
    json_object_object_add (error, "details", details);
  json_object_object_add (envelope, "error", error);
  return emulator_answer_new_json (status, envelope);
}

EmulatorAnswer *
emulator_answer_new_error_with_details (guint status, const gchar *message, json_object *details)
{
  return new_envelope (status, status_word (status), message, details);
}

EmulatorAnswer *
emulator_answer_new_error (guint status, const gchar *message)
{
  return new_envelope (status, status_word (status), message, NULL);
}

EmulatorAnswer *
emulator_answer_new_error_named (guint status, const gchar *word, const gchar *message)
{
  return new_envelope (status, word, message, NULL);
}

json_object *
emulator_answer_new_error_info (const gchar *reason, json_object *metadata)
{
  json_object *info = json_object_new_object ();

  json_object_object_add (info, "@type",
                          json_object_new_string ("type.googleapis.com/google.rpc.ErrorInfo"));
  json_object_object_add (info, "reason", json_object_new_string (reason));
  json_object_object_add (info, "domain", json_object_new_string ("googleapis.com"));
  json_object_object_add (info, "metadata", metadata);
  return info;
}

EmulatorAnswer *
emulator_answer_new_later (guint status, const gchar *content_type, EmulatorAnswerFlow *flow)
{
  EmulatorAnswer *self = emulator_answer_new (status, content_type, g_bytes_new (NULL, 0));

  self->flow = flow;
  return self;
}

void
emulator_answer_set_body (EmulatorAnswer *self, GBytes *body)
{
  g_bytes_unref (self->body);
  self->body = body;
}

EmulatorAnswer *
emulator_answer_new_html (guint status)
{
  g_autofree gchar *page
      = g_strdup_printf ("<!DOCTYPE html>\n<html lang=en>\n<title>%u</title>\n"
                         "<p><b>%u.</b> <ins>That is an answer of the front end.</ins>\n"
                         "<p>The service behind it was not asked.\n</html>\n",
                         status, status);
  const gsize length = strlen (page);

  return emulator_answer_new (status, "text/html; charset=UTF-8",
                              g_bytes_new_take (g_steal_pointer (&page), length));
}

void
emulator_answer_add_header (EmulatorAnswer *self, const gchar *name, const gchar *value)
{
  g_ptr_array_add (self->headers, g_strdup (name));
  g_ptr_array_add (self->headers, g_strdup (value));
}
