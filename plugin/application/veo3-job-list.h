/* SPDX-License-Identifier: MIT */
/*
 * What is wanted meets what is there: prompts and the jobs of jobs.json become the jobs of a run.
 * Pure but for the port's fitting of requests; any thread.
 */
#pragma once

#include "include/pipeline-stage.h"
#include "plugin/application/veo3-settings.h"
#include "plugin/domain/veo3-job.h"
#include "plugin/domain/veo3-prompt.h"

G_BEGIN_DECLS

/** Veo3JobListInput: borrowed during the call. */
typedef struct
{
  const char *run_id;
  const Veo3Settings *settings;
  VideoGenerationPort *port;
  GPtrArray *prompts; /* (nullable) (element-type Veo3Prompt) */
  gint64 now_us;      /* UTC */
} Veo3JobListInput;

/**
 * veo3_job_list_fill: makes a prompt, with the settings, the request of a job; fitted to the model.
 * @prompt: may borrow from @job
 * @ret_notes: (element-type utf8): lines for people are appended
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_job_list_fill (const Veo3JobListInput *input,
                         Veo3Job *job,
                         const Veo3Prompt *prompt,
                         GPtrArray *ret_notes);

/**
 * veo3_job_list_merge: a job that was sent is never replaced, whatever its prompt says now, unless
 * the service turned it away for its credentials, its model or the quota of the day.
 * @known: (transfer full) (nullable) (element-type Veo3Job): from jobs.json
 * @ret_notes: (element-type utf8): lines for people are appended
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (element-type Veo3Job): the wanted ones in the prompts' order, then the
 *   other known ones, of which none is pending as long as there are prompts; freeing the array
 * frees what is still in it
 */
GPtrArray *
veo3_job_list_merge (const Veo3JobListInput *input, GPtrArray *known, GPtrArray *ret_notes);

/**
 * veo3_job_list_get_outcome: what a list of jobs leaves over.
 * @jobs: (element-type Veo3Job)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: the bits of all jobs together.
 */
PipelineOutcome veo3_job_list_get_outcome (GPtrArray *jobs);

G_END_DECLS
