/* SPDX-License-Identifier: MIT */
/*
 * Veo3DurationHistory: how long the last clips of each kind took, as far as polling could see.
 *
 * A ring of the last 16 durations per key (model, resolution and clip length). Pure: text in, text
 * out; the file around it is Veo3HistoryFile's. Not shared between threads. A broken text costs
 * what it held, never an error: the history only makes polling cheaper.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** How many durations a key keeps. */
#define VEO3_DURATION_HISTORY_RING_SIZE 16

/** How many keys are kept; the one that learned least recently makes room. */
#define VEO3_DURATION_HISTORY_MAX_KEYS 64

/** Longest duration that is believed: one day. */
#define VEO3_DURATION_HISTORY_MAX_MS (G_GINT64_CONSTANT (86400000))

typedef struct _Veo3DurationHistory Veo3DurationHistory;

/**
 * veo3_duration_history_new: makes an empty history.
 * Thread: any, then one at a time. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
Veo3DurationHistory *veo3_duration_history_new (void);

/**
 * veo3_duration_history_new_from_text: reads what veo3_duration_history_to_text() wrote.
 * @text: (nullable): any bytes; lines that make no sense are skipped.
 * @length: bytes in @text, or -1 when it is NUL-terminated.
 * Thread: any. Blocks: no. Errors: none: nonsense gives an emptier history.
 * Returns: (transfer full)
 */
Veo3DurationHistory *veo3_duration_history_new_from_text (const char *text, gssize length);

/**
 * veo3_duration_history_free: frees a history.
 * @history: (transfer full) (nullable)
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void veo3_duration_history_free (Veo3DurationHistory *history);

/**
 * veo3_duration_history_make_key: names a kind of clip that takes a similar time.
 * @model: name of the model
 * @resolution: (nullable): NULL = the service's default
 * @duration_s: length of the clip, seconds
 * Thread: any. Blocks: no. Errors: none: characters that the text form needs become '_'.
 * Returns: (transfer full): such as "veo-3.1-generate-preview 720p 8"
 */
char *veo3_duration_history_make_key (const char *model, const char *resolution, int duration_s);

/**
 * veo3_duration_history_learn: adds a duration; the oldest of a full ring goes.
 * @key: from veo3_duration_history_make_key()
 * @duration_ms: milliseconds; outside of 1…VEO3_DURATION_HISTORY_MAX_MS it is ignored
 * Thread: the owner's. Blocks: no. Errors: none.
 */
void
veo3_duration_history_learn (Veo3DurationHistory *history, const char *key, gint64 duration_ms);

/**
 * veo3_duration_history_get: copies the durations of a key, oldest first.
 * @key: (nullable): NULL has no durations
 * @ret_durations_ms: (out): room for VEO3_DURATION_HISTORY_RING_SIZE milliseconds
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: how many there are
 */
guint veo3_duration_history_get (const Veo3DurationHistory *history,
                                 const char *key,
                                 gint64 *ret_durations_ms);

/**
 * veo3_duration_history_to_text: one line per key, least recently learned first.
 * Thread: the owner's. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
char *veo3_duration_history_to_text (const Veo3DurationHistory *history);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3DurationHistory, veo3_duration_history_free)

G_END_DECLS
