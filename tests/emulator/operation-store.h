/* SPDX-License-Identifier: MIT */
/*
 * OperationStore: the operations an emulator has accepted, the prompts it has seen, and how far
 * what is scripted for them has been used up. Knows time and clips, no wire.
 *
 * Thread model: the emulator's one thread. Operations are never forgotten while the store lives.
 */
#pragma once

#include "tests/emulator/clip-maker.h"
#include "tests/emulator/scenario.h"

G_BEGIN_DECLS

typedef struct _OperationStore OperationStore;

/** OperationPrompt: one prompt text, as it arrived, and its script. */
typedef struct
{
  gchar *text;                 /* (owned) without directives */
  EmulatorPlan *plan;          /* (owned) */
  EmulatorFaultCursor submits; /* into plan */
} OperationPrompt;

typedef struct
{
  gchar *id;          /* (owned) shaped as the spec wants it */
  gchar *name;        /* (owned) how its wire calls it, ends in the id */
  gchar *file_id;     /* (owned) of its clip, 12 of a-z0-9 */
  gchar *model;       /* (owned) */
  EmulatorPlan *plan; /* (owned) */
  EmulatorFaultCursor cursors[EMULATOR_N_PROMPT_STEPS]; /* into plan; all but submits */
  EmulatorFault *content_fault; /* (owned) (nullable) waits for the request behind a redirect */
  EmulatorOutcome *outcome;     /* (owned) */
  EmulatorClip *clip;           /* (owned) (nullable) only when the outcome has one */
  gint64 ready_us;              /* g_get_monotonic_time() at which generation is over */
  gint64 file_ready_us;         /* the same of its file */
  gpointer extra;               /* (owned) (nullable) what its wire wants to remember */
  GDestroyNotify free_extra;
  gint64 created_utc_s; /* for file metadata */
  guint running_polls;  /* answered with "still running" so far */
} Operation;

/** OperationIdShape: how ids look. */
typedef enum
{
  OPERATION_ID_SHORT,       /* 12 of a-z0-9 */
  OPERATION_ID_UUID,        /* RFC 9562 */
  OPERATION_ID_INTERACTION, /* v1_ and 24 of A-Za-z0-9_- */
} OperationIdShape;

/** OperationSpec: what is to be generated. Borrowed by the call. */
typedef struct
{
  const gchar *model;
  OperationPrompt *prompt;
  int duration_s;
  gboolean portrait;
  OperationIdShape id_shape;
  const gchar *name_prefix;  /* what comes before the id in its name */
  EmulatorOutcome *outcome;  /* (nullable) an end that is certain already; NULL = as scripted */
  gpointer extra;            /* (transfer full) (nullable) */
  GDestroyNotify free_extra; /* (nullable) */
} OperationSpec;

/** OperationFileState: of the file that holds a clip. */
typedef enum
{
  OPERATION_FILE_PROCESSING,
  OPERATION_FILE_ACTIVE,
  OPERATION_FILE_FAILED,
} OperationFileState;

/**
 * operation_store_new:
 * @scenario: (transfer none): outlives the store
 * @clip_maker: (transfer none): outlives the store
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): an empty store
 */
OperationStore *operation_store_new (EmulatorScenario *scenario, EmulatorClipMaker *clip_maker);

/**
 * operation_store_free:
 * @self: (nullable) (transfer full): a store
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void operation_store_free (OperationStore *self);

/**
 * operation_store_get_prompt:
 * @self: a store
 * @prompt: as it arrived
 * @error: return location
 *
 * Finds a prompt, or reads its directives when it is new.
 *
 * Thread: owner. Blocks: no. Errors: those of emulator_scenario_plan_prompt().
 * Returns: (transfer none): the prompt, or NULL
 */
OperationPrompt *
operation_store_get_prompt (OperationStore *self, const gchar *prompt, GError **error);

/**
 * operation_store_take_submit_fault:
 * @self: a store
 * @prompt: a prompt of this store
 *
 * What is used up by a quota comes before what is scripted.
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the fault of this submit
 */
EmulatorFault *operation_store_take_submit_fault (OperationStore *self, OperationPrompt *prompt);

/**
 * operation_store_take_fault:
 * @self: a store
 * @operation: an operation of this store
 * @step: any of a prompt's but submit
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the fault of this request
 */
EmulatorFault *
operation_store_take_fault (OperationStore *self, Operation *operation, EmulatorStep step);

/**
 * operation_store_create:
 * @self: a store
 * @spec: what is to be generated
 *
 * Accepts an operation; its clip is begun at once.
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none): the operation
 */
Operation *operation_store_create (OperationStore *self, const OperationSpec *spec);

/**
 * operation_store_find:
 * @self: a store
 * @id: of an operation
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the operation
 */
Operation *operation_store_find (OperationStore *self, const gchar *id);

/**
 * operation_store_find_file:
 * @self: a store
 * @file_id: of a clip
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the operation whose clip is ready under this id
 */
Operation *operation_store_find_file (OperationStore *self, const gchar *file_id);

/**
 * operation_store_find_name:
 * @self: a store
 * @name: of an operation
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the operation that is called so, to the letter
 */
Operation *operation_store_find_name (OperationStore *self, const gchar *name);

/**
 * operation_get_file_state:
 * @self: an operation that is done and has a clip
 * @now_us: g_get_monotonic_time()
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: the state of its file
 */
OperationFileState operation_get_file_state (Operation *self, gint64 now_us);

/**
 * operation_is_done:
 * @self: an operation
 * @now_us: g_get_monotonic_time()
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: TRUE when its time is over and its clip (if it has one) is made or has failed
 */
gboolean operation_is_done (Operation *self, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (OperationStore, operation_store_free)

G_END_DECLS
