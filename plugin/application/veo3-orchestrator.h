/* SPDX-License-Identifier: MIT */
/*
 * Veo3Orchestrator: one run's clips, from publishing-assets.json to veo3/<variant>.mp4.
 *
 * The asynchronous shell around the pure core: it loads, asks the planner, carries out, lets the
 * recorder note the answers, and saves. It decides nothing.
 *
 * Thread: lives on one GMainContext, the worker's; every function asserts that.
 */
#pragma once

#include "plugin/application/veo3-pacer-table.h"
#include "plugin/application/veo3-reporter.h"
#include "plugin/application/veo3-settings.h"
#include "plugin/domain/veo3-duration-history.h"
#include "plugin/domain/veo3-order.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

typedef struct _Veo3Orchestrator Veo3Orchestrator;

/**
 * Veo3PortFactory: makes the port for a run; the composition root's choice of adapter.
 * Errors: G_IO_ERROR_NOT_FOUND: credentials are not set; the message says how to set them.
 */
typedef VideoGenerationPort *(*Veo3PortFactory) (gpointer user_data,
                                                 const Veo3Settings *settings,
                                                 const Veo3Reporter *reporter,
                                                 GError **error);

/** Veo3OrchestratorConfig: borrowed during new(), except where said otherwise. */
typedef struct
{
  GMainContext *context;
  const char *run_id;
  const char *workspace;        /* absolute path */
  const Veo3Settings *settings; /* outlives the orchestrator */
  Veo3DurationHistory *history; /* outlives the orchestrator; learns */
  const Veo3Reporter *reporter; /* outlives the orchestrator */
  Veo3PacerTable *pacers;       /* (nullable) outlives the orchestrator; NULL = not paced */
  Veo3PortFactory make_port;
  gpointer make_port_data; /* outlives the orchestrator */
  gboolean can_stop;       /* the service can be asked to stop an operation */
} Veo3OrchestratorConfig;

/** Veo3OrchestratorFunc: one completion, on the worker's context. */
typedef void (*Veo3OrchestratorFunc) (gpointer user_data);

/**
 * veo3_orchestrator_new: touches nothing yet.
 * Thread: the context's. Blocks: briefly, on the disk. Errors: G_IO_ERROR: the workspace.
 * Returns: (transfer full) (nullable)
 */
Veo3Orchestrator *veo3_orchestrator_new (const Veo3OrchestratorConfig *config,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_orchestrator_free: accepts NULL; end() has completed. Thread: the context's.
 * Blocks: no. Errors: none.
 */
void veo3_orchestrator_free (Veo3Orchestrator *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Orchestrator, veo3_orchestrator_free)

/**
 * veo3_orchestrator_start_generation: reads what is there and what is wanted, and sets off. A start
 * is a recovery: what jobs.json knows is continued, and nothing in it is paid for again. Where
 * clips are to be made from pictures, these are looked at on a helper thread first, and the rest
 * follows. Thread: the context's. Blocks: briefly, on the disk. Errors: G_IO_ERROR_NOT_FOUND:
 * nothing to generate, or no credentials; any other: the files cannot be used. Nothing was sent, no
 * folder was made. Returns: TRUE when the run has set off.
 */
gboolean veo3_orchestrator_start_generation (Veo3Orchestrator *self,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_orchestrator_start_order: carries out an order of the user instead of a start: only the jobs
 * that it is about are touched, and nothing is paid for that it does not say.
 * @order: (transfer none): not kept
 * Thread: the context's. Blocks: briefly, on the disk.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: the order does not fit the workspace;
 *   G_IO_ERROR_PERMISSION_DENIED: no credentials; any other: the files cannot be used. Nothing was
 * sent, no job was changed. Returns: TRUE when the order is being carried out; await_clips() tells
 * when it is done.
 */
gboolean veo3_orchestrator_start_order (Veo3Orchestrator *self,
                                        const Veo3Order *order,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_orchestrator_await_clips: tells when nothing more is to be waited for; from then on polls
 * are brisker. One waiter at a time.
 * @callback: called once, not before this returns; not called after cancel_await().
 * Thread: the context's. Blocks: no. Errors: none.
 */
void veo3_orchestrator_await_clips (Veo3Orchestrator *self,
                                    Veo3OrchestratorFunc callback,
                                    gpointer user_data);

/**
 * veo3_orchestrator_cancel_await: forgets the waiter. Thread: the context's. Blocks: no.
 * Errors: none.
 */
void veo3_orchestrator_cancel_await (Veo3Orchestrator *self);

/**
 * veo3_orchestrator_end: begins nothing new, aborts polls and downloads, waits up to 30 s for the
 * answers of paid requests, saves.
 * @callback: called once, not before this returns.
 * Thread: the context's. Blocks: no. Errors: none.
 */
void
veo3_orchestrator_end (Veo3Orchestrator *self, Veo3OrchestratorFunc callback, gpointer user_data);

/**
 * veo3_orchestrator_hurry: end now: paid requests in flight are given up too. What is on disk calls
 * them `submitting`, which the next start reads as uncertain.
 * Thread: the context's. Blocks: no. Errors: none.
 */
void veo3_orchestrator_hurry (Veo3Orchestrator *self);

/**
 * veo3_orchestrator_get_outcome: what is left over.
 * Thread: the context's. Blocks: no. Errors: none.
 * Returns: the bits for the host's exit code.
 */
PipelineOutcome veo3_orchestrator_get_outcome (const Veo3Orchestrator *self);

/**
 * veo3_orchestrator_is_saved: does the disk hold everything?
 * Thread: the context's. Blocks: no. Errors: none.
 * Returns: FALSE when the last changes could not be saved.
 */
gboolean veo3_orchestrator_is_saved (const Veo3Orchestrator *self);

G_END_DECLS
