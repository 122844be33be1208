/* SPDX-License-Identifier: MIT */
/*
 * What `doctor` looks at without any plugin: this program and its libraries, ffmpeg, the clock, the
 * workspace and its disk.
 *
 * Threads: main thread only. Writes nothing.
 */
#pragma once

#include "host/doctor-report.h"
#include "host/workspace.h"

G_BEGIN_DECLS

/**
 * doctor_system_look_at_programs: this program, its libraries, ffmpeg and ffprobe.
 * Thread: main. Blocks: as long as they take to tell their version, at most some seconds.
 * Errors: none; see @report.
 */
void doctor_system_look_at_programs (DoctorReport *report);

/**
 * doctor_system_look_at_clock: whether the clock stands where it cannot be.
 * @now_s: seconds since 1970, by the clock
 * Thread: main. Blocks: no. Errors: none; see @report.
 */
void doctor_system_look_at_clock (DoctorReport *report, gint64 now_s);

/**
 * doctor_system_look_at_workspace: whether a run could work there: rights, lock, room.
 * Thread: main. Blocks: disk. Errors: none; see @report.
 */
void doctor_system_look_at_workspace (DoctorReport *report, const HostWorkspace *workspace);

G_END_DECLS
