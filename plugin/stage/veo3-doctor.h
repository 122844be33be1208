/* SPDX-License-Identifier: MIT */
/*
 * Whether a run would make clips: what can be seen without asking anybody, and what an answer of
 * the service means.
 */
#pragma once

#include "plugin/application/veo3-settings.h"
#include "plugin/domain/video-generation-port.h"
#include "plugin/stage/veo3-findings.h"

G_BEGIN_DECLS

/** Veo3DoctorCase: what is looked at. Borrowed during calls. */
typedef struct
{
  const PipelineStageContext *context;
  const Veo3Settings *settings;
  const char *provider; /* (nullable) that the root injects; NULL = the settings' */
} Veo3DoctorCase;

/** Veo3ServiceAnswer: what became of asking the service. */
typedef struct
{
  Veo3ServiceClass klass;
  Veo3ErrorCode code;
  char *message;        /* (owned) (nullable) */
  gint64 server_time_s; /* since 1970; 0 = unknown */
  gint64 our_time_s;    /* since 1970, when the answer came */
} Veo3ServiceAnswer;

/**
 * veo3_doctor_find_origin: where a setting was set, for messages.
 * Thread: any, like all functions here. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *veo3_doctor_find_origin (const Veo3DoctorCase *look, const char *key);

/**
 * veo3_doctor_look: provider, model, price, and where they are needed ffmpeg and the
 * settings' pictures.
 * Thread: any. Blocks: briefly, on the disk. Errors: none; see @findings.
 */
void veo3_doctor_look (const Veo3DoctorCase *look, Veo3Findings *findings);

/**
 * veo3_doctor_judge_answer: what the service's answer means for a run.
 * @answer: (nullable): NULL = there is no service to ask
 * Thread: any. Blocks: no. Errors: none; see @findings.
 */
void veo3_doctor_judge_answer (const Veo3ServiceAnswer *answer, Veo3Findings *findings);

/** veo3_service_answer_free: accepts NULL. Thread: any. Blocks: no. Errors: none. */
void veo3_service_answer_free (Veo3ServiceAnswer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3ServiceAnswer, veo3_service_answer_free)

G_END_DECLS
