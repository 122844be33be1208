/* SPDX-License-Identifier: MIT */
/*
 * The test's hand on the pure core. Single-threaded; must not decide anything the core should.
 */
#include "tests/unit/domain/run-driver.h"

#define DAY_MS (G_GINT64_CONSTANT (86400000))

Veo3RunSettings
run_driver_get_settings (void)
{
  return (Veo3RunSettings){
    .deadline_ms = 600000,
    .download_grace_ms = 60000,
    .unauthorized_pause_ms = 30000,
    .max_parallel = 64,
    .polls = veo3_poll_settings_get_defaults (),
    .retries = veo3_retry_settings_get_defaults (),
    .seed = 7,
  };
}

RunDriver *
run_driver_new (const Veo3RunSettings *settings)
{
  Veo3RunSettings defaults = run_driver_get_settings ();
  RunDriver *self = g_new0 (RunDriver, 1);

  self->run = veo3_run_new (settings != NULL ? settings : &defaults, "model", NULL);
  self->now = (Veo3Now){ .boot_ms = 5000000, .utc_us = G_GINT64_CONSTANT (1790000000000000) };
  self->actions = g_array_new (FALSE, FALSE, sizeof (Veo3Action));
  self->wake_ms = G_MAXINT64;
  return self;
}

static void
count_wake (gpointer user_data)
{
  ++((RunDriver *)user_data)->n_woken;
}

void
run_driver_join (RunDriver *self, Veo3Pacer *pacer)
{
  veo3_run_join (self->run, pacer, count_wake, self);
}

void
run_driver_free (RunDriver *self)
{
  if (self == NULL)
    return;
  self->run->calls_in_flight = 0;
  veo3_run_free (self->run);
  g_array_unref (self->actions);
  g_free (self);
}

Veo3Job *
run_driver_make_job (const RunDriver *self,
                     const char *variant,
                     Veo3JobStatus status,
                     const char *operation_name)
{
  g_autofree char *key = g_strconcat ("run_", variant, NULL);
  Veo3Job *job = veo3_job_new (key, variant, self->now.utc_us);

  job->status = status;
  job->operation_name = g_strdup (operation_name);
  job->request.idempotent_key = g_strdup (key);
  job->request.prompt = g_strdup ("a prompt");
  job->request.duration_s = 6;
  return job;
}

Veo3Job *
run_driver_add (RunDriver *self, const char *variant)
{
  Veo3Job *job = run_driver_make_job (self, variant, VEO3_JOB_PENDING, NULL);

  veo3_run_add_job (self->run, job, self->now);
  return job;
}

Veo3Job *
run_driver_add_generating (RunDriver *self, const char *variant)
{
  Veo3Job *job = run_driver_add (self, variant);

  run_driver_settle (self);
  g_assert_true (run_driver_has (self, VEO3_ACTION_SUBMIT, job));
  run_driver_submit_answer (self, job, VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE, 0);
  run_driver_settle (self);
  g_assert_cmpint (job->status, ==, VEO3_JOB_GENERATING);
  return job;
}

void
run_driver_advance (RunDriver *self, gint64 ms)
{
  self->now.boot_ms += ms;
  self->now.utc_us += ms * 1000;
}

void
run_driver_round (RunDriver *self)
{
  g_array_set_size (self->actions, 0);
  self->wake_ms = veo3_planner_next (self->run, self->now, self->actions);
}

void
run_driver_settle (RunDriver *self)
{
  g_array_set_size (self->actions, 0);
  do
    {
      if (self->run->saving_revision != 0)
        veo3_recorder_saved (self->run, TRUE, self->now);
      self->wake_ms = veo3_planner_next (self->run, self->now, self->actions);
    }
  while (self->run->saving_revision != 0);
}

void
run_driver_saved (RunDriver *self, gboolean success)
{
  g_assert_cmpuint (self->run->saving_revision, !=, 0);
  veo3_recorder_saved (self->run, success, self->now);
}

guint
run_driver_count (const RunDriver *self, Veo3ActionKind kind)
{
  guint n = 0;

  for (guint i = 0; i < self->actions->len; i++)
    n += g_array_index (self->actions, Veo3Action, i).kind == kind;
  return n;
}

gboolean
run_driver_has (const RunDriver *self, Veo3ActionKind kind, const Veo3Job *job)
{
  for (guint i = 0; i < self->actions->len; i++)
    {
      const Veo3Action *action = &g_array_index (self->actions, Veo3Action, i);

      if (action->kind == kind && action->job == job)
        return TRUE;
    }
  return FALSE;
}

void
run_driver_submit_answer (RunDriver *self,
                          Veo3Job *job,
                          Veo3SubmitClass klass,
                          Veo3ErrorCode code,
                          gint64 retry_after_ms)
{
  g_autofree char *name = g_strconcat ("operations/", job->variant, NULL);
  Veo3SubmitResult result = { .klass = klass,
                              .operation_name = klass == VEO3_SUBMIT_ACCEPTED ? name : NULL,
                              .code = code,
                              .message = klass == VEO3_SUBMIT_ACCEPTED ? NULL : "words",
                              .retry_after_ms = retry_after_ms };

  veo3_recorder_submit (self->run, job, &result, self->now);
}

void
run_driver_poll_answer (RunDriver *self, Veo3Job *job, Veo3PollClass klass)
{
  Veo3PollResult result = { .klass = klass,
                            .clip_uri = klass == VEO3_POLL_DONE ? "clip" : NULL,
                            .code = klass == VEO3_POLL_FAILED ? VEO3_ERROR_CODE_CONTENT_FILTERED
                                                              : VEO3_ERROR_CODE_NONE,
                            .message = "words" };

  veo3_recorder_poll (self->run, job, &result, self->now);
}

void
run_driver_download_answer (RunDriver *self, Veo3Job *job, Veo3DownloadClass klass)
{
  Veo3DownloadResult result = { .klass = klass, .message = "words" };

  if (klass == VEO3_DOWNLOAD_STORED)
    {
      result.bytes = 1234;
      result.sha256 = "abcd";
    }
  else if (klass == VEO3_DOWNLOAD_GONE)
    result.code = VEO3_ERROR_CODE_CLIP_GONE;
  else if (klass == VEO3_DOWNLOAD_NOT_CLIP)
    result.code = VEO3_ERROR_CODE_NOT_A_CLIP;
  veo3_recorder_download (self->run, job, &result, "veo3/clip.mp4", self->now);
}

void
run_driver_wait_for (RunDriver *self, Veo3ActionKind kind, const Veo3Job *job)
{
  gint64 give_up_ms = self->now.boot_ms + DAY_MS;

  run_driver_settle (self);
  while (!run_driver_has (self, kind, job))
    {
      g_assert_cmpint (self->wake_ms, <, give_up_ms);
      run_driver_advance (self, MAX (1, self->wake_ms - self->now.boot_ms));
      run_driver_settle (self);
    }
}
