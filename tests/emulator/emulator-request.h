/* SPDX-License-Identifier: MIT */
/*
 * EmulatorRequest: one request that was received completely, as the wires see it, and what they
 * note in it for the log. Belongs to the emulator's one thread.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 seq;            /* 1, 2, 3... in the order of reception */
  guint64 connection;     /* number of the TCP connection */
  gint64 received_us;     /* g_get_monotonic_time() */
  gboolean to_storage;    /* came to the second origin, the stand-in for cloud storage */
  gchar *method;          /* (owned) */
  gchar *path;            /* (owned) unescaped */
  gchar *raw_path;        /* (owned) as it arrived */
  gchar *query;           /* (owned) (nullable) as it arrived */
  gchar *content_type;    /* (owned) (nullable) */
  gchar *user_agent;      /* (owned) (nullable) */
  gchar *api_key;         /* (owned) (nullable) x-goog-api-key; never logged */
  gchar *authorization;   /* (owned) (nullable) Authorization; never logged */
  gchar *user_project;    /* (owned) (nullable) x-goog-user-project */
  gchar *metadata_flavor; /* (owned) (nullable) Metadata-Flavor */
  gchar *range;           /* (owned) (nullable) */
  gchar *if_range;        /* (owned) (nullable) */
  GBytes *body;           /* (owned) */
  json_object *json;      /* (owned) (nullable) the body, when it is strict JSON */

  const gchar *wire; /* for the log; a constant */
  const gchar *kind; /* set by the wire for the log; a constant */
  gchar *model;      /* (owned) (nullable) set by the wire for the log */
  gchar *operation;  /* (owned) (nullable) set by the wire for the log: name, made or asked for */
  gchar *prompt;     /* (owned) (nullable) set by the wire for the log: of a submit */
  guint token;       /* set by the wire for the log: number of the access token; 0 = none of ours */
} EmulatorRequest;

/**
 * emulator_request_free:
 * @self: (nullable) (transfer full): a request
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_request_free (EmulatorRequest *self);

/**
 * emulator_request_dup_parameter:
 * @self: a request
 * @name: of a parameter
 *
 * Reads a parameter of the query.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): its value, decoded; NULL when there is none
 */
gchar *emulator_request_dup_parameter (const EmulatorRequest *self, const gchar *name);

/**
 * emulator_request_has_parameter:
 * @self: a request
 * @name: of a parameter
 * @value: (nullable): NULL = any
 *
 * Has the query this parameter, with this value if one is given?
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when it has
 */
gboolean
emulator_request_has_parameter (const EmulatorRequest *self, const gchar *name, const gchar *value);

/**
 * emulator_request_build_url:
 * @self: a request
 * @origin: such as http://127.0.0.1:1234
 *
 * Gives the URL of the same resource on an origin.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): the URL, with the query
 */
gchar *emulator_request_build_url (const EmulatorRequest *self, const gchar *origin);

/**
 * emulator_request_is:
 * @self: a request
 * @method: GET, POST...
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when that is its method
 */
gboolean emulator_request_is (const EmulatorRequest *self, const gchar *method);

/**
 * emulator_request_says_json:
 * @self: a request
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when its Content-Type is application/json
 */
gboolean emulator_request_says_json (const EmulatorRequest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorRequest, emulator_request_free)

G_END_DECLS
