/* SPDX-License-Identifier: MIT */
/*
 * EmulatorClipMaker makes the clips an operation delivers: playable ones drawn by ffmpeg, which
 * show their prompt, or synthetic ones. Clips are cached by what they show, so asking twice costs
 * once.
 *
 * Thread model: one thread with its default GMainContext; ffmpeg runs in child processes, at most
 * two at a time, and nothing here waits for them.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _EmulatorClipMaker EmulatorClipMaker;
typedef struct _EmulatorClip EmulatorClip;

/** EmulatorClipState: is the clip there yet? */
typedef enum
{
  EMULATOR_CLIP_PENDING,
  EMULATOR_CLIP_READY,
  EMULATOR_CLIP_FAILED,
} EmulatorClipState;

/** EmulatorClipSpec: what a clip shows. Borrowed by the call. */
typedef struct
{
  const gchar *text;      /* the prompt without directives */
  int duration_s;         /* seconds */
  gboolean portrait;      /* 9:16 instead of 16:9 */
  gint64 synthetic_bytes; /* size of a synthetic clip; 0 = drawn by ffmpeg */
} EmulatorClipSpec;

/**
 * emulator_clip_maker_new:
 * @error: return location
 *
 * Makes a maker with a temporary folder of its own.
 *
 * Thread: any, which is its owner then. Blocks: on mkdir. Errors: those of g_dir_make_tmp().
 * Returns: (transfer full): the maker, or NULL
 */
EmulatorClipMaker *emulator_clip_maker_new (GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_clip_maker_free:
 * @self: (nullable) (transfer full): a maker
 *
 * Ends its children, removes its folder. Clips that were given out stay valid.
 *
 * Thread: owner. Blocks: until the killed children are gone. Errors: none.
 * Returns: nothing
 */
void emulator_clip_maker_free (EmulatorClipMaker *self);

/**
 * emulator_clip_maker_get:
 * @self: a maker
 * @spec: what is wanted
 *
 * Gives the clip, which may still be in the making.
 *
 * Thread: owner. Blocks: no. Errors: none; a clip that cannot be made becomes FAILED.
 * Returns: (transfer full): the clip
 */
EmulatorClip *emulator_clip_maker_get (EmulatorClipMaker *self, const EmulatorClipSpec *spec);

/**
 * emulator_clip_ref:
 * @self: a clip
 *
 * Thread: owner of the maker. Blocks: no. Errors: none.
 * Returns: (transfer full): @self
 */
EmulatorClip *emulator_clip_ref (EmulatorClip *self);

/**
 * emulator_clip_unref:
 * @self: (nullable) (transfer full): a clip
 *
 * Thread: owner of the maker. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_clip_unref (EmulatorClip *self);

/**
 * emulator_clip_get_state:
 * @self: a clip
 *
 * Thread: owner of the maker. Blocks: no. Errors: none.
 * Returns: whether it is ready
 */
EmulatorClipState emulator_clip_get_state (EmulatorClip *self);

/**
 * emulator_clip_get_failure:
 * @self: a clip
 *
 * Thread: owner of the maker. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): why it FAILED
 */
const gchar *emulator_clip_get_failure (EmulatorClip *self);

/**
 * emulator_clip_dup_bytes:
 * @self: a READY clip
 *
 * Gives the file. A synthetic clip is computed anew each time, so that ten thousand of them do not
 * have to be kept.
 *
 * Thread: owner of the maker. Blocks: no. Errors: none.
 * Returns: (transfer full): the bytes
 */
GBytes *emulator_clip_dup_bytes (EmulatorClip *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorClipMaker, emulator_clip_maker_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorClip, emulator_clip_unref)

G_END_DECLS
