/* SPDX-License-Identifier: MIT */
/*
 * What `veo3_emulator --help` says after the options: the languages of faults, results, directives
 * and scenario files, the log, and how to point clients at each wire.
 */
#pragma once

/** The text, ready to print. */
extern const char emulator_help_text[];
