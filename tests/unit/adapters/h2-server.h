/* SPDX-License-Identifier: MIT */
/*
 * H2Server: an HTTPS server that speaks HTTP/2, and HTTP/1.1 to those who ask for nothing better,
 * and does to each request exactly what a test says. It logs the requests it received completely:
 * the judge of what was sent.
 *
 * Thread model: a thread accepts, and each connection has one of its own with blocking sockets;
 * the test's thread adds steps and reads the log under a lock. Loopback only.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _H2Server H2Server;

/** H2Move: what one completely received request gets. */
typedef enum
{
  H2_ANSWER,       /* status and body; the connection stays */
  H2_GOAWAY,       /* GOAWAY that disowns the request ("send it elsewhere"); older streams go on */
  H2_GOAWAY_LATE,  /* GOAWAY that owns the request, no answer, then end of stream */
  H2_REFUSED,      /* RST_STREAM with REFUSED_STREAM; the connection stays */
  H2_STREAM_RESET, /* RST_STREAM with INTERNAL_ERROR; the connection stays */
  H2_CLOSE,        /* end of stream, with all its streams open */
  H2_RST,          /* reset of the connection, with all its streams open */
  H2_CUT,          /* status and half of the body, then end of stream */
  H2_HANG,         /* nothing until the server is freed; the connection takes more streams */
} H2Move;

/** H2Step: a move and what goes with it. On HTTP/1.1 what there is no frame for ends the stream. */
typedef struct
{
  const char *method; /* (nullable) (static) only requests of this method; NULL = any */
  H2Move move;
  guint status;     /* 0 = 200 */
  const char *body; /* (borrowed) (nullable) NULL = "{}" */
  gsize length;     /* 0 = up to the NUL */
  const char *line; /* (static) (nullable) a header more, on HTTP/1.1 only; ends in "\r\n" */
} H2Step;

/** H2Request: a line of the log. */
typedef struct
{
  char *method;     /* (owned) */
  char *path;       /* (owned) */
  gboolean is_h2;   /* FALSE = HTTP/1.1 */
  guint connection; /* from 1 */
} H2Request;

/**
 * h2_server_new: listens on a free port of 127.0.0.1 with a certificate of its own.
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: (transfer full)
 */
H2Server *h2_server_new (void);

/**
 * h2_server_add: the next request of that method that is not spoken for gets this. Without steps
 * left, requests get the usual answer.
 * Thread: the test. Blocks: no. Errors: none. Returns: nothing.
 */
void h2_server_add (H2Server *self, H2Step step);

/**
 * h2_server_set_usual: what requests get that no step is left for; "200 {}" until then.
 * @body: (array length=length): copied
 * Thread: the test. Blocks: no. Errors: none. Returns: nothing.
 */
void h2_server_set_usual (H2Server *self, const void *body, gsize length);

/**
 * h2_server_get_url: "https://127.0.0.1:PORT".
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *h2_server_get_url (H2Server *self);

/**
 * h2_server_get_ca_path: the file of authorities that its clients have to trust.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *h2_server_get_ca_path (H2Server *self);

/**
 * h2_server_count_requests: received completely so far.
 * @method: (nullable): NULL = of any
 * Thread: any. Blocks: no. Errors: none. Returns: the number.
 */
guint h2_server_count_requests (H2Server *self, const char *method);

/**
 * h2_server_count_connections: on which TLS was agreed on so far.
 * Thread: any. Blocks: no. Errors: none. Returns: the number.
 */
guint h2_server_count_connections (H2Server *self);

/**
 * h2_server_dup_request: a line of the log.
 * @index: from 0; must be there
 * Thread: any. Blocks: no. Errors: a failed assertion. Returns: (transfer full)
 */
H2Request *h2_server_dup_request (H2Server *self, guint index);

/**
 * h2_server_dup_offer: which protocols the client of a connection has offered.
 * @connection: from 1; must be there
 * Thread: any. Blocks: no. Errors: a failed assertion.
 * Returns: (transfer full): such as "h2,http/1.1"
 */
char *h2_server_dup_offer (H2Server *self, guint connection);

/**
 * h2_request_free: accepts NULL.
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void h2_request_free (H2Request *self);

/**
 * h2_server_free: ends all connections and threads. Accepts NULL.
 * Thread: the test. Blocks: until the threads have ended. Errors: none. Returns: nothing.
 */
void h2_server_free (H2Server *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (H2Request, h2_request_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (H2Server, h2_server_free)

G_END_DECLS
