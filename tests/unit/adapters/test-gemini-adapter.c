/* SPDX-License-Identifier: MIT */
/*
 * The port over the Gemini wire: what goes out, what comes back as which class, and where the key
 * goes. Two servers: the service, and a stranger it may redirect to. The key is a canary that is
 * searched in everything.
 */
#include "plugin/adapters/gemini-adapter.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/scripted-server.h"
#include "tests/unit/adapters/small-mp4.h"

#define KEY "canary-7f3a91"
#define MODEL "veo-3.1-generate-preview"
#define OPERATION "models/" MODEL "/operations/3kq8w1x0zt5a"
#define KEY_LINE "\r\nx-goog-api-key: " KEY "\r\n"

typedef struct
{
  GMainContext *context;     /* (owned) */
  ScriptedServer *service;   /* (owned) */
  ScriptedServer *stranger;  /* (owned) */
  HttpClient *clients[3];    /* (owned) */
  VideoGenerationPort *port; /* (owned) */
  GCancellable *cancellable; /* (owned) */
  GString *log;              /* (owned) */
  char *folder;              /* (owned) */
  int dir_fd;                /* (owned) */
  guint calls;
  int klass;
  Veo3ErrorCode code;
  gint64 retry_after_ms;
  guint64 bytes;
  char *text;    /* (owned) (nullable) operation name, clip URI or checksum */
  char *message; /* (owned) (nullable) */
} Fixture;

static void
on_log (GLogLevelFlags level, const char *line, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->log, "%s%s\n", level == G_LOG_LEVEL_WARNING ? "WARNING " : "",
                          line);
}

static VideoGenerationPort *
make_port (Fixture *fixture, const char *base_url)
{
  GeminiAdapterConfig config = { .base_url = base_url,
                                 .model = MODEL,
                                 .api_key = KEY,
                                 .max_clip_bytes = 100000,
                                 .log = on_log,
                                 .log_data = fixture };
  g_autoptr (GError) local_error = NULL;
  VideoGenerationPort *port
      = gemini_adapter_new (fixture->clients[HTTP_TRAFFIC_SUBMIT],
                            fixture->clients[HTTP_TRAFFIC_POLL],
                            fixture->clients[HTTP_TRAFFIC_DOWNLOAD], &config, &local_error);

  g_assert_no_error (local_error);
  return port;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  HttpClientOptions options = { .silence_timeout_ms = 2000 };

  (void)data;
  fixture->context = adapter_test_push_context ();
  fixture->service = scripted_server_new ();
  fixture->stranger = scripted_server_new ();
  fixture->cancellable = g_cancellable_new ();
  fixture->log = g_string_new (NULL);
  fixture->folder = g_dir_make_tmp ("gemini-adapter-XXXXXX", NULL);
  fixture->dir_fd = g_open (fixture->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (fixture->clients); i++)
    {
      fixture->clients[i] = http_client_new (fixture->context, (HttpTraffic)i, &options, NULL);
      g_assert_nonnull (fixture->clients[i]);
    }
  fixture->port = make_port (fixture, scripted_server_get_url (fixture->service));
  g_assert_cmpstr (fixture->port->iface->provider, ==, "gemini");
  g_assert_cmpstr (fixture->port->model, ==, MODEL);
}

