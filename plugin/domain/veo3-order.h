/* SPDX-License-Identifier: MIT */
/*
 * Veo3Order: the user's word about clips: collect, regenerate, reconcile, cancel.
 *
 * The only way in which a job is paid for again, or leaves `uncertain`. An order is checked against
 * each job it names before anything is changed, then given to the run that holds the jobs.
 */
#pragma once

#include "plugin/domain/veo3-run.h"

G_BEGIN_DECLS

/** Veo3OrderKind: what the user says. */
typedef enum
{
  VEO3_ORDER_SHOW,       /* only tell where the clips are */
  VEO3_ORDER_COLLECT,    /* fetch what was accepted; send nothing that costs */
  VEO3_ORDER_REGENERATE, /* pay again for a clip that is settled */
  VEO3_ORDER_ADOPT,      /* the uncertain submit was accepted: this is its operation */
  VEO3_ORDER_RESUBMIT,   /* the uncertain submit was not accepted, or never mind: send it again */
  VEO3_ORDER_ABANDON,    /* forget the uncertain submit */
  VEO3_ORDER_CANCEL,     /* stop waiting, and have the service stop if it can be asked to */
} Veo3OrderKind;

/** Veo3Order: belongs to one thread at a time. */
typedef struct
{
  Veo3OrderKind kind;
  char **variants;      /* (owned) NULL-terminated; empty = every clip the order can be about */
  char *operation_name; /* (owned) (nullable) for ADOPT */
  char *prompt;         /* (owned) (nullable) for REGENERATE: instead of the known one */
  gboolean is_one_look; /* what is not ready at once is left for another time */
} Veo3Order;

/** veo3_order_free: accepts NULL. Thread: the owner's. Blocks: no. Errors: none. */
void veo3_order_free (Veo3Order *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Order, veo3_order_free)

/**
 * veo3_order_may_pay: can the order lead to a paid request?
 * Thread: any. Blocks: no. Errors: none. Returns: TRUE for REGENERATE and RESUBMIT.
 */
gboolean veo3_order_may_pay (const Veo3Order *order);

/**
 * veo3_order_needs_service: can the order not be carried out without the service?
 * Thread: any. Blocks: no. Errors: none. Returns: FALSE for SHOW, ABANDON and CANCEL.
 */
gboolean veo3_order_needs_service (const Veo3Order *order);

/**
 * veo3_order_may_stop: would the service be asked to stop an operation, if it can be asked?
 * @jobs: (element-type Veo3Job): checked
 * Thread: the jobs'. Blocks: no. Errors: none.
 * Returns: TRUE when a clip that is to be cancelled may be in the making
 */
gboolean veo3_order_may_stop (const Veo3Order *order, GPtrArray *jobs);

/**
 * veo3_order_check: whether the order makes sense for these jobs; changes nothing.
 * @jobs: (element-type Veo3Job): as jobs.json has them
 * Thread: the jobs'. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): what speaks against it, for people, and what can be done
 *   instead: a variant that is not there, a job that the order cannot be about; NULL = nothing.
 */
char *veo3_order_check (const Veo3Order *order, GPtrArray *jobs);

/**
 * veo3_order_covers: is @job one that the order is about?
 * Thread: the job's. Blocks: no. Errors: none.
 * Returns: FALSE = it stays as it is.
 */
gboolean veo3_order_covers (const Veo3Order *order, const Veo3Job *job);

/**
 * veo3_order_give: puts a job under the order into the run. Jobs that the order does not cover are
 * held: nothing is done for them.
 * @job: (transfer full): checked
 * Thread: the run's. Blocks: no. Errors: none.
 */
void veo3_order_give (const Veo3Order *order, Veo3Run *run, Veo3Job *job, Veo3Now now);

G_END_DECLS
