/* SPDX-License-Identifier: MIT */
/*
 * What a connection that did not come about means for people: libcurl and OpenSSL speak to
 * developers.
 */
#pragma once

#include <curl/curl.h>
#include <glib.h>

G_BEGIN_DECLS

/** TransportFailure: what libcurl knows of a failure. */
typedef struct
{
  CURLcode code;
  long verify_result; /* CURLINFO_SSL_VERIFYRESULT: an X509_V_ERR_... of OpenSSL */
  long proxy_status;  /* CURLINFO_HTTP_CONNECTCODE; 0 = no proxy or no answer */
  const char *text;   /* libcurl's message */
  const char *place;  /* "host:port" that was asked */
  const char *proxy;  /* (nullable) "host:port" of the proxy on the way */
} TransportFailure;

/**
 * transport_words_explain: says what happened and which setting may be meant; where there is
 * nothing to add, libcurl's message.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full): never NULL
 */
char *transport_words_explain (const TransportFailure *failure);

G_END_DECLS
