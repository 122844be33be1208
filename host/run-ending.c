/* SPDX-License-Identifier: MIT */
/*
 * run-ending.c: see run-ending.h. Main thread only. Decides nothing: when to give up waiting is the
 * caller's business.
 */
#include "host/run-ending.h"

typedef struct
{
  RunEnding *owner; /* (borrowed) */
  const char *name; /* (borrowed) */
  gboolean is_answered;
} Guest;

struct _RunEnding
{
  GPtrArray *guests; /* (owned) Guest */
  guint n_waiting;
  PipelineOutcome outcome;
  GPtrArray *errors; /* (owned) GError */
  RunEndingDone done;
  gpointer user_data;
};

static void
free_error (gpointer error)
{
  g_error_free (error);
}

static void
on_ended (gpointer user_data, PipelineOutcome outcome, const GError *error)
{
  Guest *guest = user_data;
  RunEnding *self = guest->owner;

  guest->is_answered = TRUE;
  self->outcome |= outcome;
  if (error != NULL)
    g_ptr_array_add (self->errors, g_error_copy (error));
  if (--self->n_waiting == 0)
    self->done (self->user_data, self->outcome, self->errors);
}

RunEnding *
run_ending_start (GPtrArray *plugins,
                  const PipelineStageContext *context,
                  GCancellable *hurry,
                  RunEndingDone done,
                  gpointer user_data)
{
  RunEnding *self = g_new0 (RunEnding, 1);

  g_assert (plugins->len > 0);
  self->guests = g_ptr_array_new_with_free_func (g_free);
  self->errors = g_ptr_array_new_with_free_func (free_error);
  self->n_waiting = plugins->len;
  self->done = done;
  self->user_data = user_data;
  for (guint i = 0; i < plugins->len; i++)
    {
      const RunSetupPlugin *plugin = g_ptr_array_index (plugins, i);
      PipelineStageContext own = *context;
      Guest *guest = g_new0 (Guest, 1);

      guest->owner = self;
      guest->name = plugin->name;
      g_ptr_array_add (self->guests, guest);
      own.settings = plugin->settings->settings;
      own.n_settings = plugin->settings->n_settings;
      plugin_host_end_run (plugin->host, &own, hurry, on_ended, guest);
    }
  return self;
}

char *
run_ending_waiting_for (const RunEnding *self)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < self->guests->len; i++)
    {
      const Guest *guest = g_ptr_array_index (self->guests, i);

      if (!guest->is_answered)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", guest->name);
    }
  return g_string_free (names, FALSE);
}

void
run_ending_free (RunEnding *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->guests);
  g_ptr_array_unref (self->errors);
  g_free (self);
}
