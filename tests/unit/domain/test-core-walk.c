/* SPDX-License-Identifier: MIT */
/*
 * Random walks through the core: any order of answers, failed saves, pauses, ends and killed
 * processes, against a service and a disk that the test keeps itself. Single-threaded, virtual
 * clock; a failing seed is printed and can be given as VEO3_WALK_SEED.
 */
#include "plugin/domain/veo3-random.h"
#include "tests/unit/domain/run-driver.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define N_WALKS 60000
#define N_STEPS 40
#define MAX_JOBS 3
/* Far more than a calm service needs from any state: deadline, grace and retries of both. */
#define CALM_ROUNDS 5000

/* What the disk holds of a job. */
typedef struct
{
  Veo3JobStatus status;
  char *operation_name; /* (owned) (nullable) */
  gint64 submitted_at_us;
  guint attempts;
} Record;

/* One clip, seen from outside of the core. */
typedef struct
{
  Record disk;          /* what a restart would find */
  Record writing;       /* what the save in flight holds */
  Veo3Job *job;         /* (borrowed) of the present process */
  Veo3JobStatus before; /* after the last step */
  guint accepted;       /* paid requests that the service took: more than one is the disaster */
  gboolean is_out[4];   /* by Veo3ActionKind: the call is in flight */
} Clip;

typedef struct
{
  Veo3Random random;
  RunDriver *driver; /* (owned) the present process */
  Clip clips[MAX_JOBS];
  guint n_clips;
  gboolean is_writing;
  gboolean was_ended;
} Walk;

/* The seed of the present walk, ready to be written by a signal handler. */
static char seed_line[64];

static void
on_abort (int signal_number)
{
  (void)signal_number;
  (void)!write (STDERR_FILENO, seed_line, strlen (seed_line));
}

static gint64
pick (Walk *walk, gint64 n)
{
  return veo3_random_range (&walk->random, 0, n - 1);
}

static void
record_set (Record *record, const Veo3Job *job)
{
  g_free (record->operation_name);
  record->status = job->status;
  record->operation_name = g_strdup (job->operation_name);
  record->submitted_at_us = job->submitted_at_us;
  record->attempts = job->attempts;
}

static void
record_move (Record *to, Record *from)
{
  g_free (to->operation_name);
  *to = *from;
  from->operation_name = NULL;
}

static Clip *
find_clip (Walk *walk, const Veo3Job *job)
{
  for (guint i = 0; i < walk->n_clips; i++)
    if (walk->clips[i].job == job)
      return &walk->clips[i];
  g_assert_not_reached ();
}

/* A process starts: all it knows is what the disk holds. */
static void
start_process (Walk *walk)
{
  Veo3RunSettings settings = run_driver_get_settings ();
  Veo3Now now;

  settings.max_parallel = (guint)pick (walk, 3) + 1;
  settings.seed = veo3_random_next (&walk->random);
  now = walk->driver != NULL ? walk->driver->now : (Veo3Now){ 0 };
  g_clear_pointer (&walk->driver, run_driver_free);
  walk->driver = run_driver_new (&settings);
  if (now.boot_ms != 0)
    walk->driver->now = now;
  walk->is_writing = FALSE;
  walk->was_ended = FALSE;
  for (guint i = 0; i < walk->n_clips; i++)
    {
      Clip *clip = &walk->clips[i];
      g_autofree char *variant = g_strdup_printf ("clip-%u", i);

      clip->job = run_driver_make_job (walk->driver, variant, clip->disk.status,
                                       clip->disk.operation_name);
      clip->job->submitted_at_us = clip->disk.submitted_at_us;
      clip->job->attempts = clip->disk.attempts;
      veo3_run_add_job (walk->driver->run, clip->job, walk->driver->now);
      clip->before = clip->job->status;
      memset (clip->is_out, 0, sizeof clip->is_out);
    }
}

/* What must hold after every step, whatever happened. */
static void
check (Walk *walk)
{
  guint n_submits = 0;

  for (guint i = 0; i < walk->n_clips; i++)
    {
      Clip *clip = &walk->clips[i];
      const Veo3Job *job = clip->job;

      g_assert_cmpuint (clip->accepted, <=, 1);
      if (clip->disk.operation_name != NULL)
        g_assert_cmpstr (job->operation_name, ==, clip->disk.operation_name);
      if (veo3_job_status_is_final (clip->before))
        g_assert_cmpint (job->status, ==, clip->before);
      if (job->status == VEO3_JOB_PENDING)
        g_assert_cmpuint (clip->accepted, ==, 0);
      if (job->status == VEO3_JOB_GENERATING || job->status == VEO3_JOB_DOWNLOADING)
        g_assert_nonnull (job->operation_name);
      clip->before = job->status;
      n_submits += clip->is_out[VEO3_ACTION_SUBMIT];
    }
  g_assert_cmpuint (n_submits, <=, walk->driver->run->settings.max_parallel);
}

