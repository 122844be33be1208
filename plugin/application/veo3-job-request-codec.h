/* SPDX-License-Identifier: MIT */
/*
 * Veo3JobRequestCodec: the members of a job in jobs.json that say what was asked for, and what the
 * clip that came says of itself. Members that say nothing are not written.
 */
#pragma once

#include "plugin/application/veo3-json-place.h"
#include "plugin/domain/veo3-job.h"

G_BEGIN_DECLS

/**
 * veo3_job_request_codec_read: reads them into a job.
 * Thread: any. Blocks: no. Errors: the place's: a member that makes no sense.
 * Returns: FALSE with the error.
 */
gboolean veo3_job_request_codec_read (const Veo3JsonPlace *place,
                                      Veo3JsonObject *object,
                                      Veo3Job *job) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_job_request_codec_write: brings the object of a job up to date.
 * Thread: the object's. Blocks: no. Errors: none; what json-c has no memory for becomes null.
 */
void veo3_job_request_codec_write (Veo3JsonObject *object, const Veo3Job *job);

G_END_DECLS
