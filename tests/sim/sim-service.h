/* SPDX-License-Identifier: MIT */
/*
 * SimService: the paid service, and the judge of what was paid: it counts the requests that it
 * accepted. It tells the truth about operations; what becomes of its words on the wire is
 * SimWire's.
 */
#pragma once

#include "plugin/domain/veo3-random.h"
#include "tests/sim/sim-disk.h"
#include "tests/sim/sim-wire.h"

G_BEGIN_DECLS

/** SimFaults: how often things go wrong, in permille; all 0 = a calm world. */
typedef struct
{
  guint submit;
  guint poll;
  guint download;
  guint disk;
  guint start;  /* what a start reads and makes: jobs.json, the folder, the prompts */
  guint slow;   /* anything takes long */
  guint ending; /* operations that end without a clip, are forgotten, or never end */
} SimFaults;

/** SimOperation: what was paid for. Times are boot time in milliseconds. */
typedef struct
{
  guint number; /* in its name: SIM_MAX_OPERATIONS times the clip, plus 1, 2, 3… */
  gint64 accepted_ms;
  gint64 ready_ms;     /* G_MAXINT64 = never */
  gint64 forgotten_ms; /* 404 from then on; G_MAXINT64 = never */
  Veo3ErrorCode code;  /* NONE = there is a clip */
  gboolean is_junk;    /* the clip is no MP4 */
  gboolean is_gone;    /* the clip cannot be fetched any more */
} SimOperation;

/** SimQuota: what the account may have; 0 = as much as it likes. */
typedef struct
{
  guint concurrent; /* operations at a time */
  guint per_minute; /* requests taken in any 60 s */
} SimQuota;

/** SimService: read freely. */
typedef struct
{
  Veo3Random *random;      /* (borrowed) */
  const SimFaults *faults; /* (borrowed) */
  SimQuota quota;
  GArray *taken;                   /* (owned) (element-type gint64) boot time of requests */
  GArray *operations;              /* (owned) (element-type SimOperation) */
  guint n_accepted[SIM_MAX_CLIPS]; /* paid requests per clip */
  guint newest[SIM_MAX_CLIPS];     /* number of the operation that must not get lost, 0 = none */
} SimService;

/** SimSubmitPlan: the fate of a paid request, decided when it is handed out. */
typedef struct
{
  SimWire wire;
  gboolean is_taken; /* the service accepts it when it arrives */
  gint64 arrival_ms; /* from now */
  gint64 answer_ms;  /* from now */
} SimSubmitPlan;

/**
 * sim_service_init: no operations.
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 */
void sim_service_init (SimService *service, Veo3Random *random, const SimFaults *faults);

/** sim_service_clear: frees what it owns. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_service_clear (SimService *service);

/**
 * sim_service_plan_submit: what will become of a paid request that is sent now.
 * @n_on_their_way: requests that have not arrived yet
 * @now_ms: boot time
 * Thread: the schedule's. Blocks: no. Errors: none. Returns: the plan
 */
SimSubmitPlan sim_service_plan_submit (SimService *service, guint n_on_their_way, gint64 now_ms);

/**
 * sim_service_accept: money is spent, and an operation begins.
 * @is_given_up: the user has settled the request before it arrived: nobody has to know of it
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_service_accept (SimService *service, guint clip, gboolean is_given_up, gint64 now_ms);

/**
 * sim_service_dup_name: an operation's name. Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
char *sim_service_dup_name (guint number);

/**
 * sim_service_plan_poll: how a poll that begins now will end on the wire.
 * @ret_after_ms: (out): from now
 * Thread: the schedule's. Blocks: no. Errors: none. Returns: FINE = with the true state then
 */
SimWire sim_service_plan_poll (SimService *service, gint64 *ret_after_ms);

/** sim_service_plan_download: likewise of a download. Thread: the schedule's. Blocks: no.
 * Errors: none. Returns: FINE = with the true state then */
SimWire sim_service_plan_download (SimService *service, gint64 *ret_after_ms);

/**
 * sim_service_answer_poll: the true state of an operation.
 * @ret_wire: (out): 404 when the service has forgotten it, else FINE
 * @ret_reading: (out): clear with sim_reading_clear()
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_service_answer_poll (SimService *service,
                              guint number,
                              gint64 now_ms,
                              SimWire *ret_wire,
                              SimReading *ret_reading);

/**
 * sim_service_stop: stops an operation that is still running.
 * @ret_wire: (out): 404 when the service has forgotten it, 400 when it was over, else FINE
 * @ret_reading: (out): clear with sim_reading_clear()
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_service_stop (SimService *service,
                       guint number,
                       gint64 now_ms,
                       SimWire *ret_wire,
                       SimReading *ret_reading);

/**
 * sim_service_answer_download: the clip, or the truth about it.
 * @ret_wire: (out): 404 when the clip is gone, else FINE
 * @ret_reading: (out): clear with sim_reading_clear()
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_service_answer_download (SimService *service,
                                  guint number,
                                  SimWire *ret_wire,
                                  SimReading *ret_reading);

G_END_DECLS