/* Carries out what the core wants, and checks that it may be wanted. */
static void
carry_out (Walk *walk, const Veo3Action *action)
{
  Clip *clip;

  if (action->kind == VEO3_ACTION_SAVE)
    {
      g_assert_false (walk->is_writing);
      walk->is_writing = TRUE;
      for (guint i = 0; i < walk->n_clips; i++)
        record_set (&walk->clips[i].writing, walk->clips[i].job);
      return;
    }
  clip = find_clip (walk, action->job);
  if (action->kind == VEO3_ACTION_CANCEL)
    {
      g_assert_false (clip->is_out[VEO3_ACTION_SUBMIT]);
      g_assert_true (clip->is_out[VEO3_ACTION_POLL] || clip->is_out[VEO3_ACTION_DOWNLOAD]);
      return;
    }
  g_assert_false (walk->was_ended);
  g_assert_false (clip->is_out[VEO3_ACTION_SUBMIT] || clip->is_out[VEO3_ACTION_POLL]
                  || clip->is_out[VEO3_ACTION_DOWNLOAD]);
  clip->is_out[action->kind] = TRUE;
  if (action->kind == VEO3_ACTION_SUBMIT)
    {
      g_assert_cmpint (clip->disk.status, ==, VEO3_JOB_SUBMITTING);
      g_assert_cmpuint (clip->accepted, ==, 0);
    }
  else
    g_assert_cmpstr (clip->disk.operation_name, ==, action->job->operation_name);
}

static void
plan (Walk *walk)
{
  run_driver_round (walk->driver);
  for (guint i = 0; i < walk->driver->actions->len; i++)
    carry_out (walk, &g_array_index (walk->driver->actions, Veo3Action, i));
  check (walk);
}

/* The save in flight ends. A failed one may have reached the disk all the same. */
static void
end_save (Walk *walk, gboolean success)
{
  gboolean is_on_disk = success || pick (walk, 2) == 0;

  for (guint i = 0; i < walk->n_clips && is_on_disk; i++)
    record_move (&walk->clips[i].disk, &walk->clips[i].writing);
  walk->is_writing = FALSE;
  run_driver_saved (walk->driver, success);
}

static void
answer_submit (Walk *walk, Clip *clip, gboolean is_calm)
{
  static const struct
  {
    Veo3SubmitClass klass;
    Veo3ErrorCode code;
    gboolean may_be_taken;
  } rows[] = { { VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, TRUE },
               { VEO3_SUBMIT_NOT_SENT, VEO3_ERROR_CODE_UNAVAILABLE, FALSE },
               { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_UNAVAILABLE, FALSE },
               { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE, FALSE },
               { VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, TRUE },
               { VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_INVALID_REQUEST, FALSE },
               { VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_DAY, FALSE } };
  guint row = is_calm ? 0 : (guint)pick (walk, G_N_ELEMENTS (rows));

  clip->is_out[VEO3_ACTION_SUBMIT] = FALSE;
  clip->accepted += rows[row].may_be_taken && (row == 0 || pick (walk, 2) == 0);
  run_driver_submit_answer (walk->driver, clip->job, rows[row].klass, rows[row].code, 0);
}

static void
answer_poll (Walk *walk, Clip *clip, gboolean is_calm)
{
  Veo3PollClass klass = (Veo3PollClass)pick (walk, VEO3_POLL_UNAUTHORIZED + 1);

  clip->is_out[VEO3_ACTION_POLL] = FALSE;
  run_driver_poll_answer (walk->driver, clip->job, is_calm ? VEO3_POLL_DONE : klass);
}

static void
answer_download (Walk *walk, Clip *clip, gboolean is_calm)
{
  Veo3DownloadClass klass = (Veo3DownloadClass)pick (walk, VEO3_DOWNLOAD_DISK + 1);

  clip->is_out[VEO3_ACTION_DOWNLOAD] = FALSE;
  run_driver_download_answer (walk->driver, clip->job, is_calm ? VEO3_DOWNLOAD_STORED : klass);
}

static void
answer (Walk *walk, Clip *clip, gboolean is_calm)
{
  if (clip->is_out[VEO3_ACTION_SUBMIT])
    answer_submit (walk, clip, is_calm);
  else if (clip->is_out[VEO3_ACTION_POLL])
    answer_poll (walk, clip, is_calm);
  else if (clip->is_out[VEO3_ACTION_DOWNLOAD])
    answer_download (walk, clip, is_calm);
}

/* kill -9: requests on their way may or may not have been taken, and the save may have landed. */
static void
kill_process (Walk *walk)
{
  gboolean is_on_disk = walk->is_writing && pick (walk, 2) == 0;

  for (guint i = 0; i < walk->n_clips; i++)
    {
      Clip *clip = &walk->clips[i];

      clip->accepted += clip->is_out[VEO3_ACTION_SUBMIT] && pick (walk, 2) == 0;
      if (is_on_disk)
        record_move (&clip->disk, &clip->writing);
    }
  start_process (walk);
}

