/* SPDX-License-Identifier: MIT */
/*
 * EmulatorFault: one scripted misbehaviour of one answer, and lists of them which are used up by
 * requests in their order.
 *
 * Written `FAULT [xN] [modifier]...`, for example `429 x1 retry-after=2`, `delay=1500ms`,
 * `cut=1000`, `redirect=cross-origin`, `close accepted`. Faults are immutable once parsed and
 * shared by reference; a cursor is the only thing that changes.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** EmulatorStep: the requests that can be scripted; the first ones also for a single prompt. */
typedef enum
{
  EMULATOR_STEP_SUBMIT,
  EMULATOR_STEP_POLL,
  EMULATOR_STEP_DOWNLOAD,
  EMULATOR_STEP_FILE,   /* metadata of a clip's file */
  EMULATOR_STEP_CANCEL, /* of an interaction */
  EMULATOR_N_PROMPT_STEPS,
  EMULATOR_STEP_TOKEN = EMULATOR_N_PROMPT_STEPS, /* OAuth */
  EMULATOR_STEP_METADATA,                        /* token of the metadata server */
  EMULATOR_N_STEPS,
} EmulatorStep;

/** EmulatorFaultKind: what is wrong with the answer. */
typedef enum
{
  EMULATOR_FAULT_OK,             /* nothing, perhaps a delay */
  EMULATOR_FAULT_STATUS,         /* an HTTP status with the service's usual body */
  EMULATOR_FAULT_GARBAGE,        /* 200 with a page of HTML */
  EMULATOR_FAULT_TRUNCATED_JSON, /* 200 with half of the JSON, lengths consistent */
  EMULATOR_FAULT_NO_NAME,        /* 200 with {} */
  EMULATOR_FAULT_GZIP,           /* the right body, compressed, although nobody asked for it */
  EMULATOR_FAULT_REDIRECT,       /* see EmulatorRedirect */
  EMULATOR_FAULT_CLOSE,          /* end of stream instead of an answer */
  EMULATOR_FAULT_RST,            /* reset instead of an answer */
  EMULATOR_FAULT_SILENCE,        /* connection stays open, nothing is said */
  EMULATOR_FAULT_CUT,            /* right header, `size_bytes` of the body, end of stream */
  EMULATOR_FAULT_CUT_HEADER,     /* half of the header, end of stream */
  EMULATOR_FAULT_WRONG_LENGTH,   /* Content-Length is off by `size_bytes` */
  EMULATOR_FAULT_DRIP,           /* header byte by byte, one per `interval_us` */
  EMULATOR_FAULT_STALL,          /* header, `size_bytes` of the body, then silence */
  EMULATOR_FAULT_NEW_ETAG,       /* a clip that is called another one */
  EMULATOR_FAULT_NO_RANGES,      /* all of the clip, whatever part was asked for */
  EMULATOR_FAULT_WRONG_RANGE,    /* a part whose Content-Range is off by `size_bytes` */
} EmulatorFaultKind;

/** EmulatorRedirect: where a redirect leads. */
typedef enum
{
  EMULATOR_REDIRECT_SAME_ORIGIN,
  EMULATOR_REDIRECT_CROSS_ORIGIN, /* to `location`, or the emulator's own storage origin */
  EMULATOR_REDIRECT_NO_LOCATION,
  EMULATOR_REDIRECT_LOOP,
} EmulatorRedirect;

