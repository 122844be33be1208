/* SPDX-License-Identifier: MIT */
/*
 * What the emulator's own tests share: HTTP over a bare socket, so that a test sees every byte and
 * how the connection ended. Everything asserts; nothing here is for other tests (those use
 * emulator-client.h and a real client).
 */
#pragma once

#include "tests/emulator/emulator-client.h"

G_BEGIN_DECLS

#define EMULATOR_TEST_MODEL "veo-3.1-fast-generate-preview"
#define EMULATOR_TEST_DEADLINE_MS 30000u

/** ExchangeEnd: how the peer ended the connection. */
typedef enum
{
  EXCHANGE_CLOSED,
  EXCHANGE_RESET,
  EXCHANGE_OPEN, /* nothing more within the time given */
} ExchangeEnd;

typedef struct
{
  guint status;      /* 0 = no status line arrived */
  gchar *head;       /* (owned) header as it arrived, "" when incomplete */
  gchar *body;       /* (owned) NUL-terminated */
  gsize body_bytes;  /* its length without the NUL */
  gsize total_bytes; /* everything that arrived */
  ExchangeEnd end;
  gint64 took_us; /* from the last byte sent to the end */
} Exchange;

/**
 * exchange_free:
 * @self: (nullable) (transfer full): an exchange
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: nothing
 */
void exchange_free (Exchange *self);

/**
 * emulator_test_start:
 * @scenario: (nullable): text of a scenario
 * @option: (nullable): one more option
 * @value: (nullable): its value
 *
 * Starts an emulator whose clips are synthetic unless @scenario says otherwise and whose generation
 * takes no time.
 *
 * Thread: any. Blocks: until it listens. Errors: asserted.
 * Returns: (transfer full): the emulator
 */
EmulatorClient *
emulator_test_start (const gchar *scenario, const gchar *option, const gchar *value);

/**
 * emulator_test_connect:
 * @port: TCP port on loopback
 *
 * Thread: any. Blocks: until connected. Errors: asserted.
 * Returns: a socket
 */
int emulator_test_connect (guint16 port);

/**
 * emulator_test_exchange:
 * @port: TCP port on loopback
 * @request: header and body as they are to be sent
 * @patience_ms: how long to wait for more bytes
 *
 * Sends a request on a connection of its own and reads until the peer ends it.
 *
 * Thread: any. Blocks: until the end. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *emulator_test_exchange (guint16 port, const gchar *request, guint patience_ms);

/**
 * emulator_test_get:
 * @emulator: an emulator
 * @path: path and query
 * @headers: (nullable): more header lines, each with its CR LF
 *
 * Asks with a key.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *emulator_test_get (EmulatorClient *emulator, const gchar *path, const gchar *headers);

/**
 * emulator_test_request:
 * @emulator: an emulator
 * @line: method and path, "POST /v1/..."
 * @headers: (nullable): header lines, each with its CR LF; no key is added
 * @body: (nullable): content, its length is added
 *
 * Asks on a connection of its own, for any wire.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *emulator_test_request (EmulatorClient *emulator,
                                 const gchar *line,
                                 const gchar *headers,
                                 const gchar *body);

/**
 * emulator_test_parse:
 * @exchange: an answer
 *
 * Thread: any. Blocks: no. Errors: asserted.
 * Returns: (transfer full): its body, a JSON object; json_object_put()
 */
json_object *emulator_test_parse (const Exchange *exchange);

/**
 * emulator_test_fetch_token:
 * @emulator: an emulator
 *
 * Takes an access token from the metadata server.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): the token
 */
gchar *emulator_test_fetch_token (EmulatorClient *emulator);

/**
 * emulator_test_submit_body:
 * @emulator: an emulator
 * @model: bare model id
 * @body: JSON, or something else
 *
 * Posts a body with a key.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *
emulator_test_submit_body (EmulatorClient *emulator, const gchar *model, const gchar *body);

/**
 * emulator_test_submit:
 * @emulator: an emulator
 * @prompt: goes into the JSON as it is
 *
 * Posts the smallest good request.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): what happened
 */
Exchange *emulator_test_submit (EmulatorClient *emulator, const gchar *prompt);

/**
 * emulator_test_accept:
 * @emulator: an emulator
 * @prompt: goes into the JSON as it is
 *
 * Submits a prompt that must be accepted.
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): path of its operation, /v1beta/models/...
 */
gchar *emulator_test_accept (EmulatorClient *emulator, const gchar *prompt);

/**
 * emulator_test_poll:
 * @emulator: an emulator
 * @operation_path: of emulator_test_accept()
 *
 * Polls until the operation is done, which must be within EMULATOR_TEST_DEADLINE_MS.
 *
 * Thread: any. Blocks: until then. Errors: asserted.
 * Returns: (transfer full): the parsed last answer; json_object_put()
 */
json_object *emulator_test_poll (EmulatorClient *emulator, const gchar *operation_path);

/**
 * emulator_test_make_clip:
 * @emulator: an emulator
 * @prompt: goes into the JSON as it is
 *
 * Submits and polls to success.
 *
 * Thread: any. Blocks: until then. Errors: asserted.
 * Returns: (transfer full): path and query of the clip's download
 */
gchar *emulator_test_make_clip (EmulatorClient *emulator, const gchar *prompt);

/**
 * emulator_test_follow:
 * @emulator: an emulator
 * @path: path and query of a download that answers with a redirect to the same origin
 * @headers: (nullable): more header lines of both requests
 *
 * Thread: any. Blocks: until answered. Errors: asserted.
 * Returns: (transfer full): the second answer
 */
Exchange *emulator_test_follow (EmulatorClient *emulator, const gchar *path, const gchar *headers);

/**
 * emulator_test_header:
 * @exchange: an answer
 * @name: header
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): its value
 */
gchar *emulator_test_header (const Exchange *exchange, const gchar *name);

/**
 * emulator_test_message:
 * @exchange: an answer with an error envelope
 *
 * Checks that envelope and status agree.
 *
 * Thread: any. Blocks: no. Errors: asserted.
 * Returns: (transfer full): error.message
 */
gchar *emulator_test_message (const Exchange *exchange);

/**
 * emulator_test_check_answer:
 * @answer: an exchange that ended
 * @status: the HTTP status it must have
 * @text: (nullable): the message its error must have; NULL = it is not looked at
 *
 * Thread: the test's. Blocks: no. Errors: a failed assertion. Returns: nothing
 */
void emulator_test_check_answer (const Exchange *answer, guint status, const gchar *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Exchange, exchange_free)

G_END_DECLS