/* The key is nowhere but in the requests to the service. */
static void
assert_no_canary (Fixture *fixture)
{
  g_assert_null (strstr (fixture->log->str, KEY));
  g_assert_true (fixture->message == NULL || strstr (fixture->message, KEY) == NULL);
  for (guint i = 0; i < scripted_server_count_requests (fixture->stranger); i++)
    {
      g_autofree char *request = scripted_server_dup_request (fixture->stranger, i);

      g_assert_null (strstr (request, KEY));
    }
  for (guint i = 0; i < scripted_server_count_requests (fixture->service); i++)
    {
      g_autofree char *request = scripted_server_dup_request (fixture->service, i);
      g_auto (GStrv) head = g_strsplit (request, "\r\n", 2);

      g_assert_null (strstr (head[0], KEY));
      g_assert_nonnull (strstr (request, KEY_LINE));
    }
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *clip = g_build_filename (fixture->folder, "clip.mp4", NULL);

  (void)data;
  assert_no_canary (fixture);
  fixture->port->iface->free (fixture->port);
  for (gsize i = 0; i < G_N_ELEMENTS (fixture->clients); i++)
    http_client_free (fixture->clients[i]);
  scripted_server_free (fixture->service);
  scripted_server_free (fixture->stranger);
  g_object_unref (fixture->cancellable);
  g_string_free (fixture->log, TRUE);
  (void)g_remove (clip);
  (void)close (fixture->dir_fd);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0); /* nothing else was left */
  g_free (fixture->folder);
  g_free (fixture->text);
  g_free (fixture->message);
  adapter_test_pop_context (fixture->context);
}

static void
record (Fixture *fixture, int klass, const char *text, Veo3ErrorCode code, const char *message)
{
  g_assert_true (g_main_context_is_owner (fixture->context));
  fixture->calls++;
  fixture->klass = klass;
  fixture->code = code;
  g_free (fixture->text);
  fixture->text = g_strdup (text);
  g_free (fixture->message);
  fixture->message = g_strdup (message);
  g_test_message ("%s %s", text, message);
}

static void
on_submit (const Veo3SubmitResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  record (fixture, (int)result->klass, result->operation_name, result->code, result->message);
  fixture->retry_after_ms = result->retry_after_ms;
}

static void
on_poll (const Veo3PollResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  record (fixture, (int)result->klass, result->clip_uri, result->code, result->message);
  fixture->retry_after_ms = result->retry_after_ms;
}

static void
on_download (const Veo3DownloadResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  record (fixture, (int)result->klass, result->sha256, result->code, result->message);
  fixture->bytes = result->bytes;
  fixture->retry_after_ms = result->retry_after_ms;
}

static void
wait_for_call (Fixture *fixture, guint before)
{
  g_assert_cmpuint (fixture->calls, ==, before);
  adapter_test_wait (fixture->context, &fixture->calls, before + 1);
  (void)adapter_test_iterate_for (fixture->context, 5);
  g_assert_cmpuint (fixture->calls, ==, before + 1);
}

static void
submit (Fixture *fixture)
{
  char key[] = "run_broll";
  char prompt[] = "A paper boat";
  char ratio[] = "9:16";
  Veo3ClipRequest request
      = { .idempotent_key = key, .prompt = prompt, .options.aspect_ratio = ratio, .duration_s = 6 };
  guint before = fixture->calls;

  fixture->port->iface->submit_job (fixture->port, &request, fixture->cancellable, on_submit,
                                    fixture);
  wait_for_call (fixture, before);
}

static void
poll_operation (Fixture *fixture, const char *operation)
{
  guint before = fixture->calls;

  fixture->port->iface->poll_job (fixture->port, operation, fixture->cancellable, on_poll, fixture);
  wait_for_call (fixture, before);
}

static void
download (Fixture *fixture, const char *uri)
{
  Veo3DownloadTarget target = { .dir_fd = fixture->dir_fd, .file_name = "clip.mp4" };
  guint before = fixture->calls;

  fixture->port->iface->download_clip (fixture->port, uri, &target, fixture->cancellable,
                                       on_download, fixture);
  wait_for_call (fixture, before);
}

static void
assert_download (Fixture *fixture, Veo3DownloadClass klass, Veo3ErrorCode code)
{
  g_autofree char *clip = g_build_filename (fixture->folder, "clip.mp4", NULL);

  g_assert_cmpint (fixture->klass, ==, (int)klass);
  g_assert_cmpint (fixture->code, ==, code);
  g_assert_cmpint (g_file_test (clip, G_FILE_TEST_EXISTS), ==, klass == VEO3_DOWNLOAD_STORED);
  if (klass != VEO3_DOWNLOAD_STORED)
    g_assert_nonnull (fixture->message);
}

