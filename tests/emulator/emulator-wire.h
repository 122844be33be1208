/* SPDX-License-Identifier: MIT */
/*
 * EmulatorWire: one wire protocol that the emulator speaks, and the request as it sees it.
 *
 * A wire is a table of functions and an object of its own; the server asks each wire in turn
 * whether a request is addressed to it. A further service is a further file with a further table. A
 * wire says *what* is answered, never *how* bytes travel.
 *
 * Thread model: everything runs on the emulator's one thread, nothing blocks.
 */
#pragma once

#include "tests/emulator/emulator-answer.h"

G_BEGIN_DECLS

/** EmulatorRequest: one request that was received completely. */
typedef struct
{
  guint64 seq;              /* 1, 2, 3... in the order of reception */
  guint64 connection;       /* number of the TCP connection */
  gint64 received_us;       /* g_get_monotonic_time() */
  gboolean to_storage;      /* came to the second origin, the stand-in for cloud storage */
  gchar *method;            /* (owned) */
  gchar *path;              /* (owned) unescaped */
  gchar *query;             /* (owned) (nullable) as it arrived */
  gchar *content_type;      /* (owned) (nullable) */
  gchar *user_agent;        /* (owned) (nullable) */
  gchar *api_key;           /* (owned) (nullable) x-goog-api-key; never logged */
  gboolean has_auth_header; /* an Authorization header came along */
  gchar *range;             /* (owned) (nullable) */
  gchar *if_range;          /* (owned) (nullable) */
  GBytes *body;             /* (owned) */
  json_object *json;        /* (owned) (nullable) the body, when it is strict JSON */

  const gchar *kind; /* set by the wire for the log; a constant */
  gchar *model;      /* (owned) (nullable) set by the wire for the log */
  gchar *operation;  /* (owned) (nullable) set by the wire for the log: name, made or asked for */
} EmulatorRequest;

/** EmulatorOrigins: where the emulator can be reached. Constant once it listens. */
typedef struct
{
  gchar *api_url;     /* (owned) http://127.0.0.1:PORT */
  gchar *storage_url; /* (owned) the same on another port, which is another origin */
} EmulatorOrigins;

typedef struct
{
  const gchar *name;
  gpointer service; /* (borrowed) first argument of the functions */

  /* Is this request addressed to this wire? Looks at the path only. */
  gboolean (*claims) (gpointer service, const EmulatorRequest *request);

  /* Serves it: sets kind, model and operation, returns (transfer full) the answer. */
  EmulatorAnswer *(*serve) (gpointer service, EmulatorRequest *request);
} EmulatorWire;

G_END_DECLS
