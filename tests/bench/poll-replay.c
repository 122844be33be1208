/* SPDX-License-Identifier: MIT */
/*
 * poll-replay CSV: replays recorded or simulated clip durations against the poll policy.
 *
 * Runs the production policy and history on a virtual clock and compares them with what clients
 * commonly do. Prints one line per way to poll, then PASS or FAIL per bar; exits 1 on a miss and 2
 * when the CSV cannot be read. Single-threaded, touches nothing but the CSV.
 *
 * CSV: set, run, gate_ms, job, dur_ms, fails, retry_dur_ms; jobs of a run in consecutive lines.
 * The service: clips submitted 1.5 s apart, one request at a time, 300 ms each, the status is that
 * of its middle; a clip that fails is submitted anew at the answer. Delays count from the moment
 * at which the clips would have been there had every failure been noticed at once.
 */
#include <glib.h>
#include <stdio.h>

#include "plugin/domain/veo3-poll-policy.h"
#include "plugin/domain/veo3-random.h"

#define SUBMIT_GAP_MS 1500
#define REQUEST_MS 300
#define JITTER_SEED 12345
#define MAX_JOBS 64

typedef struct
{
  char *set; /* (owned) */
  int run;
  gint64 gate_ms;
  gint64 dur_ms;
  gboolean fails;
  gint64 retry_dur_ms;
} Clip;

typedef enum
{
  MODE_POLICY,
  MODE_SHARED_LOOP, /* sleep, ask every unfinished clip, again */
  MODE_OWN_LOOPS,   /* each clip asks at once, then sleeps on its own */
} Mode;

/** Way: a way to poll, and what it may cost. Bars of 0 are none. */
typedef struct
{
  const char *name;
  Mode mode;
  gboolean alone;     /* each clip is a run of its own */
  gboolean late_gate; /* the gate waits from gate_ms on; else from the start */
  gint64 first_ms;    /* loops: first sleep */
  double factor;      /* loops: growth of the sleep */
  gint64 most_ms;     /* loops: longest sleep */
  double max_polls;   /* bars from here on: polls per job */
  double max_mean_s;  /* gate delay */
  double max_p95_s;   /* gate delay */
  double max_per_min; /* mean over runs of the busiest minute */
} Way;

/** Job: one clip of the run that is replayed. */
typedef struct
{
  const Clip *clip;
  gint64 submitted_ms;
  gint64 done_ms;  /* end of the current attempt */
  gint64 ideal_ms; /* end, had a failure been noticed at once */
  gint64 next_ms;  /* own loops: next question */
  gint64 sleep_ms; /* own loops: upper end of the next sleep */
  gint64 seen_ms;  /* when the clip was detected; 0 = not yet */
  gboolean will_fail;
  guint index; /* policy: of the current attempt */
} Job;

/** Replay: one run. */
typedef struct
{
  const Way *way;
  Job jobs[MAX_JOBS];
  guint n_jobs;
  gint64 gate_ms;
  GArray *asked_ms;       /* (owned) of gint64 */
  Veo3PollPolicy *policy; /* (owned) (nullable) */
  guint n_added;          /* policy: jobs submitted so far */
  gboolean gate_told;     /* policy: knows that the gate waits */
} Replay;

/** Totals: a way to poll, what it has learned, and what it has cost so far. */
typedef struct
{
  const Way *way;
  Veo3DurationHistory *history; /* (owned) sets have keys of their own: each begins with none */
  Veo3Random random;
  guint n_jobs;
  guint n_polls;
  GArray *gate_s; /* (owned) of double */
  GArray *clip_s; /* (owned) of double */
  GArray *peak;   /* (owned) of double */
} Totals;

/* Bars and baselines: optimum of a dynamic programme over ten distributions plus a margin. gax is
 * the loop of gax-go: asks at once, then sleeps a random part of 5 s × 1.5 up to 45 s. */
static const Way ways[] = {
  { "A policy, runs of 1", MODE_POLICY, .alone = TRUE, .max_polls = 10.9, .max_mean_s = 4.8,
    .max_p95_s = 12.5 },
  { "B policy, awaited", MODE_POLICY, .max_polls = 5.40, .max_mean_s = 5.1, .max_p95_s = 11.0,
    .max_per_min = 12.5 },
  { "C policy, gate later", MODE_POLICY, .late_gate = TRUE, .max_polls = 4.95, .max_mean_s = 3.75,
    .max_p95_s = 10.8 },
  { "fixed 10 s", MODE_SHARED_LOOP, .first_ms = 10000, .factor = 1, .most_ms = 10000 },
  { "fixed 20 s", MODE_SHARED_LOOP, .first_ms = 20000, .factor = 1, .most_ms = 20000 },
  { "5 -> 30 s", MODE_SHARED_LOOP, .first_ms = 5000, .factor = 2, .most_ms = 30000 },
  { "gax", MODE_OWN_LOOPS, .first_ms = 5000, .factor = 1.5, .most_ms = 45000 },
};

