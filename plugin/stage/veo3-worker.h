/* SPDX-License-Identifier: MIT */
/*
 * Veo3Worker: the one thread on which all runs of the process live, and its message box.
 *
 * The host's thread sends owned messages and gets answers through GTasks; the two threads share no
 * data. Every function here is called on the host's main thread.
 */
#pragma once

#include "plugin/stage/veo3-composition.h"

G_BEGIN_DECLS

typedef struct _Veo3Worker Veo3Worker;

/**
 * veo3_worker_new: starts the thread.
 * @composition: outlives the worker
 * @services: outlive the worker
 * Thread: the host's main thread, like all functions here. Blocks: no.
 * Errors: G_IO_ERROR: the adapters cannot be set up.
 * Returns: (transfer full) (nullable)
 */
Veo3Worker *veo3_worker_new (const Veo3Composition *composition,
                             const PipelineHostServices *services,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_worker_stop: ends and joins the thread, and frees the worker. Runs that have not been ended
 * are ended in a hurry. Thread: the host's. Blocks: until the thread is gone.
 * Errors: none.
 */
void veo3_worker_stop (Veo3Worker *self);

/**
 * veo3_worker_generate: the prompts of a run are there: start. Blocks: no. Thread: the host's.
 * @context: copied
 * @settings: (transfer full): read, not resolved
 * Errors: none.
 */
void veo3_worker_generate (Veo3Worker *self,
                           const PipelineStageContext *context,
                           Veo3Settings *settings);

/**
 * veo3_worker_await: returns @task (a boolean) when nothing more is to be waited for, or with
 * G_IO_ERROR_CANCELLED after veo3_worker_cancel_await(). Blocks: no. Thread: the host's.
 * @task: (transfer full)
 * Errors: none.
 */
void veo3_worker_await (Veo3Worker *self, guint64 run, GTask *task);

/**
 * veo3_worker_cancel_await: ends the wait. Unknown runs are ignored. Thread: any. Blocks: no.
 * Errors: none.
 */
void veo3_worker_cancel_await (Veo3Worker *self, guint64 run);

/**
 * veo3_worker_end_run: ends a run and returns @task (an int: PipelineOutcome) when the worker has
 * let go of the workspace. Of a run that has not generated in this process it only says what
 * jobs.json has left over. Blocks: no. Thread: the host's.
 * @context: copied
 * @task: (transfer full)
 * Errors: none.
 */
void veo3_worker_end_run (Veo3Worker *self, const PipelineStageContext *context, GTask *task);

/**
 * veo3_worker_hurry_run: do not wait for paid answers any longer. Thread: any. Blocks: no.
 * Errors: none.
 */
void veo3_worker_hurry_run (Veo3Worker *self, guint64 run);

/**
 * veo3_worker_carry_out: carries out an order of the user on the workspace's clips, and returns
 * @task (an int: PipelineOutcome) when nothing is left to do and everything is saved.
 * Blocks: no. Thread: the host's.
 * @context: copied; its run is not one that generates
 * @settings: (transfer full): read, not resolved
 * @order: (transfer full)
 * @task: (transfer full)
 * Errors: through @task: see veo3_orchestrator_start_order(); G_IO_ERROR_FAILED: not saved.
 */
void veo3_worker_carry_out (Veo3Worker *self,
                            const PipelineStageContext *context,
                            Veo3Settings *settings,
                            Veo3Order *order,
                            GTask *task);

/**
 * veo3_worker_stop_order: end the order: nothing new is sent, paid answers are waited for, the
 * state is saved. Unknown runs are ignored. Thread: any. Blocks: no. Errors: none.
 */
void veo3_worker_stop_order (Veo3Worker *self, guint64 run);

/**
 * veo3_worker_look: asks the service for the model, which costs nothing, and returns @task (a
 * pointer: (transfer full) (nullable) Veo3ServiceAnswer; NULL = there is no service to ask).
 * Blocks: no. Thread: the host's.
 * @settings: (transfer full): resolved
 * @task: (transfer full)
 * Errors: none: what is wrong is the answer.
 */
void veo3_worker_look (Veo3Worker *self, Veo3Settings *settings, GTask *task);

/**
 * veo3_worker_end_looks: makes all looks that are under way answer soon. Thread: any. Blocks: no.
 * @run: ignored
 * Errors: none.
 */
void veo3_worker_end_looks (Veo3Worker *self, guint64 run);

G_END_DECLS
