/* SPDX-License-Identifier: MIT */
/*
 * The one way in which tests wait. No state; must not sleep and hope.
 */
#include "tests/unit/application/test-wait.h"

#define TIMEOUT_S 60

static gboolean
on_timeout (gpointer user_data)
{
  (void)user_data;
  g_error ("the test waited for %d s in vain", TIMEOUT_S);
  return G_SOURCE_REMOVE;
}

void
test_wait_until (GMainContext *context, TestCondition is_true, gpointer user_data)
{
  GSource *timeout = g_timeout_source_new_seconds (TIMEOUT_S);

  g_source_set_callback (timeout, on_timeout, NULL, NULL);
  (void)g_source_attach (timeout, context);
  while (!is_true (user_data))
    (void)g_main_context_iteration (context, TRUE);
  g_source_destroy (timeout);
  g_source_unref (timeout);
}

static gboolean
is_set (gpointer user_data)
{
  return *(gboolean *)user_data;
}

void
test_wait_for_flag (GMainContext *context, gboolean *flag)
{
  test_wait_until (context, is_set, flag);
}

void
test_wait_while_busy (GMainContext *context)
{
  while (g_main_context_iteration (context, FALSE))
    continue;
}
