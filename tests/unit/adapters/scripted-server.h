/* SPDX-License-Identifier: MIT */
/*
 * ScriptedServer: an HTTP/1.1 server that does to a connection exactly what a test says, down to
 * the byte and the RST. It logs the requests it received completely: the judge of what was sent.
 *
 * Thread model: a thread accepts, and each connection has one of its own with blocking sockets;
 * the test's thread adds steps and reads the log under a lock. Loopback only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ScriptedServer ScriptedServer;

/** ScriptedEnd: what happens to the connection after the answer. */
typedef enum
{
  SCRIPTED_KEEP,       /* the next request is read */
  SCRIPTED_CLOSE,      /* FIN */
  SCRIPTED_RESET,      /* RST */
  SCRIPTED_HALF_CLOSE, /* FIN of our side; the other side stays open until the server is freed */
  SCRIPTED_HANG,       /* nothing more until the server is freed */
} ScriptedEnd;

/** ScriptedStep: what one completely received request gets. */
typedef struct
{
  const char *answer; /* (borrowed) (nullable) bytes as they go out */
  gsize length;       /* 0 = up to the NUL */
  ScriptedEnd end;
  const char *method; /* (nullable) (static) only requests of this method; NULL = any */
  gboolean at_head;   /* of a request with a body: given before that, which never comes then */
  guint drip_ms;      /* > 0: one byte at a time, this far apart, for ever over again */
  guint slow_ms;      /* > 0: its body is read in pieces of slow_bytes, this far apart */
  gsize slow_bytes;   /* 64 KiB at most */
  guint tunnel_port;  /* > 0: then bytes go to and from this port of 127.0.0.1, as a proxy does */
} ScriptedStep;

/**
 * scripted_server_new: listens on a free port of 127.0.0.1.
 * Thread: the test. Blocks: no. Errors: a failed assertion. Returns: (transfer full)
 */
ScriptedServer *scripted_server_new (void);

/**
 * scripted_server_add: the next unspoken-for request of that method gets this. Without steps left,
 * requests get "200 {}".
 * Thread: the test. Blocks: no. Errors: none.
 */
void scripted_server_add (ScriptedServer *self, ScriptedStep step);

/**
 * scripted_server_add_answer: a whole answer with Content-Length; the connection is kept.
 * @headers: (nullable): lines that end in "\r\n".
 * @body: (nullable)
 * Thread: the test. Blocks: no. Errors: none.
 */
void scripted_server_add_answer (ScriptedServer *self,
                                 guint status,
                                 const char *headers,
                                 const char *body);

/**
 * scripted_server_add_bytes: as scripted_server_add_answer(), status 200, binary body.
 * Thread: the test. Blocks: no. Errors: none.
 */
void scripted_server_add_bytes (ScriptedServer *self, const void *body, gsize length);

/**
 * scripted_server_get_port: on 127.0.0.1.
 * Thread: any. Blocks: no. Errors: none.
 */
guint scripted_server_get_port (ScriptedServer *self);

/**
 * scripted_server_get_url: "http://127.0.0.1:PORT".
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *scripted_server_get_url (ScriptedServer *self);

/**
 * scripted_server_count_requests: received completely so far.
 * Thread: any. Blocks: no. Errors: none.
 */
guint scripted_server_count_requests (ScriptedServer *self);

/**
 * scripted_server_count_method: those of one method, received completely so far.
 * @method: such as "POST"
 * Thread: any. Blocks: no. Errors: none.
 */
guint scripted_server_count_method (ScriptedServer *self, const char *method);

/**
 * scripted_server_count_connections: accepted so far.
 * Thread: any. Blocks: no. Errors: none.
 */
guint scripted_server_count_connections (ScriptedServer *self);

/**
 * scripted_server_dup_request: head and body of a request as received.
 * @index: from 0; must be there.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *scripted_server_dup_request (ScriptedServer *self, guint index);

/**
 * scripted_server_free: ends all connections and threads. Accepts NULL.
 * Thread: the test. Blocks: until the threads have ended. Errors: none.
 */
void scripted_server_free (ScriptedServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScriptedServer, scripted_server_free)

G_END_DECLS
