/* SPDX-License-Identifier: MIT */
/*
 * EmulatorOutcome: how an operation ends. Written `ok`, `error 13 message="..."`, `filtered`,
 * `filtered-audio`, `empty`, `done-only`, `empty-uri`, `file-failed`, `never`; for interactions
 * also `refused`, `error-only`, `step-error`, `status=WORD`; in a list with `xN`. Immutable once
 * parsed, shared by reference within the emulator's one thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** EmulatorOutcomeKind: the ends of an operation that were seen or are possible. */
typedef enum
{
  EMULATOR_OUTCOME_OK,
  EMULATOR_OUTCOME_ERROR,       /* done with a google.rpc error */
  EMULATOR_OUTCOME_FILTERED,    /* done, no error, no list, a count and reasons */
  EMULATOR_OUTCOME_EMPTY,       /* a response without anything in it */
  EMULATOR_OUTCOME_DONE_ONLY,   /* neither response nor error */
  EMULATOR_OUTCOME_EMPTY_URI,   /* a sample whose uri is "" */
  EMULATOR_OUTCOME_NEVER,       /* runs for ever */
  EMULATOR_OUTCOME_FILE_FAILED, /* a clip whose file never becomes ACTIVE */
  /* Of interactions; operations end as FILTERED instead. */
  EMULATOR_OUTCOME_REFUSED,    /* completed, with words instead of a clip */
  EMULATOR_OUTCOME_ERROR_ONLY, /* a body with nothing but `error` */
  EMULATOR_OUTCOME_STEP_ERROR, /* completed, with an error in its step */
  EMULATOR_OUTCOME_STATUS,     /* a status of its own */
} EmulatorOutcomeKind;

typedef struct
{
  EmulatorOutcomeKind kind;
  guint times;          /* 0 = for ever; in lists only */
  int code;             /* google.rpc.Code of ERROR */
  gchar *message;       /* (owned) */
  gboolean own_message; /* it was given, and is not the usual one */
  gchar *reason;        /* (owned) (nullable) textual code of an interaction's error */
  gchar *status;        /* (owned) (nullable) of STATUS */
} EmulatorOutcome;

/**
 * emulator_outcome_parse:
 * @text: one outcome
 * @error: return location
 *
 * Reads one outcome; `filtered code=42237218` chooses the support code.
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_ARGUMENT.
 * Returns: (transfer full): the outcome, or NULL
 */
EmulatorOutcome *emulator_outcome_parse (const gchar *text,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_outcome_new_error:
 * @code: google.rpc.Code
 * @message: its words
 *
 * Makes an outcome that nobody has scripted: what the service found out too late.
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): the outcome
 */
EmulatorOutcome *emulator_outcome_new_error (int code, const gchar *message);

/**
 * emulator_outcome_has_clip:
 * @self: an outcome
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE when a clip is made on the way to this end
 */
gboolean emulator_outcome_has_clip (const EmulatorOutcome *self);

/**
 * emulator_outcome_ref:
 * @self: an outcome
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): @self
 */
EmulatorOutcome *emulator_outcome_ref (EmulatorOutcome *self);

/**
 * emulator_outcome_unref:
 * @self: (nullable) (transfer full): an outcome
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_outcome_unref (EmulatorOutcome *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorOutcome, emulator_outcome_unref)

G_END_DECLS
