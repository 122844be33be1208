/* SPDX-License-Identifier: MIT */
/*
 * stop-signals.c: see stop-signals.h. Decides nothing: what stopping means is the handler's
 * business.
 *
 * A thread of its own gets the signals and rings a bell of the main loop, whose source goes before
 * all others, so that a busy loop can be stopped, too. A main loop that is held up, by a disk that
 * does not come back from fsync() for example, hears no bell: some time after the second signal the
 * thread ends the process without it. The thread touches nothing but its own fields, the counters
 * and the bell.
 */
#include "host/stop-signals.h"

#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

#include "host/process-group.h"

/* From the second signal on: when whoever still owes an answer is given up, and when the process
 * ends, whatever it is doing. What lies between is for saving and stopping plugins. */
#define HURRY_MS 60
#define LEAVE_MS 120
#define N_SIGNALS 3

struct _StopSignals
{
  const StopSignalsHandler *handler; /* (borrowed) (main) */
  gpointer user_data;                /* (main) */
  GSource *bell;                     /* (owned) of the main context */
  GSource *hurry_timer;              /* (owned) (nullable) (main) */
  guint n_heard;                     /* signals that the handler knows of (main) */

  GThread *thread;             /* (owned) (main) */
  GMainContext *context;       /* (owned) (const after new) of the thread */
  gint is_over;                /* (atomic) the thread ends */
  gint n_signals;              /* (atomic) */
  gint signal_number;          /* (atomic) of the first one; 0 = none came */
  GSource *signals[N_SIGNALS]; /* (owned) (nullable) of the thread's context */
  sigset_t before;             /* (main) what was blocked */
};

/* -- main thread -- */

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
on_bell (gpointer user_data)
{
  StopSignals *self = user_data;
  guint n_signals;

  /* First: a signal that comes from here on rings again. */
  g_source_set_ready_time (self->bell, -1);
  n_signals = (guint)g_atomic_int_get (&self->n_signals);
  for (; self->n_heard < n_signals; self->n_heard++)
    {
      if (self->n_heard == 0)
        self->handler->stop (self->user_data, g_atomic_int_get (&self->signal_number));
      else
        hurry (self);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_bell (GSource *source, GSourceFunc callback, gpointer user_data)
{
  (void)source;
  return callback (user_data);
}

static GSourceFuncs bell_funcs = { .dispatch = dispatch_bell };

static GSource *
attach (GSource *source, const char *name, GSourceFunc func, StopSignals *self)
{
  g_source_set_priority (source, G_PRIORITY_HIGH);
  g_source_set_static_name (source, name);
  g_source_set_callback (source, func, self, NULL);
  return source;
}

/* -- the thread -- */

/* Nothing is saved or told any more, and no exit handler runs: all of that may be what is stuck. */
static gboolean
on_leave (gpointer user_data)
{
  StopSignals *self = user_data;

  process_group_kill_remembered ();
  _exit (128 + g_atomic_int_get (&self->signal_number));
}

static gboolean
on_signal (StopSignals *self, int signal_number)
{
  (void)g_atomic_int_compare_and_exchange (&self->signal_number, 0, signal_number);
  if (g_atomic_int_add (&self->n_signals, 1) == 1)
    {
      g_autoptr (GSource) timer = g_timeout_source_new (LEAVE_MS);

      (void)g_source_attach (attach (timer, "stop-signals leave", on_leave, self), self->context);
    }
  g_source_set_ready_time (self->bell, 0);
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
  GSource *source = attach (g_unix_signal_source_new (signal_number), "stop-signals", func, self);

  (void)g_source_attach (source, self->context);
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

static void
drop_source (GSource *source)
{
  if (source == NULL)
    return;
  g_source_destroy (source);
  g_source_unref (source);
}

static gpointer
run_thread (gpointer data)
{
  StopSignals *self = data;

  while (g_atomic_int_get (&self->is_over) == 0)
    (void)g_main_context_iteration (self->context, TRUE);
  return NULL;
}

/* -- both -- */

static void
fill_caught (sigset_t *ret_caught)
{
  (void)sigemptyset (ret_caught);
  (void)sigaddset (ret_caught, SIGINT);
  (void)sigaddset (ret_caught, SIGTERM);
  (void)sigaddset (ret_caught, SIGHUP);
}

StopSignals *
stop_signals_new (const StopSignalsHandler *handler, gpointer user_data)
{
  StopSignals *self = g_new0 (StopSignals, 1);
  sigset_t caught;

  self->handler = handler;
  self->user_data = user_data;
  self->bell
      = attach (g_source_new (&bell_funcs, sizeof (GSource)), "stop-signals bell", on_bell, self);
  (void)g_source_attach (self->bell, NULL);
  self->context = g_main_context_new ();
  self->signals[0] = watch_signal (self, SIGINT, on_sigint);
  self->signals[1] = watch_signal (self, SIGTERM, on_sigterm);
  self->signals[2] = watch_hangup (self);
  self->thread = g_thread_new ("stop-signals", run_thread, self);
  /* From here on the kernel gives them to the thread, even while this one is stuck in it. */
  fill_caught (&caught);
  (void)pthread_sigmask (SIG_BLOCK, &caught, &self->before);
  return self;
}

void
stop_signals_free (StopSignals *self)
{
  if (self == NULL)
    return;
  g_atomic_int_set (&self->is_over, 1);
  g_main_context_wakeup (self->context);
  (void)g_thread_join (self->thread);
  for (guint i = 0; i < N_SIGNALS; i++)
    drop_source (self->signals[i]);
  drop_source (self->bell);
  drop_source (self->hurry_timer);
  g_main_context_unref (self->context);
  (void)pthread_sigmask (SIG_SETMASK, &self->before, NULL);
  g_free (self);
}