#define CLIP                                                                                       \
  "https://generativelanguage.googleapis.com/v1beta/files/q7d2m0c9xk41:download?alt=media"

/* A configuration that cannot work is refused at once, and the key is not repeated. */
static void
test_config (Fixture *fixture, gconstpointer data)
{
  const GeminiAdapterConfig configs[] = {
    { .model = MODEL },
    { .model = MODEL, .api_key = "" },
    { .model = MODEL, .api_key = KEY "\nX-Other: y" },
    { .model = "models/" MODEL, .api_key = KEY },
    { .model = "", .api_key = KEY },
    { .model = MODEL, .api_key = KEY, .api_version = "v1/x" },
    { .model = MODEL, .api_key = KEY, .base_url = "http://example.com" },
    { .model = MODEL, .api_key = KEY, .base_url = "example.com" },
    { .model = MODEL, .api_key = KEY, .base_url = "https://example.com/?a=b" },
    { .model = MODEL, .api_key = KEY, .base_url = "https://user@example.com" },
    { .model = MODEL, .api_key = KEY, .base_url = "" },
  };
  const GeminiAdapterConfig plain = { .api_key = KEY };
  VideoGenerationPort *port;

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (configs); i++)
    {
      g_autoptr (GError) local_error = NULL;

      port = gemini_adapter_new (fixture->clients[0], fixture->clients[1], fixture->clients[2],
                                 &configs[i], &local_error);
      g_assert_null (port);
      g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
      g_assert_null (strstr (local_error->message, KEY));
    }
  port = gemini_adapter_new (fixture->clients[0], fixture->clients[1], fixture->clients[2], &plain,
                             NULL);
  g_assert_nonnull (port);
  g_assert_cmpstr (port->model, ==, GEMINI_DEFAULT_MODEL);
  gemini_adapter_free (port);
  gemini_adapter_free (NULL);
}

/* The paid request, to the byte, and its accepted answer. */
static void
test_submit_accepted (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL, "{\"name\":\"" OPERATION "\"}");
  submit (fixture);
  g_assert_cmpint (fixture->klass, ==, VEO3_SUBMIT_ACCEPTED);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_NONE);
  g_assert_cmpstr (fixture->text, ==, OPERATION);
  g_assert_null (fixture->message);
  request = scripted_server_dup_request (fixture->service, 0);
  g_assert_true (
      g_str_has_prefix (request, "POST /v1beta/models/" MODEL ":predictLongRunning HTTP/1.1\r\n"));
  g_assert_nonnull (strstr (request, "\r\nContent-Type: application/json\r\n"));
  g_assert_true (g_str_has_suffix (request,
                                   "\r\n\r\n{\"instances\":[{\"prompt\":\"A paper boat\"}],"
                                   "\"parameters\":{\"durationSeconds\":6,"
                                   "\"aspectRatio\":\"9:16\"}}"));
}

/* An answer nobody understands leaves the submit uncertain; what came is logged without the key. */
static void
test_submit_uncertain (Fixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL, "<html>\x1b[1m key " KEY "</html>");
  submit (fixture);
  g_assert_cmpint (fixture->klass, ==, VEO3_SUBMIT_UNCERTAIN);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT);
  g_assert_null (fixture->text);
  g_assert_nonnull (strstr (fixture->log->str, "WARNING run_broll: "));
  g_assert_nonnull (strstr (fixture->log->str, "<html>\\x1b[1m key [redacted]</html>"));

  scripted_server_add (fixture->service, (ScriptedStep){ .end = SCRIPTED_CLOSE });
  submit (fixture);
  g_assert_cmpint (fixture->klass, ==, VEO3_SUBMIT_UNCERTAIN);
  g_assert_nonnull (strstr (fixture->log->str, "(nothing)"));
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 2);
}

