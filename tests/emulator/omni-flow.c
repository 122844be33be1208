/* SPDX-License-Identifier: MIT */
/*
 * Answers that wait, and events: interaction.created, interaction.status_update, step.start,
 * step.delta, step.stop, interaction.completed or error, and a last line that says [DONE].
 *
 * Thread model: one thread; the sender asks. Events are written as the WHATWG's server-sent events.
 */
#include "tests/emulator/omni-flow.h"

#include <string.h>

#define DRAWING_WAIT_US (20 * (gint64)1000)
#define LONG_WAIT_US (500 * (gint64)1000)

static const gchar last_line[] = "data: [DONE]\n\n";

typedef struct
{
  Operation *operation;           /* (borrowed) */
  OmniView view;                  /* (const after new) */
  const EmulatorOrigins *origins; /* (borrowed) */
  GQueue pieces;                  /* (owned) GBytes (owned), to be given out */
  guint n_events;                 /* made so far */
  guint n_known;                  /* of them are left out */
  gboolean has_begun;
  gboolean has_ended;
} Flow;

static void
free_piece (gpointer piece)
{
  g_bytes_unref (piece);
}

static void
free_flow (gpointer data)
{
  Flow *self = data;

  g_queue_clear_full (&self->pieces, free_piece);
  g_free (self);
}

static Flow *
flow_new (Operation *operation, OmniView view, const EmulatorOrigins *origins)
{
  Flow *self = g_new0 (Flow, 1);

  self->operation = operation;
  self->view = view;
  self->origins = origins;
  g_queue_init (&self->pieces);
  return self;
}

static EmulatorAnswerFlow *
wrap (Flow *self, GBytes *(*next) (gpointer, gint64, gint64 *), gboolean whole)
{
  EmulatorAnswerFlow *flow = g_new0 (EmulatorAnswerFlow, 1);

  flow->next = next;
  flow->data = self;
  flow->free_data = free_flow;
  flow->whole = whole;
  return flow;
}

static gint64
estimate_wait (const Flow *self, gint64 now_us)
{
  if (self->operation->ready_us <= now_us)
    return self->operation->outcome->kind == EMULATOR_OUTCOME_NEVER ? LONG_WAIT_US
                                                                    : DRAWING_WAIT_US;
  return MIN (self->operation->ready_us - now_us, LONG_WAIT_US);
}

/* Takes the object. */
static GBytes *
print_json (json_object *json, int flags)
{
  const gchar *text = json_object_to_json_string_ext (json, flags | JSON_C_TO_STRING_NOSLASHESCAPE);
  GBytes *bytes = g_bytes_new (text, strlen (text));

  json_object_put (json);
  return bytes;
}

gboolean
omni_flow_answer_fails (const Operation *operation)
{
  return operation->outcome->kind == EMULATOR_OUTCOME_FILTERED
         || operation->outcome->kind == EMULATOR_OUTCOME_ERROR;
}

static json_object *
new_failure (Operation *operation)
{
  json_object *json = json_object_new_object ();

  json_object_object_add (json, "error", omni_interaction_dup_error (operation));
  return json;
}

static GBytes *
next_of_answer (gpointer data, gint64 now_us, gint64 *ret_wait_us)
{
  Flow *self = data;

  *ret_wait_us = EMULATOR_FLOW_ENDED;
  if (self->has_ended)
    return NULL;
  if (!omni_interaction_is_over (self->operation, now_us))
    {
      *ret_wait_us = estimate_wait (self, now_us);
      return NULL;
    }
  self->has_ended = TRUE;
  if (omni_flow_answer_fails (self->operation))
    return print_json (new_failure (self->operation), JSON_C_TO_STRING_PRETTY);
  return print_json (omni_interaction_describe (self->operation, now_us, self->view, self->origins),
                     JSON_C_TO_STRING_PRETTY);
}

EmulatorAnswerFlow *
omni_flow_new_answer (Operation *operation, const EmulatorOrigins *origins)
{
  return wrap (flow_new (operation, OMNI_VIEW_CREATED, origins), next_of_answer, TRUE);
}

static json_object *
new_event (const gchar *type)
{
  json_object *event = json_object_new_object ();

  json_object_object_add (event, "event_type", json_object_new_string (type));
  return event;
}

