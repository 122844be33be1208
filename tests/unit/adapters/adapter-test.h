/* SPDX-License-Identifier: MIT */
/*
 * AdapterTest: a main context of the test's own, as the worker has one, and waiting that fails
 * instead of hanging. Belongs to the test's thread; the default context is never iterated.
 */
#pragma once

#include "plugin/adapters/http-client.h"

G_BEGIN_DECLS

#define ADAPTER_TEST_DEADLINE_MS 30000

/** Seen: a response as a test's callback recorded it. */
typedef struct
{
  guint calls;
  HttpEnd end;
  guint sent;
  CURLcode transport;
  long status;
  gint64 content_length;
  guint64 body_bytes;
  char *message;     /* (owned) (nullable) */
  char *location;    /* (owned) (nullable) */
  char *retry_after; /* (owned) (nullable) */
  char *type;        /* (owned) (nullable) */
  char *etag;        /* (owned) (nullable) */
  char *body;        /* (owned) (nullable) */
} Seen;

/**
 * adapter_test_push_context: makes a context this thread's own.
 * Thread: the test. Blocks: no. Errors: none. Returns: (transfer full)
 */
GMainContext *adapter_test_push_context (void);

/**
 * adapter_test_pop_context: the counterpart. Insists that nothing is left to dispatch.
 * @context: (transfer full)
 * Thread: the test. Blocks: no. Errors: a failed assertion.
 */
void adapter_test_pop_context (GMainContext *context);

/**
 * adapter_test_wait: iterates until *@count >= @least; fails after ADAPTER_TEST_DEADLINE_MS.
 * Thread: the test. Blocks: until then. Errors: a failed assertion.
 */
void adapter_test_wait (GMainContext *context, const guint *count, guint least);

/**
 * adapter_test_wait_until: iterates until @is_done says so; looks every few milliseconds, for
 * things that happen in other threads. Thread: the test. Blocks: until then. Errors: a failed
 * assertion.
 */
void
adapter_test_wait_until (GMainContext *context, gboolean (*is_done) (gpointer data), gpointer data);

/**
 * adapter_test_iterate_for: iterates for a while.
 * Thread: the test. Blocks: that long. Errors: none.
 * Returns: how often the context had something to dispatch.
 */
guint adapter_test_iterate_for (GMainContext *context, guint duration_ms);

/**
 * adapter_test_on_seen: an HttpDoneFunc that records into a Seen.
 * Thread: the test. Blocks: no. Errors: none.
 */
void adapter_test_on_seen (const HttpResponse *response, gpointer seen);

/**
 * adapter_test_request: a request without a body for GET, with "{}" for POST.
 * @base: "http://127.0.0.1:PORT"
 * Thread: the test. Blocks: no. Errors: a failed assertion. Returns: (transfer full)
 */
HttpRequest *adapter_test_request (const char *method, const char *base, const char *path);

/**
 * adapter_test_trust: has it trust a test's own authority.
 * @ca_file: its certificate, PEM
 * Thread: the test. Blocks: no. Errors: a failed assertion.
 */
void adapter_test_trust (HttpRequest *request, const char *ca_file);

/**
 * seen_clear: forgets.
 * Thread: the test. Blocks: no. Errors: none.
 */
void seen_clear (Seen *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seen, seen_clear)

G_END_DECLS
