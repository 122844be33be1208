/* SPDX-License-Identifier: MIT */
/*
 * progress.h: what a person sees on stderr while runs go on.
 *
 * On a terminal: a block of live lines at the bottom, one per active stage and per unfinished item,
 * redrawn in place at most 4 times a second; a line that is finished, and every message, scrolls
 * up above it at the next redraw. Elsewhere (a pipe, TERM=dumb): one plain line per change.
 * NO_COLOR switches colours off. Lines name their workspace when there are several. All text is
 * escaped here.
 *
 * Threads: main thread only. A terminal that takes no output (Ctrl-S) is waited for by
 * progress_flush() and progress_free() only.
 */
#pragma once

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

typedef struct _Progress Progress;

/** ProgressKind: what a line is about. */
typedef enum
{
  PROGRESS_STAGE,
  PROGRESS_ITEM,
} ProgressKind;

/** ProgressNews: the state of one stage or item. Texts may be foreign; they are copied. */
typedef struct
{
  guint64 run;
  ProgressKind kind;
  const char *name;            /* (not nullable) stage or item; with kind and run the line's key */
  PipelineProgressState state; /* DONE and FAILED finish the line */
  const char *status;          /* (not nullable) one word or two */
  const char *detail;          /* (nullable) */
} ProgressNews;

/**
 * progress_new: a display.
 * @fd: where to write; not closed by the display.
 * Thread: main. Blocks: no. Errors: none; reads TERM and NO_COLOR.
 * Returns: (transfer full).
 */
Progress *progress_new (int fd);

/**
 * progress_free: leaves the live lines as they are, with their last state, and ends the display.
 * @self: (nullable).
 * Thread: main. Blocks: write. Errors: none. Returns: nothing.
 */
void progress_free (Progress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Progress, progress_free)

/**
 * progress_flush: draws what is due at the next redraw now: before something else is written to the
 * same terminal, or nobody iterates the main context for a while.
 * Thread: main. Blocks: write. Errors: none. Returns: nothing.
 */
void progress_flush (Progress *self);

/**
 * progress_begin_run: makes a run known.
 * @label: (nullable): shown before each of its lines; NULL if there is one run only.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void progress_begin_run (Progress *self, guint64 run, const char *label);

/**
 * progress_end_run: its live lines are printed a last time and leave the display.
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void progress_end_run (Progress *self, guint64 run);

/**
 * progress_update: news of a stage or an item. The same state and status again is no change.
 * Thread: main. Blocks: write, unless on a terminal. Errors: none. Returns: nothing.
 */
void progress_update (Progress *self, const ProgressNews *news);

/**
 * progress_message: prints a message. DEBUG is not shown.
 * @run: 0 = about no run in particular.
 * Thread: main. Blocks: write, unless on a terminal. Errors: none. Returns: nothing.
 */
void progress_message (Progress *self, guint64 run, PipelineLogLevel level, const char *message);

G_END_DECLS
