/* SPDX-License-Identifier: MIT */
/*
 * EmulatorPlan: what is scripted for one prompt, from the directives inside it and from the
 * scenario's [prompt ...] group that matches it. A member that is not set leaves the decision to
 * the scenario's groups for all prompts.
 *
 * A directive is `[[STEP: VALUE]]` with STEP = submit, poll, download, file, cancel, result,
 * generation-time, file-time, clip or omni. Several directives of one step form a list. Directives
 * never appear in a clip.
 */
#pragma once

#include "tests/emulator/fault.h"
#include "tests/emulator/outcome.h"

G_BEGIN_DECLS

#define EMULATOR_UNSET_US G_GINT64_CONSTANT (-1)
#define EMULATOR_CLIP_UNSET G_GINT64_CONSTANT (-1)
#define EMULATOR_CLIP_FFMPEG G_GINT64_CONSTANT (0)

/** EmulatorManner: how an interaction is told of, where the real service does it either way. */
typedef enum
{
  EMULATOR_MANNER_USUAL = 0,
  EMULATOR_MANNER_URI = 1 << 0,         /* a poll has the clip's address, not the clip */
  EMULATOR_MANNER_INLINE = 1 << 1,      /* the first answer has the clip although asked for a uri */
  EMULATOR_MANNER_STATUS_LAST = 1 << 2, /* `status` stands after `steps` */
  EMULATOR_MANNER_QUEUED = 1 << 3,      /* runs as `queued`, not `in_progress` */
  EMULATOR_MANNER_CANCEL_LOSES = 1 << 4, /* cancelling comes too late */
  EMULATOR_MANNER_CANCEL_LAGS = 1 << 5,  /* polls tell of it only after a while */
} EmulatorManner;

typedef struct
{
  GPtrArray *faults[EMULATOR_N_PROMPT_STEPS]; /* (owned) (nullable) (element-type EmulatorFault) */
  EmulatorOutcome *outcome;                   /* (owned) (nullable) */
  gint64 generation_us;                       /* or EMULATOR_UNSET_US */
  gint64 file_us;                             /* PROCESSING; or EMULATOR_UNSET_US */
  gint64 clip_bytes;                          /* of a synthetic clip, or EMULATOR_CLIP_... */
  guint manner;                               /* EmulatorManner; 0 = not set */
} EmulatorPlan;

/**
 * emulator_plan_new:
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): a plan with nothing set
 */
EmulatorPlan *emulator_plan_new (void);

/**
 * emulator_plan_ref:
 * @self: a plan
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): @self
 */
EmulatorPlan *emulator_plan_ref (EmulatorPlan *self);

/**
 * emulator_plan_unref:
 * @self: (nullable) (transfer full): a plan
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_plan_unref (EmulatorPlan *self);

/**
 * emulator_plan_set:
 * @self: a plan
 * @step: what stands before the colon of a directive
 * @value: one fault, outcome, duration or clip, or words of a manner
 * @error: return location
 *
 * Adds one scripted thing.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: G_IO_ERROR_INVALID_ARGUMENT;
 * G_IO_ERROR_NOT_FOUND for a step that does not exist.
 * Returns: TRUE when it was added
 */
gboolean
emulator_plan_set (EmulatorPlan *self, const gchar *step, const gchar *value, GError **error);

/**
 * emulator_plan_read_directives:
 * @self: a plan
 * @prompt: text with directives
 * @ret_text: (out) (transfer full): the prompt without them, spaces tidied
 * @error: return location
 *
 * Adds every directive of a prompt. Double brackets without `word:` are plain text.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: those of emulator_plan_set().
 * Returns: TRUE when all of them were understood; @ret_text is untouched otherwise
 */
gboolean emulator_plan_read_directives (EmulatorPlan *self,
                                        const gchar *prompt,
                                        gchar **ret_text,
                                        GError **error);

/**
 * emulator_plan_fill_from:
 * @self: a plan
 * @weaker: a plan that only speaks where @self is silent
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_plan_fill_from (EmulatorPlan *self, const EmulatorPlan *weaker);

/**
 * emulator_plan_parse_clip:
 * @value: `ffmpeg` or `bytes:SIZE` (`bytes=SIZE` too)
 * @ret_clip_bytes: (out): EMULATOR_CLIP_FFMPEG or the size in bytes
 * @error: return location
 *
 * Reads what kind of clip is to be made.
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_ARGUMENT.
 * Returns: TRUE when understood
 */
gboolean emulator_plan_parse_clip (const gchar *value, gint64 *ret_clip_bytes, GError **error);

/**
 * emulator_plan_parse_manner:
 * @value: words out of uri, inline, status-last, queued, cancel-loses, cancel-lags
 * @manner: (inout): EmulatorManner, to which they are added
 * @error: return location
 *
 * Reads how interactions are told of.
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_ARGUMENT.
 * Returns: TRUE when understood
 */
gboolean emulator_plan_parse_manner (const gchar *value, guint *manner, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorPlan, emulator_plan_unref)

G_END_DECLS
