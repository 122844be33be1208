/* SPDX-License-Identifier: MIT */
/*
 * IdleConnections: closes kept-alive connections whose peer has gone.
 *
 * libsoup 3.2.3 does not: when the end of the stream, or a reset, comes while no request is under
 * way, it stops watching the socket and never closes it (measured: one descriptor for each client
 * that closes after its answer). A service for thousands of short runs would soon accept nobody.
 */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

typedef struct _IdleConnections IdleConnections;

/**
 * idle_connections_new: looks after the connections of some servers.
 *
 * Thread: the main context's. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
IdleConnections *idle_connections_new (void);

/**
 * idle_connections_watch:
 * @server: (transfer none): outlives @self, or is disposed of first
 *
 * Looks after the connections of @server, too.
 *
 * Thread: the main context's. Blocks: no. Errors: none.
 * Returns: nothing
 */
void idle_connections_watch (IdleConnections *self, SoupServer *server);

/**
 * idle_connections_free:
 * @self: (nullable) (transfer full): no server that it watches may emit signals any more
 *
 * Forgets all connections; closes none.
 *
 * Thread: the main context's. Blocks: no. Errors: none.
 * Returns: nothing
 */
void idle_connections_free (IdleConnections *self);

G_END_DECLS