/* Refused, rejected and unsent submits are told apart. */
static void
test_submit_others (Fixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->service, 429, "Retry-After: 7\r\n",
                              "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\","
                              "\"message\":\"slow down " KEY "\"}}");
  submit (fixture);
  g_assert_cmpint (fixture->klass, ==, VEO3_SUBMIT_REJECTED);
  g_assert_cmpint (fixture->retry_after_ms, ==, 7000);
  g_assert_cmpstr (fixture->message, ==, "HTTP 429 RESOURCE_EXHAUSTED: slow down [redacted]");
  scripted_server_add_answer (fixture->service, 307, "Location: /elsewhere\r\n", NULL);
  submit (fixture);
  g_assert_cmpint (fixture->klass, ==, VEO3_SUBMIT_REFUSED);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_PROTOCOL);
  g_cancellable_cancel (fixture->cancellable);
  submit (fixture);
  g_assert_cmpint (fixture->klass, ==, VEO3_SUBMIT_NOT_SENT);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_CANCELLED);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 2);
}

/* A poll asks for the operation by its name and gives the service's words on. */
static void
test_poll (Fixture *fixture, gconstpointer data)
{
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_answer (fixture->service, 200, NULL, "{\"name\":\"" OPERATION "\"}");
  poll_operation (fixture, OPERATION);
  g_assert_cmpint (fixture->klass, ==, VEO3_POLL_RUNNING);
  request = scripted_server_dup_request (fixture->service, 0);
  g_assert_true (g_str_has_prefix (request, "GET /v1beta/" OPERATION " HTTP/1.1\r\n"));

  scripted_server_add_answer (
      fixture->service, 200, NULL,
      "{\"done\":true,\"response\":{\"generateVideoResponse\":{\"generatedSamples\":[{\"video\":"
      "{\"uri\":\"" CLIP "\"}}]}}}");
  poll_operation (fixture, OPERATION);
  g_assert_cmpint (fixture->klass, ==, VEO3_POLL_DONE);
  g_assert_cmpstr (fixture->text, ==, CLIP);

  scripted_server_add_answer (fixture->service, 200, NULL,
                              "{\"done\":true,\"error\":{\"code\":13,\"message\":\"oops\"}}");
  poll_operation (fixture, OPERATION);
  g_assert_cmpint (fixture->klass, ==, VEO3_POLL_FAILED);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_OPERATION_FAILED);
  g_assert_cmpstr (fixture->message, ==, "the operation failed with code 13: oops");
}

/* A poll without an answer about the operation says why, and decides nothing. */
static void
test_poll_no_answer (Fixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add_answer (fixture->service, 503, "Retry-After: 3\r\n", "<html>");
  poll_operation (fixture, OPERATION);
  g_assert_cmpint (fixture->klass, ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (fixture->retry_after_ms, ==, 3000);
  scripted_server_add_answer (fixture->service, 200, NULL, "{\"na");
  poll_operation (fixture, OPERATION);
  g_assert_cmpint (fixture->klass, ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_PROTOCOL);
  scripted_server_add_answer (fixture->service, 404, NULL, NULL);
  poll_operation (fixture, OPERATION);
  g_assert_cmpint (fixture->klass, ==, VEO3_POLL_NOT_FOUND);
  poll_operation (fixture, "models/m/operations/../../files/x");
  g_assert_cmpint (fixture->klass, ==, VEO3_POLL_NO_ANSWER);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 3);
}

/* A clip is asked for at the configured service, whatever host its URI names, and stored. */
static void
test_download (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (50000);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, clip->data, clip->len);
  g_autofree char *request = NULL;

  (void)data;
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  download (fixture, CLIP);
  assert_download (fixture, VEO3_DOWNLOAD_STORED, VEO3_ERROR_CODE_NONE);
  g_assert_cmpuint (fixture->bytes, ==, clip->len);
  g_assert_cmpstr (fixture->text, ==, sha256);
  request = scripted_server_dup_request (fixture->service, 0);
  g_assert_true (
      g_str_has_prefix (request, "GET /v1beta/files/q7d2m0c9xk41:download?alt=media HTTP/1.1\r\n"));
}