typedef struct
{
  EmulatorFaultKind kind;
  guint times;               /* 0 = for ever */
  guint status;              /* HTTP status of STATUS and REDIRECT */
  EmulatorRedirect redirect; /* of REDIRECT */
  gboolean accepted;         /* the request takes effect although its answer tells nothing of it */
  gboolean html;             /* STATUS: HTML instead of the JSON envelope */
  gboolean no_body;          /* STATUS: empty body */
  gboolean per_day;          /* STATUS 429: the quota of the day, not of the minute */
  gboolean no_details;       /* STATUS: an envelope without details, whatever its status */
  gboolean shape_b;          /* STATUS: the front end's envelope, where the wire has its own */
  gboolean has_size;         /* size_bytes was given */
  gint64 size_bytes;         /* CUT, STALL: body bytes sent; WRONG_LENGTH: difference */
  gint64 interval_us;        /* DRIP */
  gint64 delay_us;           /* silence before the answer, any kind */
  gchar *retry_after;        /* (owned) (nullable) Retry-After header, verbatim */
  gchar *retry_delay;        /* (owned) (nullable) RetryInfo.retryDelay, verbatim */
  gchar *quota_id;           /* (owned) (nullable) instead of the usual quotaId */
  gchar *message;            /* (owned) (nullable) instead of the usual message */
  gchar *code;               /* (owned) (nullable) instead of the usual textual error code */
  gchar *location;           /* (owned) (nullable) URL of a redirect */
  gchar *text;               /* (owned) as it was written, for the log */
} EmulatorFault;

/** EmulatorFaultCursor: how far a list has been used up. Zero-initialised = nothing scripted. */
typedef struct
{
  GPtrArray *list; /* (borrowed) (nullable) (element-type EmulatorFault) */
  guint index;     /* next entry */
  guint used;      /* how often that entry was given already */
} EmulatorFaultCursor;

/**
 * emulator_step_find:
 * @name: submit, poll, download, file, cancel, token or metadata
 * @n_steps: how many steps to look among, from the first
 * @ret_step: (out): the step
 *
 * Finds a step by its name in scenarios and directives.
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE when there is one; @ret_step is untouched otherwise
 */
gboolean emulator_step_find (const gchar *name, guint n_steps, EmulatorStep *ret_step);

/**
 * emulator_fault_parse:
 * @text: one fault, `FAULT [xN] [modifier]...`
 * @error: return location
 *
 * Reads one fault.
 *
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_ARGUMENT naming the wrong word.
 * Returns: (transfer full): the fault, or NULL
 */
EmulatorFault *emulator_fault_parse (const gchar *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_fault_ref:
 * @self: a fault
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): @self
 */
EmulatorFault *emulator_fault_ref (EmulatorFault *self);

/**
 * emulator_fault_unref:
 * @self: (nullable) (transfer full): a fault
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_fault_unref (EmulatorFault *self);

/**
 * emulator_fault_performs:
 * @self: (nullable): a fault; NULL is no fault
 *
 * Does the request take effect (an operation is made, say) under this fault?
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE when the right answer is made first and then spoilt
 */
gboolean emulator_fault_performs (const EmulatorFault *self);

/**
 * emulator_fault_spoils_content:
 * @self: (nullable): a fault; NULL is no fault
 *
 * Does the fault spoil the content of an answer rather than replace the answer? Such a fault of a
 * download waits for the request that carries the clip, past the redirect.
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE for cut, cut-header, wrong-length, drip, stall, garbage, gzip, new-etag, no-ranges,
 * wrong-range
 */
gboolean emulator_fault_spoils_content (const EmulatorFault *self);

/**
 * emulator_fault_list_append:
 * @list: (element-type EmulatorFault): a list
 * @text: one fault
 * @error: return location
 *
 * Parses a fault and puts it at the end of a list.
 *
 * Thread: any. Blocks: no. Errors: those of emulator_fault_parse(), and INVALID_ARGUMENT when the
 * entry before lasts for ever, so that this one would never be reached.
 * Returns: TRUE when it was added
 */
gboolean emulator_fault_list_append (GPtrArray *list, const gchar *text, GError **error);

/**
 * emulator_fault_cursor_take:
 * @self: a cursor
 *
 * Gives the fault of the next request and moves on.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the fault; NULL once everything is used up
 */
EmulatorFault *emulator_fault_cursor_take (EmulatorFaultCursor *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorFault, emulator_fault_unref)

G_END_DECLS
