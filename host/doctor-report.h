/* SPDX-License-Identifier: MIT */
/*
 * DoctorReport: what `doctor` has looked at, in order, and how it is told to people and programs.
 */
#pragma once

#include "host/exit-status.h"

G_BEGIN_DECLS

/** DoctorReport: opaque; a list of findings. */
typedef struct _DoctorReport DoctorReport;

/**
 * doctor_report_new: an empty one.
 * Thread: main, like all functions here. Blocks: no. Errors: none. Returns: (transfer full)
 */
DoctorReport *doctor_report_new (void);

/**
 * doctor_report_add: what the host has found.
 * @finding: copied; its outcome counts if it is a problem
 * @plugin: (nullable): whose finding it is; NULL = the host's
 * Thread: main. Blocks: no. Errors: none.
 */
void doctor_report_add (DoctorReport *self, const char *plugin, const PipelineFinding *finding);

/**
 * doctor_report_ok: something is as it should be.
 * @subject: what was looked at, in a word or two
 * Thread: main. Blocks: no. Errors: none.
 */
void doctor_report_ok (DoctorReport *self, const char *subject, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/**
 * doctor_report_complain: something is not.
 * @level: WARNING or PROBLEM
 * @subject: what was looked at, in a word or two
 * @text: what was seen
 * @advice: what to do
 * Thread: main. Blocks: no. Errors: none.
 */
void doctor_report_complain (DoctorReport *self,
                             PipelineFindingLevel level,
                             const char *subject,
                             const char *text,
                             const char *advice);

/**
 * doctor_report_get_status: DONE without problems; DENIED if a plugin calls its problem a matter of
 * credentials, quota or model; USAGE for any other problem, which then counts more.
 * Thread: main. Blocks: no. Errors: none. Returns: the exit code
 */
ExitStatus doctor_report_get_status (const DoctorReport *self);

/**
 * doctor_report_print: writes all of it to stdout: lines, or exactly one JSON document.
 * Thread: main. Blocks: write. Errors: none.
 */
void doctor_report_print (const DoctorReport *self, gboolean is_json);

/** doctor_report_free: accepts NULL. Thread: main. Blocks: no. Errors: none. */
void doctor_report_free (DoctorReport *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DoctorReport, doctor_report_free)

G_END_DECLS