static void
add_redirect (ScriptedServer *server, const char *base, const char *path)
{
  g_autofree char *line = g_strdup_printf ("Location: %s%s\r\n", base, path);

  scripted_server_add_answer (server, 302, line, "moved");
}

/* Redirects are followed: at home with the key, abroad without it, and back home with it again. */
static void
test_redirect (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (500);
  const char *home = scripted_server_get_url (fixture->service);
  const char *abroad = scripted_server_get_url (fixture->stranger);
  g_autofree char *visit = NULL;
  g_autofree char *request = NULL;

  (void)data;
  add_redirect (fixture->service, "", "/download/v1beta/files/x:download?alt=media");
  add_redirect (fixture->service, abroad, "/signed?sig=abc");
  add_redirect (fixture->stranger, home, "/back");
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  download (fixture, CLIP);
  assert_download (fixture, VEO3_DOWNLOAD_STORED, VEO3_ERROR_CODE_NONE);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 3);
  g_assert_cmpuint (scripted_server_count_requests (fixture->stranger), ==, 1);
  request = scripted_server_dup_request (fixture->service, 1);
  g_assert_true (g_str_has_prefix (request, "GET /download/v1beta/files/x:download?alt=media "));
  visit = scripted_server_dup_request (fixture->stranger, 0);
  g_assert_true (g_str_has_prefix (visit, "GET /signed?sig=abc "));
  g_assert_null (strstr (visit, "x-goog-api-key"));
}

/* Redirects that lead nowhere good are not followed, and the next try is free. */
static void
test_redirect_bad (Fixture *fixture, gconstpointer data)
{
  static const char *const lines[] = {
    NULL,
    "Location: http://example.com/clip\r\n",
    "Location: ftp://127.0.0.1/clip\r\n",
    "Location: file:///etc/passwd\r\n",
    "Location: https://user:word@127.0.0.1/clip\r\n",
    "Location: \r\n",
  };

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      scripted_server_add_answer (fixture->service, 302, lines[i], NULL);
      download (fixture, CLIP);
      assert_download (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL);
      g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, i + 1);
    }
  g_assert_null (strstr (fixture->message, "word"));
}

/* After five redirects it is enough. */
static void
test_redirect_loop (Fixture *fixture, gconstpointer data)
{
  (void)data;
  for (guint i = 0; i < 10; i++)
    add_redirect (fixture->service, "", "/round");
  download (fixture, CLIP);
  assert_download (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 6);
}

/** DownloadRow: an answer that is not the clip, and what becomes of it. */
typedef struct
{
  const char *name;
  guint status;
  const char *body;
  Veo3DownloadClass klass;
  Veo3ErrorCode code;
} DownloadRow;

static const DownloadRow download_rows[] = {
  { "403", 403, "{}", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CREDENTIALS },
  { "404", 404, "{}", VEO3_DOWNLOAD_GONE, VEO3_ERROR_CODE_CLIP_GONE },
  { "410", 410, "", VEO3_DOWNLOAD_GONE, VEO3_ERROR_CODE_CLIP_GONE },
  { "416", 416, "", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL },
  { "429", 429, "{}", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_QUOTA_MINUTE },
  { "500", 500, "{}", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE },
  { "206", 206, "part", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL },
  { "html", 200, "<!DOCTYPE html><html>sign in</html>", VEO3_DOWNLOAD_NOT_CLIP,
    VEO3_ERROR_CODE_NOT_A_CLIP },
  { "gzip", 200, "\x1f\x8b\x08\x01\x01\x01\x01\x01\x01\x01", VEO3_DOWNLOAD_NOT_CLIP,
    VEO3_ERROR_CODE_NOT_A_CLIP },
  { "empty", 200, "", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE },
};

/* No clip, no file; the class says whether another try makes sense. */
static void
test_download_row (Fixture *fixture, gconstpointer data)
{
  const DownloadRow *row = data;

  scripted_server_add_answer (fixture->service, row->status, NULL, row->body);
  download (fixture, CLIP);
  assert_download (fixture, row->klass, row->code);
}

