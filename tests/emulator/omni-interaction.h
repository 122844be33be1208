/* SPDX-License-Identifier: MIT */
/*
 * OmniInteraction: what an operation is on the Interactions API: its status, its steps, and the
 * JSON that tells of it. It is the operation's `extra`.
 *
 * Belongs to the emulator's one thread.
 */
#pragma once

#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/omni-check.h"
#include "tests/emulator/operation-store.h"

G_BEGIN_DECLS

typedef struct
{
  json_object *input;  /* (owned) content list */
  json_object *labels; /* (owned) (nullable) */
  gchar *previous;     /* (owned) (nullable) */
  gchar *resolution;   /* (owned) */
  gsize prompt_bytes;
  int duration_s;
  gboolean background;
  gboolean store;
  gboolean wants_uri;
  gboolean deleted;
  gboolean cancelled;
  guint n_lagging_polls; /* that tell nothing of the cancellation yet */
} OmniInteraction;

/** OmniView: for whom an interaction is described. */
typedef enum
{
  OMNI_VIEW_CREATED, /* answer to its creator: without the input, the clip as it was asked for */
  OMNI_VIEW_POLLED,  /* answer to a GET: with the input, the clip inline as a rule */
  OMNI_VIEW_EVENT,   /* inside an event: without any step */
} OmniView;

/**
 * omni_interaction_new:
 * @create: what is asked for
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the interaction
 */
OmniInteraction *omni_interaction_new (const OmniCreate *create);

/**
 * omni_interaction_free:
 * @self: (nullable) (transfer full): an interaction
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void omni_interaction_free (gpointer self);

/**
 * omni_interaction_is_over:
 * @operation: of an interaction
 * @now_us: g_get_monotonic_time()
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when it is done or cancelled
 */
gboolean omni_interaction_is_over (Operation *operation, gint64 now_us);

/**
 * omni_interaction_get_status:
 * @operation: of an interaction
 * @now_us: g_get_monotonic_time()
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (nullable): the status, NULL for the body that has none
 */
const gchar *omni_interaction_get_status (Operation *operation, gint64 now_us);

/**
 * omni_interaction_dup_error:
 * @operation: of an interaction that is over
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): {"code":...,"message":...} of one that has failed
 */
json_object *omni_interaction_dup_error (Operation *operation);

/**
 * omni_interaction_build_steps:
 * @operation: of an interaction that is over and was not cancelled
 * @view: not OMNI_VIEW_EVENT
 * @origins: for URIs
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): the steps; NULL when this end has none
 */
json_object *
omni_interaction_build_steps (Operation *operation, OmniView view, const EmulatorOrigins *origins);

/**
 * omni_interaction_describe:
 * @operation: of an interaction
 * @now_us: g_get_monotonic_time()
 * @view: for whom
 * @origins: for URIs
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the resource
 */
json_object *omni_interaction_describe (Operation *operation,
                                        gint64 now_us,
                                        OmniView view,
                                        const EmulatorOrigins *origins);

G_END_DECLS
