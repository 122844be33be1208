/* SPDX-License-Identifier: MIT */
/*
 * HttpSource: a libcurl multi handle as one GSource. It carries sockets and time; what a transfer
 * is, its owner knows.
 */
#pragma once

#include <curl/curl.h>
#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _HttpSource HttpSource;

/**
 * HttpSourceFunc: libcurl has worked, or the wake time has come: look at the transfers.
 * Thread: the source's context.
 */
typedef void (*HttpSourceFunc) (gpointer user_data);

/**
 * http_source_new: makes a multi handle and attaches it to @context.
 * @activity: called after each piece of work, never from within a libcurl callback.
 * Thread: as http_client_new(). Blocks: no. Errors: HTTP_ERROR_CURL.
 * Returns: (transfer full) (nullable)
 */
HttpSource *http_source_new (GMainContext *context,
                             HttpSourceFunc activity,
                             gpointer user_data,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_source_get_context: where it lives.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
GMainContext *http_source_get_context (HttpSource *self);

/**
 * http_source_get_multi: for adding, removing and asking about transfers.
 * Thread: the owner of the context. Blocks: no. Errors: none. Returns: (transfer none)
 */
CURLM *http_source_get_multi (HttpSource *self);

/**
 * http_source_check: keeps the first failure of the multi interface; all later work is void then.
 * @code: what a curl_multi_* function returned.
 * Thread: the owner of the context. Blocks: no. Errors: none.
 * Returns: FALSE if this or an earlier call failed.
 */
gboolean http_source_check (HttpSource *self, CURLMcode code);

/**
 * http_source_get_failure: the first failure, CURLM_OK if there was none.
 * Thread: the owner of the context. Blocks: no. Errors: none.
 * Returns: a CURLMcode.
 */
CURLMcode http_source_get_failure (HttpSource *self);

/**
 * http_source_set_wake: asks for `activity` at a time of g_get_monotonic_time().
 * @wake_us: microseconds; -1 = not, 0 = at the next turn of the loop.
 * Thread: the owner of the context. Blocks: no. Errors: none.
 */
void http_source_set_wake (HttpSource *self, gint64 wake_us);

/**
 * http_source_drain: reads what has already arrived in the sockets, without waiting. To be
 * called before a transfer is given up: its answer may be there (a stopped process, a busy loop).
 * Thread: the owner of the context. Blocks: no. Errors: http_source_get_failure().
 */
void http_source_drain (HttpSource *self);

/**
 * http_source_free: all transfers must have been removed. Accepts NULL.
 * Thread: the owner of the context. Blocks: no. Errors: none.
 */
void http_source_free (HttpSource *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpSource, http_source_free)

G_END_DECLS
