/* SPDX-License-Identifier: MIT */
/*
 * Two pulses that run alike: one on the context under test, one on a context that has nothing else
 * to do. Both put what they see under one lock. Must not allocate or log while beating.
 */
#include "tests/integration/network/heartbeat.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plugin/domain/thread-handoff.h"

#define BEAT_MS 10
#define BEAT_US (BEAT_MS * G_TIME_SPAN_MILLISECOND)
#define DEADLINE_US (60 * G_USEC_PER_SEC)
/* Pauses of the machine are remembered for as long as a gap may last. */
#define MEMORY_BEATS 1024

typedef struct
{
  GSource *source;  /* (owned) */
  int schedstat_fd; /* (owned) -1 until the first beat, or where the kernel does not tell */
  gboolean has_begun;
  gint64 last_us;  /* of the last beat */
  gint64 delay_us; /* without a processor, up to the last beat */
} Pulse;

struct _Heartbeat
{
  Pulse tested;
  Pulse idle;
  GMainContext *idle_context; /* (owned) */
  pthread_t idle_thread;
  gint ends; /* (atomic) */
  pthread_mutex_t lock;
  guint64 beats;                     /* (lock) of the tested one */
  gint64 largest_us;                 /* (lock) */
  gint64 pause_end_us[MEMORY_BEATS]; /* (lock) ring: gaps of the idle one */
  gint64 pause_us[MEMORY_BEATS];     /* (lock) */
  guint n_pauses;                    /* (lock) */
};

/* How long this thread has been ready to run and did not. */
static gint64
read_delay_us (Pulse *self)
{
  char text[128];
  guint64 delay_ns = 0;
  gssize length;

  if (!self->has_begun)
    {
      g_snprintf (text, sizeof text, "/proc/self/task/%ld/schedstat", syscall (SYS_gettid));
      self->schedstat_fd = open (text, O_RDONLY | O_CLOEXEC);
    }
  if (self->schedstat_fd < 0)
    return 0;
  length = pread (self->schedstat_fd, text, sizeof text - 1, 0);
  text[MAX (length, 0)] = '\0';
  if (sscanf (text, "%*u %" G_GUINT64_FORMAT, &delay_ns) != 1)
    return 0;
  return (gint64)(delay_ns / 1000);
}

/* Returns: the gap before this beat, without the beat's own length; -1 = it is the first one. */
static gint64
measure (Pulse *self, gint64 now_us)
{
  gint64 delay_us = read_delay_us (self);
  gint64 gap_us = now_us - self->last_us - (delay_us - self->delay_us) - BEAT_US;

  if (!self->has_begun)
    gap_us = -1;
  self->has_begun = TRUE;
  self->last_us = now_us;
  self->delay_us = delay_us;
  return gap_us;
}

/* With the lock. How much of the time since @begin_us everybody stood still. */
static gint64
sum_pauses (const Heartbeat *self, gint64 begin_us)
{
  guint n = MIN (self->n_pauses, MEMORY_BEATS);
  gint64 sum_us = 0;

  for (guint i = 0; i < n; i++)
    {
      gint64 end_us = self->pause_end_us[i];

      if (end_us > begin_us)
        sum_us += MIN (self->pause_us[i], end_us - begin_us);
    }
  return sum_us;
}

static gboolean
on_tested_beat (gpointer user_data)
{
  Heartbeat *self = user_data;
  gint64 begin_us;
  gint64 gap_us;

  thread_handoff_take (self);
  begin_us = self->tested.last_us;
  gap_us = measure (&self->tested, g_get_monotonic_time ());

  (void)pthread_mutex_lock (&self->lock);
  self->beats++;
  if (gap_us > self->largest_us)
    self->largest_us = MAX (self->largest_us, gap_us - sum_pauses (self, begin_us));
  (void)pthread_mutex_unlock (&self->lock);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_idle_beat (gpointer user_data)
{
  Heartbeat *self = user_data;
  gint64 now_us = g_get_monotonic_time ();
  gint64 gap_us = measure (&self->idle, now_us);

  /* Less than a beat is the timer's own coarseness. */
  if (gap_us < BEAT_US)
    return G_SOURCE_CONTINUE;
  (void)pthread_mutex_lock (&self->lock);
  self->pause_end_us[self->n_pauses % MEMORY_BEATS] = now_us;
  self->pause_us[self->n_pauses % MEMORY_BEATS] = gap_us;
  self->n_pauses++;
  (void)pthread_mutex_unlock (&self->lock);
  return G_SOURCE_CONTINUE;
}

static void
pulse_start (Pulse *self, Heartbeat *owner, GSourceFunc beat, GMainContext *context)
{
  self->schedstat_fd = -1;
  self->source = g_timeout_source_new (BEAT_MS);
  g_source_set_static_name (self->source, "heartbeat");
  g_source_set_callback (self->source, beat, owner, NULL);
  thread_handoff_give (owner);
  (void)g_source_attach (self->source, context);
}

static void
pulse_stop (Pulse *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  if (self->schedstat_fd >= 0)
    (void)close (self->schedstat_fd);
}

static void *
run_idle (void *data)
{
  Heartbeat *self = data;

  while (g_atomic_int_get (&self->ends) == 0)
    (void)g_main_context_iteration (self->idle_context, TRUE);
  return NULL;
}

Heartbeat *
heartbeat_new (GMainContext *context)
{
  Heartbeat *self = g_new0 (Heartbeat, 1);

  (void)pthread_mutex_init (&self->lock, NULL);
  self->idle_context = g_main_context_new ();
  pulse_start (&self->idle, self, on_idle_beat, self->idle_context);
  g_assert_cmpint (pthread_create (&self->idle_thread, NULL, run_idle, self), ==, 0);
  pulse_start (&self->tested, self, on_tested_beat, context);
  heartbeat_wait (self, 2);
  return self;
}

static guint64
get_beats (Heartbeat *self)
{
  guint64 beats;

  (void)pthread_mutex_lock (&self->lock);
  beats = self->beats;
  (void)pthread_mutex_unlock (&self->lock);
  return beats;
}

void
heartbeat_wait (Heartbeat *self, guint beats)
{
  guint64 wanted = get_beats (self) + beats;
  gint64 deadline_us = g_get_monotonic_time () + DEADLINE_US;

  while (get_beats (self) < wanted)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (BEAT_US / 2);
    }
}

gint64
heartbeat_take_largest (Heartbeat *self)
{
  gint64 largest_us;

  (void)pthread_mutex_lock (&self->lock);
  largest_us = self->largest_us;
  self->largest_us = 0;
  (void)pthread_mutex_unlock (&self->lock);
  return largest_us;
}

void
heartbeat_free (Heartbeat *self)
{
  if (self == NULL)
    return;
  g_atomic_int_set (&self->ends, 1);
  g_main_context_wakeup (self->idle_context);
  (void)pthread_join (self->idle_thread, NULL);
  pulse_stop (&self->idle);
  pulse_stop (&self->tested);
  g_main_context_unref (self->idle_context);
  (void)pthread_mutex_destroy (&self->lock);
  g_free (self);
}
