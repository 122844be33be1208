/* SPDX-License-Identifier: MIT */
/*
 * H2Session: one TLS connection of an H2Server, in the thread of its own that the server made for
 * it. Internal to H2Server.
 */
#pragma once

#include <openssl/ssl.h>

#include "tests/unit/adapters/h2-server.h"

G_BEGIN_DECLS

/** H2Reply: a step as it waits in the queue. */
typedef struct
{
  H2Step step;  /* without its body */
  GBytes *body; /* (owned) */
} H2Reply;

/**
 * h2_session_run: serves a connection to its end.
 * @server: whom to ask
 * @ssl: (transfer none): TLS is agreed on
 * @connection: its number
 * Thread: the connection's. Blocks: until its end. Errors: none. Returns: nothing.
 */
void h2_session_run (H2Server *server, SSL *ssl, guint connection);

/**
 * h2_server_take_reply: logs a request and says what it gets.
 * @request: (transfer full)
 * Thread: a connection's. Blocks: no. Errors: none. Returns: (transfer full): h2_reply_free()
 */
H2Reply *h2_server_take_reply (H2Server *self, H2Request *request);

/**
 * h2_server_wait: waits until @fd can be read.
 * @fd: -1 = only for the end
 * Thread: a connection's. Blocks: until then. Errors: none.
 * Returns: FALSE when the server ends
 */
gboolean h2_server_wait (H2Server *self, int fd);

/**
 * h2_reply_free: accepts NULL.
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void h2_reply_free (H2Reply *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (H2Reply, h2_reply_free)

G_END_DECLS