static void
step (Walk *walk)
{
  gint64 to_wake_ms = walk->driver->wake_ms - walk->driver->now.boot_ms;

  switch (pick (walk, 16))
    {
    case 0:
    case 1:
    case 2:
    case 3:
      if (walk->is_writing)
        end_save (walk, TRUE);
      break;
    case 4:
      if (walk->is_writing)
        end_save (walk, FALSE);
      break;
    case 5:
      run_driver_advance (walk->driver, pick (walk, 700000));
      break;
    case 6:
    case 7:
    case 8:
      run_driver_advance (walk->driver, CLAMP (to_wake_ms, 0, 700000));
      break;
    case 9:
      if (pick (walk, 4) == 0)
        kill_process (walk);
      break;
    case 10:
      if (pick (walk, 4) == 0)
        {
          veo3_run_end (walk->driver->run);
          walk->was_ended = TRUE;
        }
      else
        veo3_run_gate_waits (walk->driver->run, walk->driver->now);
      break;
    default:
      answer (walk, &walk->clips[pick (walk, walk->n_clips)], FALSE);
      break;
    }
}

/* From wherever the walk has led, a healthy world brings every clip to its end; a process that was
 * told to end lets go of everything, and the next one goes on. */
static void
calm_down (Walk *walk)
{
  for (guint n = 0;
       !veo3_run_is_final (walk->driver->run) || !veo3_run_is_saved (walk->driver->run); n++)
    {
      Veo3Run *run = walk->driver->run;

      g_assert_cmpuint (n, <, CALM_ROUNDS);
      if (walk->is_writing)
        end_save (walk, TRUE);
      for (guint i = 0; i < walk->n_clips; i++)
        answer (walk, &walk->clips[i], TRUE);
      plan (walk);
      if (run->calls_in_flight > 0 || run->saving_revision != 0)
        continue;
      if (walk->was_ended)
        start_process (walk);
      else if (walk->driver->wake_ms != G_MAXINT64)
        run_driver_advance (walk->driver,
                            MAX (1, walk->driver->wake_ms - walk->driver->now.boot_ms));
    }
}

static void
walk_once (guint64 seed, guint *ret_ends)
{
  Walk walk = { 0 };

  veo3_random_init (&walk.random, seed);
  walk.n_clips = (guint)pick (&walk, MAX_JOBS) + 1;
  start_process (&walk);
  plan (&walk);
  for (guint i = 0; i < N_STEPS; i++)
    {
      step (&walk);
      check (&walk);
      plan (&walk);
    }
  calm_down (&walk);
  for (guint i = 0; i < walk.n_clips; i++)
    {
      const Veo3Job *job = walk.clips[i].job;

      ret_ends[job->status]++;
      if (walk.clips[i].accepted > 0)
        g_assert_true (job->operation_name != NULL || job->status == VEO3_JOB_UNCERTAIN);
      g_assert_cmpuint (walk.driver->run->submits_in_flight, ==, 0);
      g_free (walk.clips[i].disk.operation_name);
      g_free (walk.clips[i].writing.operation_name);
    }
  run_driver_free (walk.driver);
}

/* No schedule of answers, failures, ends and kills pays twice, sends what is not durable, forgets
 * an operation, or moves what has ended; and from anywhere a healthy world finishes. */
static void
test_walks (void)
{
  const char *only = g_getenv ("VEO3_WALK_SEED");
  guint64 seed = only != NULL ? g_ascii_strtoull (only, NULL, 10) : 20261122;
  guint ends[VEO3_N_JOB_STATUSES] = { 0 };
  guint n = only != NULL ? 1 : N_WALKS;

  g_test_message ("%u walks from seed %" G_GUINT64_FORMAT, n, seed);
  (void)signal (SIGABRT, on_abort);
  for (guint i = 0; i < n; i++)
    {
      (void)g_snprintf (seed_line, sizeof seed_line, "# VEO3_WALK_SEED=%" G_GUINT64_FORMAT "\n",
                        seed + i);
      walk_once (seed + i, ends);
    }
  if (only != NULL)
    return;
  /* The walks reach every end, or they prove less than they seem to. */
  g_assert_cmpuint (ends[VEO3_JOB_COMPLETED], >, n / 20);
  g_assert_cmpuint (ends[VEO3_JOB_FAILED], >, n / 20);
  g_assert_cmpuint (ends[VEO3_JOB_TIMED_OUT], >, n / 100);
  g_assert_cmpuint (ends[VEO3_JOB_UNCERTAIN], >, n / 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/core/walks", test_walks);
  return g_test_run ();
}