/* Takes the event. */
static void
queue_event (Flow *self, json_object *event)
{
  g_autofree gchar *id = g_strdup_printf (OMNI_EVENT_ID_PREFIX "%u", ++self->n_events);
  g_autoptr (GBytes) json = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  json_object *type = NULL;

  json_object_object_add (event, "event_id", json_object_new_string (id));
  (void)json_object_object_get_ex (event, "event_type", &type);
  g_string_append_printf (text, "event: %s\nid: %s\ndata: ", json_object_get_string (type), id);
  json = print_json (event, JSON_C_TO_STRING_PLAIN);
  g_string_append_len (text, g_bytes_get_data (json, NULL), (gssize)g_bytes_get_size (json));
  g_string_append (text, "\n\n");
  if (self->n_events > self->n_known)
    g_queue_push_tail (&self->pieces, g_string_free_to_bytes (g_steal_pointer (&text)));
}

static void
queue_lifecycle (Flow *self, const gchar *type, gint64 now_us)
{
  json_object *event = new_event (type);

  json_object_object_add (event, "interaction",
                          omni_interaction_describe (self->operation, now_us, OMNI_VIEW_EVENT,
                                                     self->origins));
  queue_event (self, event);
}

/* While it runs; said at once even if it should be over by now. */
static void
queue_begin (Flow *self)
{
  json_object *update = new_event ("interaction.status_update");

  queue_lifecycle (self, "interaction.created", self->operation->ready_us - 1);
  json_object_object_add (update, "interaction_id", json_object_new_string (self->operation->id));
  json_object_object_add (update, "status", json_object_new_string ("in_progress"));
  queue_event (self, update);
}

static void
queue_delta (Flow *self, int index, json_object *delta)
{
  json_object *event = new_event ("step.delta");

  json_object_object_add (event, "index", json_object_new_int (index));
  json_object_object_add (event, "delta", json_object_get (delta));
  queue_event (self, event);
}

static void
queue_step (Flow *self, int index, json_object *step)
{
  json_object *event = new_event ("step.start");
  json_object *head = json_object_new_object ();
  json_object *content = NULL;

  json_object_object_add (head, "type", json_object_get (json_object_object_get (step, "type")));
  json_object_object_add (event, "index", json_object_new_int (index));
  json_object_object_add (event, "step", head);
  queue_event (self, event);
  if (json_object_object_get_ex (step, "content", &content))
    {
      for (gsize i = 0; i < json_object_array_length (content); i++)
        queue_delta (self, index, json_object_array_get_idx (content, i));
    }
  event = new_event ("step.stop");
  json_object_object_add (event, "index", json_object_new_int (index));
  queue_event (self, event);
}

static void
queue_steps (Flow *self)
{
  json_object *steps = omni_interaction_build_steps (self->operation, self->view, self->origins);

  for (gsize i = 0; steps != NULL && i < json_object_array_length (steps); i++)
    queue_step (self, (int)i, json_object_array_get_idx (steps, i));
  json_object_put (steps);
}

static void
queue_end (Flow *self, gint64 now_us)
{
  const OmniInteraction *interaction = self->operation->extra;
  json_object *error = interaction->cancelled ? NULL : omni_interaction_dup_error (self->operation);
  json_object *event = NULL;

  if (error != NULL)
    {
      event = new_event ("error");
      json_object_object_add (event, "error", error);
      queue_event (self, event);
    }
  else
    {
      if (!interaction->cancelled)
        queue_steps (self);
      queue_lifecycle (self, "interaction.completed", now_us);
    }
  g_queue_push_tail (&self->pieces, g_bytes_new_static (last_line, sizeof last_line - 1));
}

static GBytes *
next_of_stream (gpointer data, gint64 now_us, gint64 *ret_wait_us)
{
  Flow *self = data;

  if (!self->has_begun)
    queue_begin (self);
  self->has_begun = TRUE;
  if (!self->has_ended && omni_interaction_is_over (self->operation, now_us))
    {
      queue_end (self, now_us);
      self->has_ended = TRUE;
    }
  *ret_wait_us = self->has_ended ? EMULATOR_FLOW_ENDED : estimate_wait (self, now_us);
  return g_queue_pop_head (&self->pieces);
}

EmulatorAnswerFlow *
omni_flow_new_stream (Operation *operation,
                      OmniView view,
                      const EmulatorOrigins *origins,
                      guint n_known)
{
  Flow *self = flow_new (operation, view, origins);

  self->n_known = n_known;
  return wrap (self, next_of_stream, FALSE);
}
