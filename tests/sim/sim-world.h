/* SPDX-License-Identifier: MIT */
/*
 * SimWorld: everything of one schedule in one place: the clock, the disk, the service, the user,
 * our process, and the judge who watches them.
 */
#pragma once

#include "tests/sim/sim-bugs.h"
#include "tests/sim/sim-clock.h"
#include "tests/sim/sim-disk.h"
#include "tests/sim/sim-judge.h"
#include "tests/sim/sim-service.h"
#include "tests/sim/sim-trace.h"
#include "tests/sim/sim-wishes.h"

#include "plugin/application/veo3-job-codec.h"
#include "plugin/domain/veo3-order.h"
#include "plugin/domain/veo3-planner.h"

G_BEGIN_DECLS

/** SimProcess: the life of one process; nothing of it outlives a kill. */
typedef struct
{
  Veo3Run *run;                   /* (owned) (nullable) NULL = no process is alive */
  Veo3Pacer *pacer;               /* (owned) (nullable) of the account; as long as the run */
  Veo3JobDocument *document;      /* (owned) (nullable) */
  GArray *actions;                /* (owned) (element-type Veo3Action) scratch of a round */
  gint64 wake_ms;                 /* boot time, as planned last */
  Veo3Job *jobs[SIM_MAX_CLIPS];   /* (borrowed) (nullable) by clip */
  gboolean is_ended;              /* a signal, or all is done */
  Veo3Order *order;               /* (owned) (nullable) of the user; NULL = an ordinary start */
  gboolean covers[SIM_MAX_CLIPS]; /* what the order is about */
} SimProcess;

/** SimWorld: of one schedule. */
typedef struct _SimWorld
{
  Veo3Random random; /* the one source of chance */
  SimTrace trace;
  SimClock clock;
  SimDisk disk;
  SimFaults faults;
  SimService service;
  SimWishes wishes;
  SimProcess process;
  SimJudge judge;
  SimBug bug;                            /* (const after new) */
  gboolean has_clip_file[SIM_MAX_CLIPS]; /* veo3/<variant>.mp4, whole */
} SimWorld;

/**
 * sim_world_init: nothing has happened yet.
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 */
void sim_world_init (SimWorld *world, const SimPlan *plan);

/** sim_world_clear: no process is alive. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_world_clear (SimWorld *world);

/**
 * sim_world_pick: chance. Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: @low…@high, both included
 */
gint64 sim_world_pick (SimWorld *world, gint64 low, gint64 high);

/** sim_world_happens: chance. Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: TRUE in @permille of 1000 cases */
gboolean sim_world_happens (SimWorld *world, guint permille);

G_END_DECLS
