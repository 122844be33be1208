/* SPDX-License-Identifier: MIT */
/*
 * Veo3Background: a piece of work that would hold the worker's loop for too long, done on a helper
 * thread of GLib's.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Veo3BackgroundFunc: gets the work; first on a helper thread, then on the asker's context. */
typedef void (*Veo3BackgroundFunc) (gpointer work);

/**
 * veo3_background_run: lets @func work, and then tells @done, never before this returns.
 * @name: (static)
 * @work: the helper thread's until @done gets it, which may free it
 * Thread: @done is called on the context that is the thread's default now. Blocks: no.
 * Errors: in @work, if at all.
 */
void veo3_background_run (const char *name,
                          gpointer work,
                          Veo3BackgroundFunc func,
                          Veo3BackgroundFunc done);

G_END_DECLS
