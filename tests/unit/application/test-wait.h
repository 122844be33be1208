/* SPDX-License-Identifier: MIT */
/*
 * Waiting in tests: for something to become true, woken by a main context's events, with a deadline
 * that fails.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** TestCondition: looked at after each event of the context. */
typedef gboolean (*TestCondition) (gpointer user_data);

/**
 * test_wait_until: runs @context until @is_true says so.
 * @context: (nullable): NULL = the default one
 * Thread: the context's. Blocks: until then. Errors: an assertion after 60 s.
 */
void test_wait_until (GMainContext *context, TestCondition is_true, gpointer user_data);

/** test_wait_for_flag: runs @context until *@flag. Thread, errors: as test_wait_until(). */
void test_wait_for_flag (GMainContext *context, gboolean *flag);

/** test_wait_while_busy: dispatches what is ready now, and what follows from it at once. */
void test_wait_while_busy (GMainContext *context);

G_END_DECLS
