/* SPDX-License-Identifier: MIT */
/*
 * HttpNetwork: how the requests of a run reach the network: whom they trust, and which proxy they
 * go through. Only what was configured counts, never the variables that libcurl reads by itself.
 */
#pragma once

#include <curl/curl.h>
#include <glib.h>

G_BEGIN_DECLS

/** HttpNetwork: const after new, counted references. */
typedef struct
{
  char *ca_file;    /* (owned) (nullable) PEM; NULL = the system's authorities */
  char *proxy;      /* (owned) (nullable) URL with its port; may hold a password: a secret */
  char *proxy_name; /* (owned) (nullable) "host:port" of it, for people */
  char *no_proxy;   /* (owned) hosts that are reached without the proxy, joined by commas */
} HttpNetwork;

/**
 * http_network_new: checks what people configured.
 * @ca_file: (nullable): a PEM file, read when a connection is made; one that cannot be read then
 *   ends the request before it leaves. NULL = the system's.
 * @proxy: (nullable): [SCHEME://][USER:PASSWORD@]HOST[:PORT]; SCHEME is http (if none), https or
 *   socks5h; NULL or empty = none. Plain http, which is for this machine, never goes through it.
 * @no_proxy: (nullable): hosts, joined by commas; "*" = all
 * Source of the ports where none is given: RFC 9110 4.2 (80, 443), RFC 1928 (1080).
 * Thread: any. Blocks: no.
 * Errors: HTTP_ERROR_URL: the proxy; the message repeats nothing of it.
 * Returns: (transfer full) (nullable)
 */
HttpNetwork *http_network_new (const char *ca_file,
                               const char *proxy,
                               const char *no_proxy,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * http_network_ref: accepts NULL, which stands for the system's authorities and no proxy.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full) (nullable): @self
 */
HttpNetwork *http_network_ref (const HttpNetwork *self);

/** http_network_unref: accepts NULL; wipes the proxy. Thread: any. Blocks: no. Errors: none. */
void http_network_unref (HttpNetwork *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpNetwork, http_network_unref)

G_END_DECLS
