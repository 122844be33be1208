/* SPDX-License-Identifier: MIT */
/*
 * What is wanted meets what is there: prompts and the jobs of jobs.json become the jobs of a run.
 * Pure, any thread.
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
  const char *provider;
  const char *model;
  GPtrArray *prompts; /* (nullable) (element-type Veo3Prompt) */
  gint64 now_us;      /* UTC */
} Veo3JobListInput;

/** Veo3JobProblem: why a clip cannot be asked for as it is wanted. Zeroed = it can. */
typedef struct
{
  Veo3ErrorCode code; /* INVALID_PROMPT or INVALID_REQUEST: whose word it is */
  char *text;         /* (owned) (nullable) names the place and the constraint */
} Veo3JobProblem;

/**
 * veo3_job_problem_clear: frees what it owns and zeroes it.
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_job_problem_clear (Veo3JobProblem *problem);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Veo3JobProblem, veo3_job_problem_clear)

/**
 * veo3_job_list_fill: makes a prompt, with the settings, the request of a job, fitted to the model,
 * and says what it costs.
 * @prompt: may borrow from @job
 * @ret_notes: (element-type utf8): lines for people are appended
 * @ret_problem: (inout): zeroed before; what the model cannot do of it
 * Thread: any. Blocks: no. Errors: none; see @ret_problem.
 */
void veo3_job_list_fill (const Veo3JobListInput *input,
                         Veo3Job *job,
                         const Veo3Prompt *prompt,
                         GPtrArray *ret_notes,
                         Veo3JobProblem *ret_problem);

/**
 * veo3_job_list_check_prompt: can a clip be asked for as its prompt and the settings want it?
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): what is wrong with the prompt or cannot be done by the
 * model, with the place it is set at; NULL = it can be sent
 */
char *veo3_job_list_check_prompt (const Veo3JobListInput *input, const Veo3Prompt *prompt);

/**
 * veo3_job_list_check_known: can a request that was made before be sent (again) as it is?
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): what the model cannot do of it; NULL = it can be sent
 */
char *veo3_job_list_check_known (const Veo3JobListInput *input, const Veo3Job *job);

/**
 * veo3_job_list_merge: a job that was sent is never replaced, whatever its prompt says now, unless
 * the service turned it away for its credentials, its model or the quota of the day. One that asks
 * for what its model cannot do is failed, and nothing is sent for it.
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
