/* SPDX-License-Identifier: MIT */
/*
 * What veo3-order-start does around the domain's orders, in virtual time. Single-threaded.
 */
#include "tests/sim/sim-orders.h"

#include "plugin/application/veo3-job-list.h"

const char *
sim_orders_get_name (Veo3OrderKind kind)
{
  static const char *const names[] = {
    [VEO3_ORDER_SHOW] = "RECONCILE",
    [VEO3_ORDER_COLLECT] = "COLLECT",
    [VEO3_ORDER_REGENERATE] = "REGENERATE",
    [VEO3_ORDER_ADOPT] = "RECONCILE: adopt",
    [VEO3_ORDER_RESUBMIT] = "RECONCILE: resubmit",
    [VEO3_ORDER_ABANDON] = "RECONCILE: abandon",
    [VEO3_ORDER_CANCEL] = "CANCEL",
  };

  return names[kind];
}

/* Mostly the truth; people also paste a name that is none of the service's. */
static char *
dup_operation_to_adopt (SimWorld *world, guint clip)
{
  guint number = world->service.newest[clip];

  if (number == 0 || sim_world_happens (world, 300))
    number = clip * SIM_MAX_OPERATIONS + SIM_MAX_OPERATIONS - 1;
  return sim_service_dup_name (number);
}

Veo3Order *
sim_orders_make (SimWorld *world)
{
  Veo3Order *order = g_new0 (Veo3Order, 1);
  guint clip = (guint)sim_world_pick (world, 0, world->wishes.n_clips - 1);
  gboolean is_about_all;

  order->kind = (Veo3OrderKind)sim_world_pick (world, VEO3_ORDER_COLLECT, VEO3_ORDER_CANCEL);
  order->is_one_look = sim_world_pick (world, 0, 3) == 0;
  is_about_all = (order->kind == VEO3_ORDER_COLLECT || order->kind == VEO3_ORDER_CANCEL)
                 && sim_world_pick (world, 0, 1) == 0;
  order->variants = g_new0 (char *, 2);
  if (!is_about_all)
    order->variants[0] = g_strdup_printf ("c%u", clip);
  if (order->kind == VEO3_ORDER_ADOPT)
    order->operation_name = dup_operation_to_adopt (world, clip);
  return order;
}

gboolean
sim_orders_prepare (SimWorld *world, const Veo3Order *order, GPtrArray *known)
{
  g_autofree char *problem = veo3_order_check (order, known);

  if (problem != NULL)
    return FALSE;
  for (guint i = 0; order->kind == VEO3_ORDER_REGENERATE && i < known->len; i++)
    {
      Veo3Job *job = g_ptr_array_index (known, i);

      if (veo3_order_covers (order, job))
        sim_wishes_refill (&world->wishes, job);
    }
  return TRUE;
}