static void
clip_clear (gpointer data)
{
  g_free (((Clip *)data)->set);
}

static gboolean
parse_line (const char *line, Clip *ret_clip)
{
  g_auto (GStrv) cells = g_strsplit (line, ",", -1);
  gint64 numbers[7] = { 0 };

  if (g_strv_length (cells) != 7)
    return FALSE;
  for (guint i = 1; i < 7; i++)
    if (!g_ascii_string_to_signed (g_strstrip (cells[i]), 10, 0, G_MAXINT32, &numbers[i], NULL))
      return FALSE;
  *ret_clip = (Clip){
    .set = g_strdup (cells[0]),
    .run = (int)numbers[1],
    .gate_ms = numbers[2],
    .dur_ms = numbers[4],
    .fails = numbers[5] != 0,
    .retry_dur_ms = numbers[6],
  };
  return TRUE;
}

static GArray *
load_clips (const char *path, GError **error)
{
  g_autoptr (GArray) clips = g_array_new (FALSE, FALSE, sizeof (Clip));
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_array_set_clear_func (clips, clip_clear);
  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      Clip clip;

      if (lines[i][0] == '#' || lines[i][0] == '\0' || g_str_has_prefix (lines[i], "set,"))
        continue;
      if (!parse_line (lines[i], &clip))
        {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%u: not a clip", path, i + 1);
          return NULL;
        }
      g_array_append_val (clips, clip);
    }
  return g_steal_pointer (&clips);
}

static gboolean
is_finished (const Replay *replay)
{
  for (guint i = 0; i < replay->n_jobs; i++)
    if (replay->jobs[i].seen_ms == 0)
      return FALSE;
  return TRUE;
}

/* Asks about a job: 300 ms later it is known to be unfinished, failed and submitted anew, or done.
 */
static Veo3PollAnswer
ask (Replay *replay, Job *job, gint64 now_ms)
{
  const gint64 answered_ms = now_ms + REQUEST_MS;

  g_array_append_val (replay->asked_ms, now_ms);
  if (now_ms + REQUEST_MS / 2 < job->done_ms)
    return VEO3_POLL_ANSWER_RUNNING;
  if (job->will_fail)
    {
      job->will_fail = FALSE;
      job->submitted_ms = answered_ms;
      job->done_ms = answered_ms + job->clip->retry_dur_ms;
      return VEO3_POLL_ANSWER_FAILED;
    }
  job->seen_ms = answered_ms;
  return VEO3_POLL_ANSWER_DONE;
}

/* Tells the policy what happened up to @until_ms. Returns: when the next such thing happens. */
static gint64
pass_time (Replay *replay, gint64 until_ms)
{
  gint64 next_ms = G_MAXINT64;

  while (replay->n_added < replay->n_jobs && replay->jobs[replay->n_added].submitted_ms <= until_ms)
    {
      Job *job = &replay->jobs[replay->n_added++];

      job->index = veo3_poll_policy_add (replay->policy, job->clip->set, job->submitted_ms,
                                         job->submitted_ms);
    }
  if (!replay->gate_told && replay->gate_ms <= until_ms)
    {
      veo3_poll_policy_gate_waits (replay->policy, replay->gate_ms);
      replay->gate_told = TRUE;
    }
  if (replay->n_added < replay->n_jobs)
    next_ms = replay->jobs[replay->n_added].submitted_ms;
  return replay->gate_told ? next_ms : MIN (next_ms, replay->gate_ms);
}

static Job *
find_job (Replay *replay, guint index)
{
  for (guint i = 0; i < replay->n_added; i++)
    if (replay->jobs[i].index == index && replay->jobs[i].seen_ms == 0)
      return &replay->jobs[i];
  g_assert_not_reached ();
}

