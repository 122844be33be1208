/* SPDX-License-Identifier: MIT */
/*
 * EmulatorClient starts a veo3_emulator for a C test, waits until it listens, and reads its request
 * log, which is the judge of what really reached the "service". Link with emulator_testlib_dep and
 * say `depends: veo3_emulator` in test(), so that the program is built first.
 *
 * Thread model: an EmulatorClient belongs to the thread that made it. No function needs or iterates
 * the caller's GMainContext. The emulator ends with its client even if the test is aborted: it
 * watches the pipe that is its standard input.
 *
 * Typical test:
 *   const gchar *options[] = { "--generation-time", "200ms", NULL };
 *   g_autoptr (EmulatorClient) emulator = emulator_client_start (options, NULL, &error);
 *   g_assert_no_error (error);
 *   ... use emulator_client_get_base_url (emulator) ...
 *   g_assert_cmpuint (emulator_client_count (emulator, "submit", NULL), ==, 1);
 *   g_assert_true (emulator_client_stop (emulator, &error));
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

#define EMULATOR_CLIENT_START_DEADLINE_MS 20000
#define EMULATOR_CLIENT_STOP_DEADLINE_MS 10000

typedef struct _EmulatorClient EmulatorClient;

/**
 * emulator_client_start:
 * @options: (nullable) (array zero-terminated=1): further arguments, for example
 *   { "--generation-time", "300ms", "--api-key", "k", NULL }; --log, --ready-file and
 *   --until-stdin-closes are given by this function and must not be in it
 * @scenario: (nullable): text of a scenario file (see veo3_emulator --help)
 * @error: return location
 *
 * Starts an emulator on a free port with a folder of its own and waits until it listens.
 *
 * Thread: any. Blocks: until the emulator listens, at most EMULATOR_CLIENT_START_DEADLINE_MS.
 * Errors: G_IO_ERROR_TIMED_OUT; G_IO_ERROR_FAILED with the emulator's own words when it refuses its
 * options or scenario; those of GSubprocess and of the file functions.
 * Returns: (transfer full): the running emulator, or NULL
 */
EmulatorClient *emulator_client_start (const gchar *const *options,
                                       const gchar *scenario,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_client_get_base_url:
 * @self: an emulator
 *
 * Says where the API is, for example "http://127.0.0.1:40123", without a slash at the end.
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none): the API origin
 */
const gchar *emulator_client_get_base_url (EmulatorClient *self);

/**
 * emulator_client_get_port:
 * @self: an emulator
 *
 * Says the port of the API origin, for tests that speak through raw sockets.
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: the TCP port on 127.0.0.1
 */
guint16 emulator_client_get_port (EmulatorClient *self);

/**
 * emulator_client_get_folder:
 * @self: an emulator
 *
 * Says the private folder of this emulator (log, scenario); removed by emulator_client_free().
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none): absolute path
 */
const gchar *emulator_client_get_folder (EmulatorClient *self);

/**
 * emulator_client_get_log_path:
 * @self: an emulator
 *
 * Says where the JSON-lines request log is. Before free it may be copied away.
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none): absolute path; the file exists as long as @self
 */
const gchar *emulator_client_get_log_path (EmulatorClient *self);

/**
 * emulator_client_read_log:
 * @self: an emulator, running or stopped
 * @error: return location
 *
 * Reads and parses the whole log. One object per request which was received completely, in the
 * order of reception, written before its answer was sent: whoever has an answer finds its request
 * here. Members: see emulator-log in veo3_emulator --help.
 *
 * Thread: owner. Blocks: on a local file. Errors: those of g_file_get_contents();
 * G_IO_ERROR_INVALID_DATA for a line that is no JSON object (a bug of the emulator).
 * Returns: (transfer full) (element-type json_object): the entries, or NULL
 */
GPtrArray *emulator_client_read_log (EmulatorClient *self,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_client_count:
 * @self: an emulator, running or stopped
 * @kind: (nullable): one of the kinds of request-log.h, for example "submit"; NULL: all
 * @substring: (nullable): only log lines that contain this text, for example a prompt's words
 *
 * Counts requests in the log. A log that cannot be read is a failed assertion.
 *
 * Thread: owner. Blocks: on a local file. Errors: none.
 * Returns: the number of matching requests
 */
guint emulator_client_count (EmulatorClient *self, const gchar *kind, const gchar *substring);

/**
 * emulator_client_wait_for_requests:
 * @self: a running emulator
 * @kind: (nullable): as for emulator_client_count()
 * @count: how many requests at least
 * @timeout_ms: deadline from now, in milliseconds
 * @error: return location
 *
 * Waits until the log holds @count requests of @kind. Meant for tests whose client runs in another
 * thread or process; a test with a main loop should wait for its client's own events.
 *
 * Thread: owner. Blocks: until then, at most @timeout_ms. Errors: G_IO_ERROR_TIMED_OUT with the
 * numbers; those of emulator_client_read_log().
 * Returns: TRUE when they are there
 */
gboolean emulator_client_wait_for_requests (EmulatorClient *self,
                                            const gchar *kind,
                                            guint count,
                                            guint timeout_ms,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_client_stop:
 * @self: an emulator; one that is stopped already is left alone
 * @error: return location
 *
 * Ends the emulator with SIGTERM and insists on exit status 0. The log stays readable.
 *
 * Thread: owner. Blocks: at most EMULATOR_CLIENT_STOP_DEADLINE_MS. Errors: G_IO_ERROR_TIMED_OUT
 * (it was killed then); G_IO_ERROR_FAILED for another exit status.
 * Returns: TRUE when it ended cleanly
 */
gboolean emulator_client_stop (EmulatorClient *self, GError **error);

/**
 * emulator_client_free:
 * @self: (nullable) (transfer full): an emulator
 *
 * Stops it if it runs, and removes its folder.
 *
 * Thread: owner. Blocks: as emulator_client_stop(). Errors: none; a failed stop is a warning.
 * Returns: nothing
 */
void emulator_client_free (EmulatorClient *self);

/**
 * emulator_log_string:
 * @entry: (transfer none): one entry of emulator_client_read_log()
 * @member: name of a member, or a path such as "headers/user-agent" or
 *   "body/instances/0/prompt"
 *
 * Reads one string of a log entry.
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the string, owned by @entry; NULL when absent or null
 */
const gchar *emulator_log_string (json_object *entry, const gchar *member);

/**
 * emulator_log_int:
 * @entry: (transfer none): one entry of emulator_client_read_log()
 * @member: name of a member, or a path
 *
 * Reads one number or boolean of a log entry: "status", "ts_us" (g_get_monotonic_time() of the
 * emulator, same clock as the test's), "seq", "connection", "headers/has_key" (0 or 1).
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: the number; -1 when absent or null
 */
gint64 emulator_log_int (json_object *entry, const gchar *member);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorClient, emulator_client_free)

G_END_DECLS
