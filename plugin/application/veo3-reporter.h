/* SPDX-License-Identifier: MIT */
/*
 * Veo3Reporter: news of a run for people: messages, and the state of each clip when it changes.
 */
#pragma once

#include "include/pipeline-stage.h"
#include "plugin/domain/veo3-job.h"

G_BEGIN_DECLS

/** Veo3Reporter: where news go. Called on the worker's context; must not call back. */
typedef struct
{
  void (*log) (gpointer sink, PipelineLogLevel level, const char *message);
  void (*progress) (gpointer sink, const PipelineProgress *progress);
  gpointer sink; /* (borrowed) outlives its users */
} Veo3Reporter;

/** Veo3Reported: what has been told of one job; zeroed = nothing yet. */
typedef struct
{
  gboolean is_known;
  Veo3JobStatus status;
  char *note; /* (owned) (nullable) */
} Veo3Reported;

/**
 * veo3_reporter_say: a message.
 * @format: as for printf()
 * Thread: the worker's. Blocks: no. Errors: none.
 */
void
veo3_reporter_say (const Veo3Reporter *reporter, PipelineLogLevel level, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/**
 * veo3_reporter_tell_job: tells of a job if anything about it is news.
 * @reported: (inout): what was told before
 * Thread: the worker's. Blocks: no. Errors: none.
 */
void
veo3_reporter_tell_job (const Veo3Reporter *reporter, const Veo3Job *job, Veo3Reported *reported);

/**
 * veo3_reporter_tell_clip: what people should know of a clip that was stored. It was paid for:
 * whatever is odd about it, it is kept, and they decide.
 * Thread: the worker's. Blocks: no. Errors: none.
 */
void veo3_reporter_tell_clip (const Veo3Reporter *reporter,
                              const Veo3Job *job,
                              const Veo3DownloadResult *result);

/**
 * veo3_reported_clear: frees what it owns.
 * Thread: the worker's. Blocks: no. Errors: none.
 */
void veo3_reported_clear (Veo3Reported *reported);

G_END_DECLS
