/* SPDX-License-Identifier: MIT */
/*
 * Quotas of submits. Thread model: one thread, no timer: what is over is seen when somebody asks.
 *
 * Source of the texts: veo-protocol.md, section 7: "Too many concurrent jobs" was reported, without
 * a delay; a quota per minute names its delay in RetryInfo.
 */
#include "tests/emulator/submit-quota.h"

#define MINUTE_US (60 * (gint64)G_USEC_PER_SEC)
#define CONCURRENT_TEXT "Too many concurrent jobs. Please wait for some of them to finish."

struct _SubmitQuota
{
  guint concurrent;
  guint per_minute;
  GPtrArray *running;     /* (owned) (element-type Operation) borrowed; some may be done */
  GArray *taken;          /* (owned) (element-type gint64) of the last minute, oldest first */
  EmulatorFault *refusal; /* (owned) (nullable) the last one */
};

SubmitQuota *
submit_quota_new (guint concurrent, guint per_minute)
{
  SubmitQuota *self = g_new0 (SubmitQuota, 1);

  self->concurrent = concurrent;
  self->per_minute = per_minute;
  self->running = g_ptr_array_new ();
  self->taken = g_array_new (FALSE, FALSE, sizeof (gint64));
  return self;
}

void
submit_quota_free (SubmitQuota *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->running);
  g_array_unref (self->taken);
  emulator_fault_unref (self->refusal);
  g_free (self);
}

static void
forget (SubmitQuota *self, gint64 now_us)
{
  guint n_old = 0;

  for (guint i = self->running->len; i > 0; i--)
    {
      if (operation_is_done (g_ptr_array_index (self->running, i - 1), now_us))
        (void)g_ptr_array_remove_index_fast (self->running, i - 1);
    }
  while (n_old < self->taken->len
         && g_array_index (self->taken, gint64, n_old) <= now_us - MINUTE_US)
    n_old++;
  (void)g_array_remove_range (self->taken, 0, n_old);
}

void
submit_quota_take (SubmitQuota *self, Operation *operation, gint64 now_us)
{
  if (self->concurrent > 0)
    g_ptr_array_add (self->running, operation);
  if (self->per_minute > 0)
    g_array_append_val (self->taken, now_us);
}

static EmulatorFault *
keep (SubmitQuota *self, EmulatorFault *refusal, const gchar *name)
{
  g_free (refusal->text);
  refusal->text = g_strdup (name);
  emulator_fault_unref (self->refusal);
  self->refusal = refusal;
  return refusal;
}

static EmulatorFault *
refuse_concurrent (SubmitQuota *self)
{
  EmulatorFault *refusal = emulator_fault_parse ("429", NULL);

  refusal->message = g_strdup (CONCURRENT_TEXT);
  refusal->no_details = TRUE;
  return keep (self, refusal, "quota-concurrent");
}

static EmulatorFault *
refuse_rate (SubmitQuota *self, gint64 now_us)
{
  EmulatorFault *refusal = emulator_fault_parse ("429", NULL);
  gint64 wait_us = g_array_index (self->taken, gint64, 0) + MINUTE_US - now_us;

  refusal->retry_delay = g_strdup_printf ("%" G_GINT64_FORMAT "s", wait_us / G_USEC_PER_SEC + 1);
  return keep (self, refusal, "quota-per-minute");
}

EmulatorFault *
submit_quota_refuse (SubmitQuota *self, gint64 now_us)
{
  forget (self, now_us);
  if (self->concurrent > 0 && self->running->len >= self->concurrent)
    return refuse_concurrent (self);
  if (self->per_minute > 0 && self->taken->len >= self->per_minute)
    return refuse_rate (self, now_us);
  return NULL;
}
