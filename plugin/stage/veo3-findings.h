/* SPDX-License-Identifier: MIT */
/*
 * Veo3Findings: what the plugin has looked at, in order, until the host takes it.
 */
#pragma once

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

/** Veo3Findings: opaque; a list. */
typedef struct _Veo3Findings Veo3Findings;

/** Veo3Complaint: what is common to findings that are not fine. Borrowed during the call. */
typedef struct
{
  PipelineFindingLevel level; /* WARNING or PROBLEM */
  PipelineOutcome outcome;    /* of a run with this problem */
  const char *subject;        /* (static) */
  const char *advice;         /* what to do */
} Veo3Complaint;

/**
 * veo3_findings_new: an empty list.
 * Thread: the owner's, like all functions here. Blocks: no. Errors: none. Returns: (transfer full)
 */
Veo3Findings *veo3_findings_new (void);

/**
 * veo3_findings_ok: something is as it should be.
 * @subject: (static): what was looked at, in a word or two
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_findings_ok (Veo3Findings *self, const char *subject, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/**
 * veo3_findings_complain: something is not.
 * @format: what was seen
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void
veo3_findings_complain (Veo3Findings *self, const Veo3Complaint *complaint, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/**
 * veo3_findings_tell: hands all of it on.
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_findings_tell (const Veo3Findings *self, PipelineFindingFunc found, gpointer user_data);

/** veo3_findings_free: accepts NULL. Thread: the owner's. Blocks: no. Errors: none. */
void veo3_findings_free (Veo3Findings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Findings, veo3_findings_free)

G_END_DECLS
