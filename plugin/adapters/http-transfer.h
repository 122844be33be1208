/* SPDX-License-Identifier: MIT */
/*
 * HttpTransfer: one request on its way, as libcurl's callbacks recorded it. Internal to
 * HttpClient, which decides when it begins and ends.
 */
#pragma once

#include "plugin/adapters/http-client.h"

G_BEGIN_DECLS

typedef struct
{
  HttpTraffic kind;
  HttpClientOptions limits;   /* no zeros */
  HttpRequest *request;       /* (owned) */
  CURL *easy;                 /* (owned) (nullable) until begun */
  struct curl_slist *headers; /* (owned) (nullable) what is really sent */
  char error_text[CURL_ERROR_SIZE];

  guint sent;          /* PREREQ calls: attempts to let the request leave */
  gboolean giving_up;  /* nothing may leave any more */
  long line_status;    /* of the header block being read; 0 = none yet */
  gboolean has_header; /* the header block of the final answer is complete */
  gboolean too_big;
  gboolean sink_refused;
  GString *body;         /* (owned) collected */
  gint64 started_us;     /* monotonic */
  gint64 last_byte_us;   /* monotonic */
  gint64 last_upload_us; /* monotonic: started_us if nothing went up */
  gint64 pace_since_us;  /* monotonic: beginning of the present window; 0 = no body is expected */
  gsize pace_bytes;      /* of body in it, in the direction it goes */
  curl_off_t uploaded;   /* bytes of body, when last looked at */
  HttpResponse response; /* its strings belong to the transfer */

  HttpClient *client;     /* (borrowed) */
  GSource *cancel_source; /* (owned) (nullable) */
  HttpDoneFunc callback;
  gpointer user_data; /* (borrowed) */
  GQueue *queue;      /* (borrowed) (nullable) the client's queue it is in */
  GList link;         /* membership of `queue` */
} HttpTransfer;

/**
 * http_transfer_new: not begun yet.
 * @request: (transfer full)
 * @limits: every member set.
 * Thread: the client's context. Blocks: no. Errors: none. Returns: (transfer full)
 */
HttpTransfer *
http_transfer_new (HttpTraffic kind, const HttpClientOptions *limits, HttpRequest *request);

/**
 * http_transfer_prepare: makes the easy handle with all its options and starts the clocks.
 * Thread: the client's context. Blocks: no. Errors: HTTP_ERROR_CURL: the first option refused.
 * Returns: TRUE when it can be begun.
 */
gboolean http_transfer_prepare (HttpTransfer *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_transfer_get_deadline: when silence or length end it, unless bytes come.
 * Thread: the client's context. Blocks: no. Errors: none.
 * Returns: microseconds of g_get_monotonic_time().
 */
gint64 http_transfer_get_deadline (const HttpTransfer *self);

/**
 * http_transfer_get_lateness: what has not come in time.
 * Thread: the client's context. Blocks: no. Errors: none.
 * Returns: (transfer none): a line for people.
 */
const char *http_transfer_get_lateness (const HttpTransfer *self);

/**
 * http_transfer_note_upload: counts bytes that left since the last look as a sign of life.
 * Thread: the client's context. Blocks: no. Errors: none.
 */
void http_transfer_note_upload (HttpTransfer *self, gint64 now_us);

/**
 * http_transfer_end: fills in the response. The easy handle must have been removed from its
 * multi handle; it is freed.
 * @end: as the client sees it; HTTP_END_ANSWERED is corrected by what was recorded.
 * @message: (nullable): replaces libcurl's.
 * Thread: the client's context. Blocks: no. Errors: none.
 */
void http_transfer_end (HttpTransfer *self, HttpEnd end, CURLcode code, const char *message);

/**
 * http_transfer_free: accepts NULL.
 * Thread: the client's context. Blocks: no. Errors: none.
 */
void http_transfer_free (HttpTransfer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpTransfer, http_transfer_free)

G_END_DECLS
