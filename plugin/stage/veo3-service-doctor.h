/* SPDX-License-Identifier: MIT */
/*
 * What the real adapters run with: libraries, credentials, and where requests would go.
 */
#pragma once

#include "plugin/stage/veo3-doctor.h"

G_BEGIN_DECLS

/**
 * veo3_service_doctor_look: what can be seen without asking anybody. Credentials are told by their
 * place, never by a part of them.
 * Thread: any. Blocks: briefly, on the disk. Errors: none; see @findings.
 */
void veo3_service_doctor_look (const Veo3DoctorCase *look, Veo3Findings *findings);

G_END_DECLS
