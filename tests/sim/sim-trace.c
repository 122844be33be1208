/* SPDX-License-Identifier: MIT */
/*
 * FNV-1a over everything that is noted; printing is an extra. Single-threaded; must not influence
 * what it observes, or a loud replay would not be a replay.
 */
#include "tests/sim/sim-trace.h"

#define FNV_OFFSET G_GUINT64_CONSTANT (0xcbf29ce484222325)
#define FNV_PRIME G_GUINT64_CONSTANT (0x100000001b3)

void
sim_trace_init (SimTrace *trace, gboolean is_loud)
{
  *trace = (SimTrace){ .hash = FNV_OFFSET, .is_loud = is_loud };
}

static void
add_text (SimTrace *trace, const char *text)
{
  for (const char *p = text; *p != '\0'; p++)
    trace->hash = (trace->hash ^ (guchar)*p) * FNV_PRIME;
}

static void
add_number (SimTrace *trace, gint64 number)
{
  trace->hash = (trace->hash ^ (guint64)number) * FNV_PRIME;
  trace->hash ^= trace->hash >> 29;
}

static void
print_note (const SimTrace *trace, guint clip, const char *what, const char *detail, gint64 number)
{
  g_autofree char *whose
      = clip == SIM_NO_CLIP ? g_strdup ("") : g_strdup_printf ("clip c%u: ", clip);

  g_print ("# %10.3f  %s%s%s%s", (double)trace->now_ms / 1000, whose, what,
           detail != NULL ? ": " : "", detail != NULL ? detail : "");
  if (number != 0)
    g_print (" (%" G_GINT64_FORMAT ")", number);
  g_print ("\n");
}

void
sim_trace_note (SimTrace *trace, guint clip, const char *what, const char *detail, gint64 number)
{
  trace->n_notes++;
  add_number (trace, trace->now_ms);
  add_number (trace, clip);
  add_number (trace, number);
  add_text (trace, what);
  if (detail != NULL)
    add_text (trace, detail);
  if (trace->is_loud)
    print_note (trace, clip, what, detail, number);
}