static void
replay_policy (Replay *replay, Veo3DurationHistory *history)
{
  gint64 now_ms = 0;

  while (!is_finished (replay))
    {
      const gint64 news_ms = pass_time (replay, now_ms);
      gint64 wake_ms = 0;
      gint64 learned_ms = 0;
      guint index = 0;
      Veo3PollAnswer answer;
      Job *job;

      if (!veo3_poll_policy_pick (replay->policy, now_ms, &index, &wake_ms))
        {
          now_ms = MIN (news_ms, wake_ms);
          continue;
        }
      job = find_job (replay, index);
      answer = ask (replay, job, now_ms);
      now_ms += REQUEST_MS;
      (void)pass_time (replay, now_ms);
      veo3_poll_policy_answer (replay->policy, index, answer, now_ms, 0);
      if (answer == VEO3_POLL_ANSWER_FAILED)
        job->index = veo3_poll_policy_add (replay->policy, job->clip->set, now_ms, now_ms);
      if (veo3_poll_policy_get_learned (replay->policy, index, &learned_ms))
        veo3_duration_history_learn (history, job->clip->set, learned_ms);
      /* Past its deadline a clip is collected by hand; the sets have none, so this is a bad set. */
      if (veo3_poll_policy_is_expired (replay->policy, index))
        job->seen_ms = now_ms;
    }
}

static void
replay_shared_loop (Replay *replay)
{
  gint64 sleep_ms = replay->way->first_ms;
  gint64 now_ms = 0;

  while (!is_finished (replay))
    {
      now_ms += sleep_ms;
      sleep_ms = MIN ((gint64)((double)sleep_ms * replay->way->factor), replay->way->most_ms);
      for (guint i = 0; i < replay->n_jobs; i++)
        {
          if (replay->jobs[i].seen_ms != 0 || replay->jobs[i].submitted_ms > now_ms)
            continue;
          (void)ask (replay, &replay->jobs[i], now_ms);
          now_ms += REQUEST_MS;
        }
    }
}

static void
replay_own_loops (Replay *replay, Veo3Random *random)
{
  gint64 now_ms = 0;

  while (!is_finished (replay))
    {
      Job *first = NULL;

      for (guint i = 0; i < replay->n_jobs; i++)
        if (replay->jobs[i].seen_ms == 0
            && (first == NULL || replay->jobs[i].next_ms < first->next_ms))
          first = &replay->jobs[i];
      now_ms = MAX (now_ms, first->next_ms);
      if (ask (replay, first, now_ms) == VEO3_POLL_ANSWER_FAILED)
        first->sleep_ms = replay->way->first_ms;
      now_ms += REQUEST_MS;
      first->next_ms = now_ms + veo3_random_range (random, 1, first->sleep_ms);
      first->sleep_ms
          = MIN ((gint64)((double)first->sleep_ms * replay->way->factor), replay->way->most_ms);
    }
}

static int
compare_ms (gconstpointer a, gconstpointer b)
{
  const gint64 left = *(const gint64 *)a;
  const gint64 right = *(const gint64 *)b;

  return (left > right) - (left < right);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  const double left = *(const double *)a;
  const double right = *(const double *)b;

  return (left > right) - (left < right);
}

/* Most questions within any 60 s. */
static double
get_peak (GArray *asked_ms)
{
  guint first = 0;
  guint peak = 0;

  g_array_sort (asked_ms, compare_ms);
  for (guint i = 0; i < asked_ms->len; i++)
    {
      while (g_array_index (asked_ms, gint64, i) - g_array_index (asked_ms, gint64, first) >= 60000)
        first++;
      peak = MAX (peak, i - first + 1);
    }
  return peak;
}

static double
get_mean (const GArray *values)
{
  double sum = 0;

  for (guint i = 0; i < values->len; i++)
    sum += g_array_index (values, double, i);
  return sum / MAX (values->len, 1);
}

static double
get_p95 (GArray *values)
{
  const double place = 0.95 * (values->len - 1);
  const guint below = (guint)place;
  const guint above = MIN (below + 1, values->len - 1);

  g_array_sort (values, compare_doubles);
  return g_array_index (values, double, below)
         + (place - below)
               * (g_array_index (values, double, above) - g_array_index (values, double, below));
}

static void
count (const Replay *replay, Totals *totals)
{
  const double peak = get_peak (replay->asked_ms);
  gint64 seen_ms = replay->gate_ms;
  gint64 ideal_ms = replay->gate_ms;
  double gate_s;

  for (guint i = 0; i < replay->n_jobs; i++)
    {
      const Job *job = &replay->jobs[i];
      const double clip_s = (double)(job->seen_ms - job->ideal_ms) / 1000.0;

      seen_ms = MAX (seen_ms, job->seen_ms);
      ideal_ms = MAX (ideal_ms, job->ideal_ms);
      g_array_append_val (totals->clip_s, clip_s);
    }
  gate_s = (double)(seen_ms - ideal_ms) / 1000.0;
  g_array_append_val (totals->gate_s, gate_s);
  g_array_append_val (totals->peak, peak);
  totals->n_jobs += replay->n_jobs;
  totals->n_polls += replay->asked_ms->len;
}

