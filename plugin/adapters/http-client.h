/* SPDX-License-Identifier: MIT */
/*
 * HttpClient: asynchronous HTTP over one libcurl multi handle that lives on one GMainContext as
 * one GSource. One client per kind of traffic, because paid requests share nothing with others.
 *
 * Environment: libcurl obeys SSLKEYLOGFILE, which writes session secrets to a file: a host that
 * holds keys unsets it before it loads us. Its proxy variables have no effect: see HttpNetwork.
 */
#pragma once

#include <gio/gio.h>

#include "plugin/adapters/http-request.h"

G_BEGIN_DECLS

typedef struct _HttpClient HttpClient;

/** HttpTraffic: which rules a client follows. */
typedef enum
{
  HTTP_TRAFFIC_SUBMIT,   /* paid: a connection of its own each, sent at most once */
  HTTP_TRAFFIC_POLL,     /* free: connections are kept and shared */
  HTTP_TRAFFIC_DOWNLOAD, /* free and long: connections are kept and shared */
} HttpTraffic;

/** HttpClientOptions: 0 stands for the default of the kind of traffic. */
typedef struct
{
  guint max_in_flight;       /* transfers at a time, the others wait unsent; 64 */
  gint64 connect_timeout_ms; /* name, TCP and TLS together; 10,000 */
  gint64 silence_timeout_ms; /* without a byte; submits 120,000, polls 20,000, downloads 30,000 */
  /* Against drips; polls 60,000, downloads 1,800,000. Submits 300,000, counted from the last byte
   * of the request that went up: who pays is not cut off for a slow line. */
  gint64 transfer_timeout_ms;
  /* In so long a body brings pace_bytes, and a submit's takes them up; submits 300,000, downloads
   * 60,000, polls none. */
  gint64 pace_window_ms;
  gsize pace_bytes;     /* submits 1 MiB, others 32 KiB; less at the end of a body */
  gsize max_body_bytes; /* of a collected body; 1 MiB */
} HttpClientOptions;

/** HttpEnd: how a transfer ended. */
typedef enum
{
  HTTP_END_ANSWERED,     /* the answer is complete, as far as libcurl can know */
  HTTP_END_TRANSPORT,    /* refused, reset, cut, TLS, DNS...: `transport` and `message` say more */
  HTTP_END_SILENCE,      /* our own timers */
  HTTP_END_CANCELLED,    /* by the caller's word, or the client was freed */
  HTTP_END_BODY_TOO_BIG, /* the beginning of the body is there */
  HTTP_END_SINK_REFUSED, /* the sink returned FALSE */
} HttpEnd;

/** HttpResponse: what was seen; borrowed for the length of the callback. */
struct _HttpResponse
{
  HttpEnd end;
  guint sent;               /* how often the request was about to leave; 0 = no byte of it left */
  CURLcode transport;       /* CURLE_OK when ANSWERED */
  const char *message;      /* (nullable) a line about any other end; no URL, no header */
  long status;              /* 0 = no status line came */
  const char *location;     /* (nullable) as sent by the server: may be relative, may be signed */
  const char *retry_after;  /* (nullable) */
  const char *content_type; /* (nullable) */
  const char *content_encoding; /* (nullable) */
  const char *content_range;    /* (nullable) */
  const char *etag;             /* (nullable) */
  const char *last_modified;    /* (nullable) */
  const char *date;             /* (nullable) */
  gint64 content_length;        /* bytes; -1 = not said */
  const char *body;             /* (nullable) collected bytes, NUL added, may contain NUL */
  gsize body_length;            /* bytes */
  guint64 body_bytes;           /* bytes of body that came, collected or given to the sink */
};

/**
 * HttpDoneFunc: the one completion of a transfer.
 * May send on any client; must not free the client that calls.
 * Thread: the client's context.
 */
typedef void (*HttpDoneFunc) (const HttpResponse *response, gpointer user_data);

/**
 * http_client_new: makes a client and attaches it to @context.
 * @context: (transfer none): the only context it ever runs on.
 * @options: (nullable): NULL = all defaults.
 * Thread: the owner of @context, or any before @context runs. Blocks: no.
 * Errors: HTTP_ERROR_CURL.
 * Returns: (transfer full) (nullable)
 */
HttpClient *http_client_new (GMainContext *context,
                             HttpTraffic kind,
                             const HttpClientOptions *options,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_client_send: sends @request; @callback is called exactly once, after this has returned.
 * @request: (transfer full)
 * @cancellable: (nullable): cancelling aborts the transfer for real; an answer that has already
 *   arrived in the socket is still delivered.
 * Thread: the owner of the client's context. Blocks: no. Errors: through @callback.
 */
void http_client_send (HttpClient *self,
                       HttpRequest *request,
                       GCancellable *cancellable,
                       HttpDoneFunc callback,
                       gpointer user_data);

/**
 * http_client_fail: completes a call that could not even be asked, in the way of all others:
 * later, once, with HTTP_END_TRANSPORT and nothing sent.
 * @message: (transfer none): why.
 * Thread: the owner of the client's context. Blocks: no. Errors: through @callback.
 */
void
http_client_fail (HttpClient *self, const char *message, HttpDoneFunc callback, gpointer user_data);

/**
 * http_client_get_context: where the client lives.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
GMainContext *http_client_get_context (HttpClient *self);

/**
 * http_client_get_in_flight: transfers begun or waiting, not yet completed.
 * Thread: the owner of the client's context. Blocks: no. Errors: none.
 * Returns: their number.
 */
guint http_client_get_in_flight (HttpClient *self);

/**
 * http_client_free: aborts what is in flight, calling back for each (HTTP_END_CANCELLED) before
 * it returns. Those callbacks must not send on this client. Accepts NULL.
 * Thread: the owner of the client's context, not from a callback of the client. Blocks: no.
 * Errors: none.
 */
void http_client_free (HttpClient *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpClient, http_client_free)

G_END_DECLS