/* Cut anywhere, with a true length, a wrong one or none, a clip does not get its name. */
static void
test_download_cut (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (100);
  static const char *const heads[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 260\r\n\r\n", /* longer than what comes */
    "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n",  /* shorter */
    "HTTP/1.1 200 OK\r\n\r\n",                        /* until the connection ends */
  };
  static const guint cuts[] = { 24, 31, 32, 100, 140 };

  (void)data;
  for (gsize h = 0; h < G_N_ELEMENTS (heads); h++)
    {
      for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
        {
          g_autoptr (GString) answer = g_string_new (heads[h]);

          g_string_append_len (answer, (const char *)clip->data, cuts[i]);
          scripted_server_add (fixture->service, (ScriptedStep){ .answer = answer->str,
                                                                 .length = answer->len,
                                                                 .end = SCRIPTED_CLOSE });
          download (fixture, CLIP);
          assert_download (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE);
        }
    }
}

/* A clip beyond the limit is refused while it comes. */
static void
test_download_too_big (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (200000);

  (void)data;
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  download (fixture, CLIP);
  assert_download (fixture, VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_NOT_A_CLIP);
}

/* A clip that is no file of the service is not asked for. */
static void
test_download_foreign (Fixture *fixture, gconstpointer data)
{
  (void)data;
  download (fixture, "https://storage.example/clip.mp4");
  assert_download (fixture, VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_PROTOCOL);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 0);
}

/* A folder that cannot be written is our own disk's fault, and nothing is asked for. */
static void
test_download_disk (Fixture *fixture, gconstpointer data)
{
  Veo3DownloadTarget target = { .dir_fd = -1, .file_name = "clip.mp4" };

  (void)data;
  fixture->port->iface->download_clip (fixture->port, CLIP, &target, NULL, on_download, fixture);
  wait_for_call (fixture, 0);
  assert_download (fixture, VEO3_DOWNLOAD_DISK, VEO3_ERROR_CODE_DISK);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 0);
}

static gboolean
has_request (gpointer data)
{
  return scripted_server_count_requests (data) > 0;
}

/* Cancelled in its body, a download stops and leaves nothing behind. */
static void
test_download_cancel (Fixture *fixture, gconstpointer data)
{
  Veo3DownloadTarget target = { .dir_fd = fixture->dir_fd, .file_name = "clip.mp4" };

  (void)data;
  scripted_server_add (fixture->service,
                       (ScriptedStep){ .answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxx",
                                       .end = SCRIPTED_HANG });
  fixture->port->iface->download_clip (fixture->port, CLIP, &target, fixture->cancellable,
                                       on_download, fixture);
  adapter_test_wait_until (fixture->context, has_request, fixture->service);
  (void)adapter_test_iterate_for (fixture->context, 20);
  g_cancellable_cancel (fixture->cancellable);
  wait_for_call (fixture, 0);
  assert_download (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CANCELLED);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/veo3/gemini-adapter/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("config", test_config);
  ADD ("submit/accepted", test_submit_accepted);
  ADD ("submit/uncertain", test_submit_uncertain);
  ADD ("submit/others", test_submit_others);
  ADD ("poll/words", test_poll);
  ADD ("poll/no-answer", test_poll_no_answer);
  ADD ("download/stored", test_download);
  ADD ("download/redirect", test_redirect);
  ADD ("download/redirect-bad", test_redirect_bad);
  ADD ("download/redirect-loop", test_redirect_loop);
  for (gsize i = 0; i < G_N_ELEMENTS (download_rows); i++)
    {
      g_autofree char *path
          = g_strconcat ("/veo3/gemini-adapter/download/row/", download_rows[i].name, NULL);

      g_test_add (path, Fixture, &download_rows[i], set_up, test_download_row, tear_down);
    }
  ADD ("download/cut", test_download_cut);
  ADD ("download/too-big", test_download_too_big);
  ADD ("download/foreign", test_download_foreign);
  ADD ("download/disk", test_download_disk);
  ADD ("download/cancel", test_download_cancel);
  return g_test_run ();
}
