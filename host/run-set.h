/* SPDX-License-Identifier: MIT */
/*
 * run-set.h: the runs of one `run` or `resume` command: several workspaces, some at a time, one
 * display, one set of plugins, one answer to signals, one exit code.
 *
 * Signals: the first SIGINT, SIGTERM or SIGHUP stops all runs in order, the second ends everything
 * at once. SIGHUP counts as SIGTERM; one that was ignored at start (nohup) stays ignored.
 *
 * Threads: main thread only. Runs the process's main loop.
 */
#pragma once

#include "host/exit-status.h"
#include "host/options.h"

G_BEGIN_DECLS

/**
 * run_set_execute: does it all: runs, prints one summary line per run on stdout, stops the plugins.
 * @must_continue: `resume`: insist on an unfinished run in each workspace.
 * Thread: main. Blocks: until all runs have ended and no thread of a plugin is left.
 * Errors: shown on stderr.
 * Returns: the process's exit code: the strongest of its runs.
 */
ExitStatus run_set_execute (const Options *options, gboolean must_continue);

G_END_DECLS
