/* SPDX-License-Identifier: MIT */
/*
 * Purpose: the state of a run and its file. Main thread. Must not decide anything about the run,
 * must not replace a file it could not understand, and must never take "could not look" for
 * "there is none". The JSON itself is in run-state-json.c.
 */
#include "host/run-state.h"

#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#include "host/run-state-json.h"
#include "host/small-file.h"
#include "host/utc-time.h"

GQuark
run_state_error_quark (void)
{
  return g_quark_from_static_string ("run-state-error-quark");
}

RunStage *
run_state_stage_new (const char *name)
{
  RunStage *stage = g_new0 (RunStage, 1);

  stage->name = g_strdup (name);
  stage->exit_code = RUN_STATE_NO_EXIT_CODE;
  return stage;
}

void
run_state_stage_free (gpointer data)
{
  RunStage *stage = data;

  g_free (stage->name);
  g_free (stage->started_at);
  g_free (stage->ended_at);
  g_free (stage->error);
  if (stage->extra != NULL)
    (void)json_object_put (stage->extra);
  g_free (stage);
}

RunState *
run_state_new (const char *run_id, const char *pipeline, const char *const *stage_names)
{
  RunState *self = run_state_new_empty ();

  self->run_id = g_strdup (run_id);
  self->pipeline = g_strdup (pipeline);
  self->pid = getpid ();
  self->created_at = utc_time_now ();
  self->updated_at = g_strdup (self->created_at);
  for (gsize i = 0; stage_names[i] != NULL; i++)
    g_ptr_array_add (self->stages, run_state_stage_new (stage_names[i]));
  return self;
}

RunState *
run_state_new_empty (void)
{
  RunState *self = g_new0 (RunState, 1);

  self->inputs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->stages = g_ptr_array_new_with_free_func (run_state_stage_free);
  return self;
}

RunStage *
run_state_stage (const RunState *self, const char *name)
{
  for (guint i = 0; i < self->stages->len; i++)
    {
      RunStage *stage = self->stages->pdata[i];

      if (strcmp (stage->name, name) == 0)
        return stage;
    }
  return NULL;
}

/* Takes the stage of that name out of @stages, so that it can move to another list. */
static RunStage *
steal_stage (GPtrArray *stages, const char *name)
{
  for (guint i = 0; i < stages->len; i++)
    {
      const RunStage *stage = stages->pdata[i];

      if (strcmp (stage->name, name) == 0)
        return g_ptr_array_steal_index (stages, i);
    }
  return NULL;
}

void
run_state_continue (RunState *self, const char *const *stage_names)
{
  GPtrArray *stages = g_ptr_array_new_with_free_func (run_state_stage_free);

  for (gsize i = 0; stage_names[i] != NULL; i++)
    {
      RunStage *stage = steal_stage (self->stages, stage_names[i]);

      if (stage == NULL)
        stage = run_state_stage_new (stage_names[i]);
      if (stage->status == RUN_STAGE_RUNNING || stage->status == RUN_STAGE_FAILED)
        stage->status = RUN_STAGE_PENDING;
      g_ptr_array_add (stages, stage);
    }
  g_ptr_array_unref (self->stages);
  self->stages = stages;
  self->pid = getpid ();
  self->status = RUN_STATUS_RUNNING;
}

void
run_state_reset_stages (RunState *self, guint first)
{
  for (guint i = first; i < self->stages->len; i++)
    {
      RunStage *stage = self->stages->pdata[i];
      RunStage *fresh = run_state_stage_new (stage->name);

      run_state_stage_free (stage);
      self->stages->pdata[i] = fresh;
    }
}

RunState *
run_state_load (const char *workspace, GError **error)
{
  g_autofree char *path = g_build_filename (workspace, RUN_STATE_FILE_NAME, NULL);
  gsize length = 0;
  g_autoptr (GError) local_error = NULL;
  g_autofree char *data
      = small_file_read (path, RUN_STATE_MAX_BYTES, SMALL_FILE_NO_LINKS, &length, &local_error);
  RunState *self = NULL;

  if (data == NULL)
    {
      gboolean absent = g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT);

      g_set_error_literal (error, RUN_STATE_ERROR,
                           absent ? RUN_STATE_ERROR_ABSENT : RUN_STATE_ERROR_IO,
                           local_error->message);
      return NULL;
    }
  self = run_state_from_json (data, length, &local_error);
  if (self == NULL)
    g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "%s: ", path);
  return self;
}

gboolean
run_state_save (RunState *self, const char *workspace, GError **error)
{
  g_autofree char *path = g_build_filename (workspace, RUN_STATE_FILE_NAME, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) local_error = NULL;

  g_free (self->updated_at);
  self->updated_at = utc_time_now ();
  text = run_state_to_json (self);
  if (small_file_write (path, text, strlen (text), &local_error))
    return TRUE;
  g_set_error (error, RUN_STATE_ERROR, RUN_STATE_ERROR_IO, "%s: cannot save the run's state: %s",
               path, local_error->message);
  return FALSE;
}

void
run_state_free (RunState *self)
{
  if (self == NULL)
    return;
  g_free (self->run_id);
  g_free (self->pipeline);
  g_free (self->created_at);
  g_free (self->updated_at);
  g_hash_table_unref (self->inputs);
  g_ptr_array_unref (self->stages);
  if (self->extra != NULL)
    (void)json_object_put (self->extra);
  g_free (self);
}
