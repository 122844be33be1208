/* SPDX-License-Identifier: MIT */
/*
 * EmulatorServer listens on 127.0.0.1, turns what libsoup received into EmulatorRequests, asks the
 * wires, writes the log, and hands the answers to the sender. It has two origins: the API, and a
 * second port which stands in for cloud storage.
 */
#pragma once

#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/request-log.h"

G_BEGIN_DECLS

#define EMULATOR_SERVER_BACKLOG 4096

typedef struct _EmulatorServer EmulatorServer;

/**
 * emulator_server_new:
 * @log: (transfer none): outlives the server
 *
 * Thread: any, which is its owner then. Blocks: no. Errors: none.
 * Returns: (transfer full): a server that does not listen yet
 */
EmulatorServer *emulator_server_new (EmulatorLog *log);

/**
 * emulator_server_add_wire:
 * @self: a server
 * @wire: its service outlives the server
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_server_add_wire (EmulatorServer *self, EmulatorWire wire);

/**
 * emulator_server_listen:
 * @self: a server
 * @port: TCP port of the API; 0 = a free one
 * @ret_origins: (out caller-allocates): filled; its strings belong to the caller
 * @error: return location
 *
 * Begins to listen on loopback with a backlog of EMULATOR_SERVER_BACKLOG (the kernel may cut it to
 * net.core.somaxconn).
 *
 * Thread: owner, with the default main context. Blocks: no. Errors: those of GSocket.
 * Returns: TRUE when both origins listen
 */
gboolean emulator_server_listen (EmulatorServer *self,
                                 guint16 port,
                                 EmulatorOrigins *ret_origins,
                                 GError **error);

/**
 * emulator_server_free:
 * @self: (nullable) (transfer full): a server
 *
 * Closes every connection, answered or not.
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_server_free (EmulatorServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorServer, emulator_server_free)

G_END_DECLS
