/* SPDX-License-Identifier: MIT */
/*
 * SimWire: what can come over the wire, or not come, as the plugin's own classifier reads it. The
 * simulation begins at HTTP answers, so that what is tested includes the table that decides whether
 * money may have been spent.
 */
#pragma once

#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** SimWire: how a call ended on the wire. */
typedef enum
{
  SIM_WIRE_FINE,             /* the service's true answer */
  SIM_WIRE_NOT_SENT,         /* no byte left */
  SIM_WIRE_CANCELLED_UNSENT, /* by us, before a byte left */
  SIM_WIRE_CANCELLED,        /* by us, later */
  SIM_WIRE_DEAD,             /* the connection broke */
  SIM_WIRE_SILENCE,          /* our own timer */
  SIM_WIRE_CUT,              /* 200, and then the connection broke */
  SIM_WIRE_GARBAGE,          /* 200 and nothing we understand */
  SIM_WIRE_500,
  SIM_WIRE_502,
  SIM_WIRE_504,
  SIM_WIRE_408,
  SIM_WIRE_503,
  SIM_WIRE_503_BARE, /* without a Status body: a proxy's */
  SIM_WIRE_429,
  SIM_WIRE_429_LATER,  /* Retry-After: 90 */
  SIM_WIRE_429_ABSURD, /* Retry-After: 2000000000 */
  SIM_WIRE_429_BARE,
  SIM_WIRE_429_DAY,
  SIM_WIRE_400,
  SIM_WIRE_401,
  SIM_WIRE_403,
  SIM_WIRE_404,
  SIM_WIRE_404_MODEL,
  SIM_WIRE_410,
  SIM_WIRE_307,
  SIM_WIRE_OUR_DISK, /* a download that our own disk refused */
  SIM_WIRE_FAILED,   /* 200: the operation failed; only a bug of the simulation sends it */
} SimWire;

/** The longest answer of all: our own timer of a paid request. */
#define SIM_SILENT_SUBMIT_MS 120000

/** SimReading: an answer as the port gives it; @message is its owner's. */
typedef struct
{
  union
  {
    Veo3SubmitResult submit;
    Veo3PollResult poll;
    Veo3DownloadResult download;
    Veo3CancelResult cancel;
  };
  char *message; /* (owned) (nullable) */
} SimReading;

/**
 * sim_wire_get_name: for traces. Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *sim_wire_get_name (SimWire wire);

/**
 * sim_wire_read_submit: what the port makes of it.
 * @operation_name: (nullable) (transfer none): of a fine answer
 * @ret_reading: (out): clear with sim_reading_clear()
 * Thread: any. Blocks: no. Errors: none.
 */
void sim_wire_read_submit (SimWire wire, const char *operation_name, SimReading *ret_reading);

/**
 * sim_wire_read_poll: what the port makes of anything but a fine answer.
 * @ret_reading: (out): clear with sim_reading_clear()
 * Thread: any. Blocks: no. Errors: none.
 */
void sim_wire_read_poll (SimWire wire, SimReading *ret_reading);

/** sim_wire_read_download: likewise. Thread: any. Blocks: no. Errors: none. */
void sim_wire_read_download (SimWire wire, SimReading *ret_reading);

/** sim_wire_read_cancel: likewise. Thread: any. Blocks: no. Errors: none. */
void sim_wire_read_cancel (SimWire wire, SimReading *ret_reading);

/** sim_reading_clear: frees what it owns. Thread: any. Blocks: no. Errors: none. */
void sim_reading_clear (SimReading *reading);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimReading, sim_reading_clear)

/**
 * sim_wire_tells_of_operation: does a poll that ended like this tell anything about the operation?
 * Said from the wire, not from what the port made of it. 404 does not: it has to stay.
 * Thread: any. Blocks: no. Errors: none. Returns: TRUE only for the service's true answer
 */
gboolean sim_wire_tells_of_operation (SimWire wire);

/**
 * sim_wire_is_no_answer: did a poll end without a word, or with a word that is none?
 * Thread: any. Blocks: no. Errors: none. Returns: FALSE for the truth and for 429, 404, 401, 403
 */
gboolean sim_wire_is_no_answer (SimWire wire);

G_END_DECLS
