/* SPDX-License-Identifier: MIT */
/*
 * HttpRequest: one request, checked before anything is connected. URLs live in CURLU handles from
 * the first parse to the wire, because two parsers that disagree on a host leak keys.
 */
#pragma once

#include <curl/curl.h>
#include <gio/gio.h>

#include "plugin/adapters/http-network.h"

G_BEGIN_DECLS

/** HttpError: why a request was not even built or a client not made. */
typedef enum
{
  HTTP_ERROR_URL,    /* not a URL, or one that may not be asked */
  HTTP_ERROR_HEADER, /* a header that would split the request */
  HTTP_ERROR_CURL,   /* libcurl refused an option or has no memory */
} HttpError;

#define HTTP_ERROR (http_error_quark ())
GQuark http_error_quark (void);

/**
 * HttpSinkFunc: takes a piece of the body of a 2xx answer.
 * @data: (array length=length): borrowed during the call.
 * Thread: the client's context. Must not call back into the client.
 * Returns: FALSE to end the transfer; the answer then says HTTP_END_SINK_REFUSED.
 */
typedef gboolean (*HttpSinkFunc) (const guint8 *data, gsize length, gpointer user_data);

/** HttpResponse: what came. Defined with HttpClient, which fills it in. */
typedef struct _HttpResponse HttpResponse;

/**
 * HttpHeadFunc: looks at an answer whose header is complete and whose body is yet to come. No
 * length is known then.
 * Thread: the client's context. Must not call back into the client.
 * Returns: FALSE to end the transfer; the answer then says HTTP_END_SINK_REFUSED.
 */
typedef gboolean (*HttpHeadFunc) (const HttpResponse *head, gpointer user_data);

typedef struct
{
  const char *method;         /* (const after new) "GET" or "POST" */
  CURLU *url;                 /* (owned) */
  gboolean direct;            /* (const after new) plain http allowed, no proxy */
  struct curl_slist *headers; /* (owned) (nullable) */
  GBytes *body;               /* (owned) (nullable) */
  HttpNetwork *network;       /* (owned) (nullable) NULL = system's authorities, no proxy */
  HttpSinkFunc sink;          /* (nullable) NULL = the body is collected */
  HttpHeadFunc head;          /* (nullable) */
  gpointer sink_data;         /* (borrowed) of both */
  guint64 resume_bytes;       /* bytes that are here already; 0 = all are asked for */
} HttpRequest;

/**
 * http_url_parse: parses and normalises an absolute URL with libcurl's own parser.
 * @text: (transfer none): the URL.
 * @base: (nullable): a URL that @text may be relative to; it is not changed.
 * Only https is taken, and http where the host is this machine's loopback. User names, passwords
 * and fragments are refused.
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_URL.
 * Returns: (transfer full) (nullable): to be freed with curl_url_cleanup().
 */
CURLU *http_url_parse (const char *text, CURLU *base, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_url_is_loopback: is the host 127.0.0.0/8, ::1 or localhost?
 * Thread: any. Blocks: no. Errors: none, FALSE when in doubt.
 * Returns: TRUE if it surely is.
 */
gboolean http_url_is_loopback (CURLU *url);

/**
 * http_url_same_origin: are scheme, host and port equal?
 * Thread: any. Blocks: no. Errors: none, FALSE when in doubt.
 * Returns: TRUE if they surely are.
 */
gboolean http_url_same_origin (CURLU *one, CURLU *other);

/**
 * http_url_dup_authority: "host:port" for messages, with the port of the scheme if none is given.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): never NULL.
 */
char *http_url_dup_authority (CURLU *url);

/**
 * http_url_to_string: for messages; without the query, which may be signed.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): never NULL.
 */
char *http_url_to_string (CURLU *url);

/**
 * http_request_new: a request without headers and body.
 * @method: a static string, "GET" or "POST".
 * @url: (transfer none): copied.
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_URL, as http_url_parse(); HTTP_ERROR_CURL.
 * Returns: (transfer full) (nullable)
 */
HttpRequest *
http_request_new (const char *method, CURLU *url, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_request_new_metadata: a GET to the metadata server of a machine of Google's, which speaks
 * plain http and is asked without a proxy.
 * @host: "host" or "host:port": metadata.google.internal, or an address of loopback or link-local
 *   kind. Any other would get the tokens of this machine asked for in plain text.
 * @path: begins with '/', may have a query.
 * Source: https://cloud.google.com/compute/docs/metadata/querying-metadata
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_URL, HTTP_ERROR_CURL.
 * Returns: (transfer full) (nullable)
 */
HttpRequest *http_request_new_metadata (const char *host,
                                        const char *path,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_request_add_header: adds one header.
 * @value: may be a secret; it appears in no message. A control character is refused: a newline
 *   would split the request.
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_HEADER, HTTP_ERROR_CURL.
 * Returns: TRUE when it was added.
 */
gboolean http_request_add_header (HttpRequest *self,
                                  const char *name,
                                  const char *value,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_request_is_header_value: is it free of control characters?
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it is.
 */
gboolean http_request_is_header_value (const char *value);

/**
 * http_request_set_body: what a POST sends.
 * @body: (transfer none)
 * Thread: any. Blocks: no. Errors: none.
 */
void http_request_set_body (HttpRequest *self, GBytes *body);

/**
 * http_request_set_network: whom to trust and which proxy to go through.
 * @network: (transfer none) (nullable): NULL = the system's authorities, no proxy.
 * Thread: any. Blocks: no. Errors: none.
 */
void http_request_set_network (HttpRequest *self, const HttpNetwork *network);

/**
 * http_request_set_sink: gives the body of a 2xx answer to @sink instead of collecting it.
 * @sink_data: (borrowed) until the answer.
 * Thread: any. Blocks: no. Errors: none.
 */
void http_request_set_sink (HttpRequest *self, HttpSinkFunc sink, gpointer sink_data);

/**
 * http_request_set_head: lets @head see the answer before its body.
 * It is given the sink's data: to be called with http_request_set_sink().
 * Thread: any. Blocks: no. Errors: none.
 */
void http_request_set_head (HttpRequest *self, HttpHeadFunc head);

/**
 * http_request_set_resume: asks for what follows the first @bytes, under the condition that it is
 * still the same. Whether the answer fits is the caller's to see (its HttpHeadFunc). One that is
 * neither 206 nor 416 comes without its body.
 * @validator: what If-Range is to say: a strong ETag or a date
 * Source: RFC 9110 sections 13.1.5 and 14.2.
 * Thread: any. Blocks: no. Errors: HTTP_ERROR_HEADER, HTTP_ERROR_CURL.
 * Returns: TRUE when it will be asked so.
 */
gboolean http_request_set_resume (HttpRequest *self,
                                  guint64 bytes,
                                  const char *validator,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_request_free: accepts NULL.
 * Thread: any. Blocks: no. Errors: none.
 */
void http_request_free (HttpRequest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpRequest, http_request_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)

G_END_DECLS
