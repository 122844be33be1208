/* SPDX-License-Identifier: MIT */
/*
 * Veo3Recorder: what an answer changes. Each function takes the answer to one action of the
 * planner and moves the job along its transition table.
 */
#pragma once

#include "plugin/domain/veo3-run.h"

G_BEGIN_DECLS

/**
 * veo3_recorder_submit: the answer to VEO3_ACTION_SUBMIT.
 * Thread: the run's. Blocks: no. Errors: none.
 */
void veo3_recorder_submit (Veo3Run *run, Veo3Job *job, const Veo3SubmitResult *result, Veo3Now now);

/**
 * veo3_recorder_poll: the answer to VEO3_ACTION_POLL. Only a finished operation, or one that the
 * service has denied to know for long, ends a job; everything else is asked again.
 * Thread: the run's. Blocks: no. Errors: none.
 */
void veo3_recorder_poll (Veo3Run *run, Veo3Job *job, const Veo3PollResult *result, Veo3Now now);

/**
 * veo3_recorder_download: the answer to VEO3_ACTION_DOWNLOAD. A clip that is gone is asked for
 * again until it has been gone for long; one that is none ends the job.
 * @video_path: where the clip is now, relative to the workspace
 * Thread: the run's. Blocks: no. Errors: none.
 */
void veo3_recorder_download (Veo3Run *run,
                             Veo3Job *job,
                             const Veo3DownloadResult *result,
                             const char *video_path,
                             Veo3Now now);

/**
 * veo3_recorder_stop: the answer to VEO3_ACTION_STOP. The job stays cancelled whatever it says;
 * what nobody answered is asked once more. Thread: the run's. Blocks: no. Errors: none.
 */
void veo3_recorder_stop (Veo3Run *run, Veo3Job *job, const Veo3CancelResult *result, Veo3Now now);

/**
 * veo3_recorder_give_up_stop: the service is not asked (again) to stop a cancelled job.
 * @job: no call is out for it
 * Thread: the run's. Blocks: no. Errors: none.
 */
void veo3_recorder_give_up_stop (Veo3Run *run, Veo3Job *job);

/**
 * veo3_recorder_saved: the answer to VEO3_ACTION_SAVE.
 * @success: whether the revision that was being saved is durable
 * Thread: the run's. Blocks: no. Errors: none.
 */
void veo3_recorder_saved (Veo3Run *run, gboolean success, Veo3Now now);

G_END_DECLS