static void
replay_run (Totals *totals, const Clip *clips, guint n_clips)
{
  const Veo3PollSettings settings = veo3_poll_settings_get_defaults ();
  const Way *way = totals->way;
  Replay replay = { .way = way, .n_jobs = n_clips };

  replay.gate_ms = way->late_gate ? clips[0].gate_ms : 0;
  for (guint i = 0; i < n_clips; i++)
    {
      Job *job = &replay.jobs[i];

      job->clip = &clips[i];
      job->submitted_ms = i * SUBMIT_GAP_MS;
      job->done_ms = job->submitted_ms + clips[i].dur_ms;
      job->ideal_ms = job->done_ms + (clips[i].fails ? clips[i].retry_dur_ms : 0);
      job->will_fail = clips[i].fails;
      job->next_ms = job->submitted_ms;
      job->sleep_ms = way->first_ms;
    }
  replay.asked_ms = g_array_new (FALSE, FALSE, sizeof (gint64));
  replay.policy
      = veo3_poll_policy_new (&settings, totals->history, veo3_random_next (&totals->random));
  switch (way->mode)
    {
    case MODE_POLICY:
      replay_policy (&replay, totals->history);
      break;
    case MODE_SHARED_LOOP:
      replay_shared_loop (&replay);
      break;
    case MODE_OWN_LOOPS:
      replay_own_loops (&replay, &totals->random);
      break;
    }
  count (&replay, totals);
  veo3_poll_policy_free (replay.policy);
  g_array_unref (replay.asked_ms);
}

/* How many clips from @start on belong to one run. */
static guint
get_run_length (const GArray *clips, guint start, gboolean alone)
{
  const Clip *first = &g_array_index (clips, Clip, start);
  guint n = 1;

  while (!alone && start + n < clips->len && n < MAX_JOBS
         && g_array_index (clips, Clip, start + n).run == first->run
         && g_str_equal (g_array_index (clips, Clip, start + n).set, first->set))
    n++;
  return n;
}

static gboolean
judge (const char *what, double value, double bar)
{
  if (bar <= 0)
    return TRUE;
  g_print ("    %s %s %.2f <= %.2f\n", value <= bar ? "PASS" : "FAIL", what, value, bar);
  return value <= bar;
}

static gboolean
report (Totals *totals)
{
  const Way *way = totals->way;
  const double polls = (double)totals->n_polls / MAX (totals->n_jobs, 1);
  const double mean_s = get_mean (totals->gate_s);
  const double p95_s = get_p95 (totals->gate_s);
  const double per_min = get_mean (totals->peak);
  gboolean met = TRUE;

  g_print ("%-21s polls/job %5.2f   gate %5.2f p95 %5.1f   clip %5.2f p95 %5.1f   peak/min %4.1f\n",
           way->name, polls, mean_s, p95_s, get_mean (totals->clip_s), get_p95 (totals->clip_s),
           per_min);
  met &= judge ("polls/job", polls, way->max_polls);
  met &= judge ("gate mean s", mean_s, way->max_mean_s);
  met &= judge ("gate p95 s", p95_s, way->max_p95_s);
  met &= judge ("peak/min", per_min, way->max_per_min);
  return met;
}

static gboolean
replay_way (const Way *way, const GArray *clips)
{
  Totals totals = {
    .way = way,
    .history = veo3_duration_history_new (),
    .gate_s = g_array_new (FALSE, FALSE, sizeof (double)),
    .clip_s = g_array_new (FALSE, FALSE, sizeof (double)),
    .peak = g_array_new (FALSE, FALSE, sizeof (double)),
  };
  gboolean met;
  guint n = 0;

  veo3_random_init (&totals.random, JITTER_SEED);
  for (guint start = 0; start < clips->len; start += n)
    {
      n = get_run_length (clips, start, way->alone);
      replay_run (&totals, &g_array_index (clips, Clip, start), n);
    }
  met = report (&totals);
  veo3_duration_history_free (totals.history);
  g_array_unref (totals.gate_s);
  g_array_unref (totals.clip_s);
  g_array_unref (totals.peak);
  return met;
}

int
main (int argc, char **argv)
{
  g_autoptr (GArray) clips = NULL;
  g_autoptr (GError) error = NULL;
  gboolean met = TRUE;

  if (argc != 2)
    {
      g_printerr ("usage: poll-replay CSV\n");
      return 2;
    }
  clips = load_clips (argv[1], &error);
  if (clips == NULL || clips->len == 0)
    {
      g_printerr ("poll-replay: %s\n", error != NULL ? error->message : "no clips");
      return 2;
    }
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    met &= replay_way (&ways[i], clips);
  g_print ("%s\n", met ? "every bar is met" : "a bar is missed");
  return met ? 0 : 1;
}
