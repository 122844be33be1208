/* SPDX-License-Identifier: MIT */
/*
 * stop-signals.c: see stop-signals.h. Main thread only. Its sources go before all others, so that a
 * busy loop can be stopped, too. Decides nothing: what stopping means is the handler's business.
 */
#include "host/stop-signals.h"

#include <glib-unix.h>
#include <signal.h>

/* Second signal to the end of the process: 0.2 s; the rest is for saving and stopping plugins. */
#define HURRY_MS 100
#define N_SIGNALS 3

struct _StopSignals
{
  const StopSignalsHandler *handler; /* (borrowed) */
  gpointer user_data;
  GSource *signals[N_SIGNALS]; /* (owned) (nullable) */
  GSource *hurry_timer;        /* (owned) (nullable) */
  int signal_number;           /* 0 = none came */
};

static gboolean
on_hurry_over (gpointer user_data)
{
  StopSignals *self = user_data;

  self->handler->give_up (self->user_data);
  return G_SOURCE_REMOVE;
}

static void
hurry (StopSignals *self)
{
  if (self->hurry_timer != NULL)
    return;
  self->hurry_timer = g_timeout_source_new (HURRY_MS);
  g_source_set_priority (self->hurry_timer, G_PRIORITY_HIGH);
  g_source_set_static_name (self->hurry_timer, "stop-signals hurry");
  g_source_set_callback (self->hurry_timer, on_hurry_over, self, NULL);
  g_source_attach (self->hurry_timer, NULL);
  self->handler->hurry (self->user_data);
}

static gboolean
on_signal (StopSignals *self, int signal_number)
{
  if (self->signal_number != 0)
    {
      hurry (self);
      return G_SOURCE_CONTINUE;
    }
  self->signal_number = signal_number;
  self->handler->stop (self->user_data, signal_number);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_sigint (gpointer user_data)
{
  return on_signal (user_data, SIGINT);
}

static gboolean
on_sigterm (gpointer user_data)
{
  return on_signal (user_data, SIGTERM);
}

static GSource *
watch_signal (StopSignals *self, int signal_number, GSourceFunc func)
{
  GSource *source = g_unix_signal_source_new (signal_number);

  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_static_name (source, "stop-signals signal");
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, NULL);
  return source;
}

/* A terminal that goes away ends the work in order, unless nohup asked for the contrary. */
static GSource *
watch_hangup (StopSignals *self)
{
  struct sigaction action = { 0 };

  if (sigaction (SIGHUP, NULL, &action) != 0 || action.sa_handler == SIG_IGN)
    return NULL;
  return watch_signal (self, SIGHUP, on_sigterm);
}

StopSignals *
stop_signals_new (const StopSignalsHandler *handler, gpointer user_data)
{
  StopSignals *self = g_new0 (StopSignals, 1);

  self->handler = handler;
  self->user_data = user_data;
  self->signals[0] = watch_signal (self, SIGINT, on_sigint);
  self->signals[1] = watch_signal (self, SIGTERM, on_sigterm);
  self->signals[2] = watch_hangup (self);
  return self;
}

static void
drop_source (GSource *source)
{
  if (source == NULL)
    return;
  g_source_destroy (source);
  g_source_unref (source);
}

void
stop_signals_free (StopSignals *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_SIGNALS; i++)
    drop_source (self->signals[i]);
  drop_source (self->hurry_timer);
  g_free (self);
}
