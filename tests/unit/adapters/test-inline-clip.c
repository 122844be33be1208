/* SPDX-License-Identifier: MIT */
/*
 * A clip inside a JSON answer: the filter that takes it out, cut at every byte, and the fetch that
 * stores it. Against a scripted server on loopback, with a folder for clips of its own.
 */
#include "plugin/adapters/inline-clip.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-c/json.h>
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "plugin/adapters/inline-download.h"
#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/scripted-server.h"
#include "tests/unit/adapters/small-mp4.h"

#define MEMBER "data"
#define ROOM_BYTES (G_GUINT64_CONSTANT (64) * 1024 * 1024)

typedef struct
{
  GMainContext *context;   /* (owned) */
  ScriptedServer *service; /* (owned) */
  HttpClient *client;      /* (owned) */
  char *folder;            /* (owned) */
  int dir_fd;              /* (owned) */
  guint calls;
  Veo3DownloadResult result;
  char *sha256;  /* (owned) (nullable) */
  char *message; /* (owned) (nullable) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->context = adapter_test_push_context ();
  fixture->service = scripted_server_new ();
  fixture->client = http_client_new (fixture->context, HTTP_TRAFFIC_DOWNLOAD, NULL, NULL);
  fixture->folder = g_dir_make_tmp ("inline-clip-XXXXXX", NULL);
  fixture->dir_fd = g_open (fixture->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *clip = g_build_filename (fixture->folder, "clip.mp4", NULL);

  (void)data;
  http_client_free (fixture->client);
  scripted_server_free (fixture->service);
  (void)g_remove (clip);
  (void)close (fixture->dir_fd);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0); /* no .part was left */
  g_free (fixture->folder);
  g_free (fixture->sha256);
  g_free (fixture->message);
  adapter_test_pop_context (fixture->context);
}

/* ---- the filter ---- */

typedef struct
{
  const char *name;
  const char *answer;
  const char *rest; /* (nullable) NULL = refused */
  int wanted;
  const char *kept; /* (nullable) what goes into the file; NULL = nothing is kept */
} Row;

static const Row rows[] = {
  { "none", "{\"a\":\"data\",\"b\":[1,\"x\"]}", "{\"a\":\"data\",\"b\":[1,\"x\"]}", 0, NULL },
  { "one", "{\"data\":\"aGVsbG8=\"}", "{\"data\":\"@inline:0\"}", 0, "hello" },
  { "spaced", "{ \"data\" :\n \"aGVsbG8=\" , \"b\":1}", "{ \"data\" :\n \"@inline:0\" , \"b\":1}",
    0, "hello" },
  { "second", "[{\"data\":\"AAAA\"},{\"data\":\"aGk=\"},{\"data\":\"!\"}]",
    "[{\"data\":\"@inline:0\"},{\"data\":\"@inline:1\"},{\"data\":\"@inline:2\"}]", 1, "hi" },
  { "unwanted", "{\"data\":\"not base64 at all \\\" \\u0041\"}", "{\"data\":\"@inline:0\"}",
    INLINE_CLIP_NONE, NULL },
  { "empty", "{\"data\":\"\"}", "{\"data\":\"\"}", 0, NULL },
  { "empty-first", "[{\"data\":\"\"},{\"data\":\"aGk\"}]",
    "[{\"data\":\"\"},{\"data\":\"@inline:1\"}]", 1, "hi" },
  { "not-text", "{\"data\":{\"data\":7},\"e\":\"data\"}", "{\"data\":{\"data\":7},\"e\":\"data\"}",
    0, NULL },
  { "as-value", "{\"k\":\"data\",\"x\":\"aGk=\"}", "{\"k\":\"data\",\"x\":\"aGk=\"}", 0, NULL },
  { "quoted-name", "{\"\\\"data\":\"a\",\"data\\\"\":\"b\"}",
    "{\"\\\"data\":\"a\",\"data\\\"\":\"b\"}", 0, NULL },
  { "array", "{\"data\":[\"aGk=\"]}", "{\"data\":[\"aGk=\"]}", 0, NULL },
  { "escaped", "{\"data\":\"\\/\\u002b\\u002F\\u003d\"}", "{\"data\":\"@inline:0\"}", 0,
    "\xff\xef" },
  { "url-alphabet", "{\"data\":\"__-_\"}", "{\"data\":\"@inline:0\"}", 0, "\xff\xff\xbf" },
  { "unpadded-1", "{\"data\":\"aA\"}", "{\"data\":\"@inline:0\"}", 0, "h" },
  { "unpadded-2", "{\"data\":\"aGk\"}", "{\"data\":\"@inline:0\"}", 0, "hi" },
  { "padded-1", "{\"data\":\"aA==\"}", "{\"data\":\"@inline:0\"}", 0, "h" },
  { "html", "<html \"data\": x>", "<html \"data\": x>", 0, NULL },
  { "cut", "{\"data\":\"aGVs", "{\"data\":\"@inline:0", 0, NULL },
  { "bad-char", "{\"data\":\"aG Vs\"}", NULL, 0, NULL },
  { "bad-escape", "{\"data\":\"aG\\nVs\"}", NULL, 0, NULL },
  { "bad-hex", "{\"data\":\"aG\\u00zzVs\"}", NULL, 0, NULL },
  { "bad-wide", "{\"data\":\"aG\\u2603Vs\"}", NULL, 0, NULL },
  { "bad-length", "{\"data\":\"aGVsb\"}", NULL, 0, NULL },
  { "bad-padding", "{\"data\":\"aGk==\"}", NULL, 0, NULL },
  { "bad-padding-first", "{\"data\":\"a===\"}", NULL, 0, NULL },
  { "bad-padding-half", "{\"data\":\"aA=\"}", NULL, 0, NULL },
  { "bad-behind-padding", "{\"data\":\"aA==aA==\"}", NULL, 0, NULL },
  { "bad-behind-padding-whole", "{\"data\":\"aA==aAaA\"}", NULL, 0, NULL },
  { "bad-byte", "{\"data\":\"aG\xff\"}", NULL, 0, NULL },
};

/* Feeds @answer in two pieces. Returns: whether it was taken. */
static gboolean
feed (InlineClip *reader, const char *answer, gsize cut, GError **error)
{
  return inline_clip_feed (reader, (const guint8 *)answer, cut, error)
         && inline_clip_feed (reader, (const guint8 *)answer + cut, strlen (answer) - cut, error);
}

static void
assert_rest (InlineClip *reader, const char *expected)
{
  HttpResponse response = { .status = 200 };
  HttpResponse view = inline_clip_get_view (reader, &response);

  g_assert_cmpuint (view.body_length, ==, strlen (expected));
  g_assert_cmpstr (view.body, ==, expected);
}

static void
assert_file (Fixture *fixture, const char *expected)
{
  g_autofree char *path = g_build_filename (fixture->folder, ".clip.mp4.part", NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

/* Wherever an answer is cut into pieces, the same is left and the same is kept. */
static void
test_row (Fixture *fixture, gconstpointer data)
{
  const Row *row = data;

  for (gsize cut = 0; cut <= strlen (row->answer); cut++)
    {
      g_autoptr (ClipFile) file = clip_file_new (fixture->dir_fd, "clip.mp4", ROOM_BYTES, NULL);
      InlineClipOptions options
          = { .member = MEMBER, .wanted = row->wanted, .file = file, .max_bytes = ROOM_BYTES };
      g_autoptr (InlineClip) reader = inline_clip_new (&options);
      g_autoptr (GError) error = NULL;

      g_assert_cmpint (feed (reader, row->answer, cut, &error), ==, row->rest != NULL);
      g_assert_cmpint (inline_clip_is_kept (reader), ==, row->kept != NULL);
      if (row->rest == NULL)
        {
          g_assert_error (error, INLINE_CLIP_ERROR, INLINE_CLIP_ERROR_CODING);
          continue;
        }
      g_assert_no_error (error);
      assert_rest (reader, row->rest);
      if (row->kept != NULL)
        assert_file (fixture, row->kept);
    }
}

/* Every length and content comes out as it went in. */
static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (42);

  (void)data;
  for (gsize length = 1; length < 40000; length += length < 70 ? 1 : 4999)
    {
      g_autofree guint8 *bytes = g_malloc (length);
      g_autofree char *code = NULL;
      g_autofree char *answer = NULL;
      g_autofree char *sha256 = NULL;
      g_autoptr (ClipFile) file = clip_file_new (fixture->dir_fd, "clip.mp4", ROOM_BYTES, NULL);
      InlineClipOptions options = { .member = MEMBER, .file = file, .max_bytes = ROOM_BYTES };
      g_autoptr (InlineClip) reader = inline_clip_new (&options);
      g_autoptr (GError) error = NULL;

      for (gsize i = 0; i < length; i++)
        bytes[i] = (guint8)g_rand_int_range (random, 0, 256);
      code = g_base64_encode (bytes, length);
      answer = g_strconcat ("{\"data\":\"", code, "\"}", NULL);
      sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, length);
      g_assert_true (feed (reader, answer, strlen (answer) / 3, &error));
      g_assert_no_error (error);
      g_assert_true (inline_clip_is_kept (reader));
      g_assert_cmpuint (clip_file_get_bytes (file), ==, length);
      g_assert_cmpstr (clip_file_get_sha256 (file), ==, sha256);
    }
}

/* What is too big is refused while it comes: the answer, and what is around the clip. */
static void
test_too_big (Fixture *fixture, gconstpointer data)
{
  InlineClipOptions options = { .member = MEMBER, .wanted = INLINE_CLIP_NONE, .max_bytes = 100 };
  g_autoptr (InlineClip) small = inline_clip_new (&options);
  g_autoptr (InlineClip) wide = NULL;
  g_autoptr (ClipFile) file = clip_file_new (fixture->dir_fd, "clip.mp4", 2, NULL);
  g_autoptr (InlineClip) full = NULL;
  g_autofree char *filler = g_strnfill (2 * 1024 * 1024, 'x');
  g_autoptr (GError) error = NULL;

  (void)data;
  g_assert_false (feed (small, filler, 50, &error));
  g_assert_error (error, INLINE_CLIP_ERROR, INLINE_CLIP_ERROR_TOO_BIG);
  g_clear_error (&error);

  options.max_bytes = ROOM_BYTES;
  wide = inline_clip_new (&options);
  g_assert_false (feed (wide, filler, 50, &error));
  g_assert_error (error, INLINE_CLIP_ERROR, INLINE_CLIP_ERROR_TOO_BIG);
  g_clear_error (&error);

  options.wanted = 0;
  options.file = file;
  full = inline_clip_new (&options);
  g_assert_false (feed (full, "{\"data\":\"aGVsbG8=\"}", 3, &error));
  g_assert_error (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_TOO_BIG);
}

typedef struct
{
  guint asked;
  guint enough_at;
  char *rest; /* (owned) (nullable) the last one */
} Enough;

static gboolean
is_enough (const char *rest, gsize length, gpointer user_data)
{
  Enough *enough = user_data;
  json_object *object = json_tokener_parse (rest);

  g_assert_nonnull (object); /* whole JSON */
  json_object_put (object);
  g_assert_cmpuint (strlen (rest), ==, length);
  g_free (enough->rest);
  enough->rest = g_strdup (rest);
  return ++enough->asked == enough->enough_at;
}

/* Whoever has seen enough reads no further, and has whole JSON. */
static void
test_enough (void)
{
  static const char answer[] = "{\"a\":[{\"data\":\"\"},{\"data\":\"AAAA\"},{\"data\":\"BBBB\"}]}";
  Enough enough = { .enough_at = 2 };
  InlineClipOptions options = { .member = MEMBER,
                                .wanted = INLINE_CLIP_NONE,
                                .max_bytes = ROOM_BYTES,
                                .is_enough = is_enough,
                                .user_data = &enough };
  g_autoptr (InlineClip) reader = inline_clip_new (&options);
  HttpResponse refused = { .status = 200, .end = HTTP_END_SINK_REFUSED };
  HttpResponse failed = { .status = 503, .end = HTTP_END_ANSWERED, .body = "x", .body_length = 1 };

  g_assert_false (inline_clip_sink ((const guint8 *)answer, strlen (answer), reader));
  g_assert_null (inline_clip_get_error (reader));
  g_assert_cmpuint (enough.asked, ==, 2);
  g_assert_cmpstr (enough.rest, ==,
                   "{\"a\":[{\"data\":\"\"},{\"data\":\"@inline:1\"},{\"data\":\"@inline:2\"}]}");
  assert_rest (reader, enough.rest);
  g_assert_cmpint (inline_clip_get_view (reader, &refused).end, ==, HTTP_END_ANSWERED);
  g_assert_cmpstr (inline_clip_get_view (reader, &failed).body, ==, "x");
  g_free (enough.rest);
}

/* A mark is a mark, and nothing else is. */
static void
test_mark (void)
{
  g_assert_cmpint (inline_clip_parse_mark ("@inline:0"), ==, 0);
  g_assert_cmpint (inline_clip_parse_mark ("@inline:17"), ==, 17);
  g_assert_cmpint (inline_clip_parse_mark ("@inline:"), ==, INLINE_CLIP_NONE);
  g_assert_cmpint (inline_clip_parse_mark ("@inline:-1"), ==, INLINE_CLIP_NONE);
  g_assert_cmpint (inline_clip_parse_mark ("@inline:1x"), ==, INLINE_CLIP_NONE);
  g_assert_cmpint (inline_clip_parse_mark ("@inline:99999999999"), ==, INLINE_CLIP_NONE);
  g_assert_cmpint (inline_clip_parse_mark ("AAAA"), ==, INLINE_CLIP_NONE);
  g_assert_cmpint (inline_clip_parse_mark (""), ==, INLINE_CLIP_NONE);
  g_assert_cmpint (inline_clip_parse_mark (NULL), ==, INLINE_CLIP_NONE);
}

/* ---- the fetch ---- */

static void
on_download (const Veo3DownloadResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->calls++;
  fixture->result = *result;
  g_free (fixture->sha256);
  fixture->sha256 = g_strdup (result->sha256);
  g_free (fixture->message);
  fixture->message = g_strdup (result->message);
  g_test_message ("%s", result->message);
}

/* The rest of every answer here has one form. */
static char *
check (const char *rest, gsize length, int wanted)
{
  g_autofree char *expected = g_strdup_printf ("{\"data\":\"@inline:%d\"}", wanted);

  return strlen (expected) == length && g_str_equal (rest, expected)
             ? NULL
             : g_strdup ("another form of answer");
}

static void
fetch (Fixture *fixture, gboolean is_asked, guint64 max_bytes)
{
  InlineDownloadSource source = { .client = fixture->client,
                                  .member = MEMBER,
                                  .wanted = 0,
                                  .check = check,
                                  .secret = "SECRET-1",
                                  .max_bytes = max_bytes };
  ClipArrivalCall call = { .target = { .dir_fd = fixture->dir_fd, .file_name = "clip.mp4" },
                           .callback = on_download,
                           .user_data = fixture };
  HttpRequest *request = NULL;
  guint before = fixture->calls;

  if (is_asked)
    request = adapter_test_request ("POST", scripted_server_get_url (fixture->service), "/x");
  inline_download_start (&source, request, &call);
  g_assert_cmpuint (fixture->calls, ==, before);
  adapter_test_wait (fixture->context, &fixture->calls, before + 1);
}

static void
add_clip (Fixture *fixture, const GByteArray *clip)
{
  g_autofree char *code = g_base64_encode (clip->data, clip->len);
  g_autofree char *answer = g_strconcat ("{\"data\":\"", code, "\"}", NULL);

  scripted_server_add_answer (fixture->service, 200, NULL, answer);
}

static void
assert_end (Fixture *fixture, Veo3DownloadClass klass, Veo3ErrorCode code)
{
  g_autofree char *clip = g_build_filename (fixture->folder, "clip.mp4", NULL);

  g_assert_cmpint (fixture->result.klass, ==, klass);
  g_assert_cmpint (fixture->result.code, ==, code);
  g_assert_cmpint (g_file_test (clip, G_FILE_TEST_EXISTS), ==, klass == VEO3_DOWNLOAD_STORED);
  if (klass != VEO3_DOWNLOAD_STORED)
    g_assert_nonnull (fixture->message);
}

/* A clip comes out of its answer with size and checksum. */
static void
test_fetch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (300000);
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, clip->data, clip->len);

  (void)data;
  add_clip (fixture, clip);
  fetch (fixture, TRUE, ROOM_BYTES);
  assert_end (fixture, VEO3_DOWNLOAD_STORED, VEO3_ERROR_CODE_NONE);
  g_assert_cmpuint (fixture->result.bytes, ==, clip->len);
  g_assert_cmpstr (fixture->sha256, ==, sha256);
}

/* What is not the whole clip gets no name, and the class says what to do. */
static void
test_fetch_others (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (30000);
  g_autofree char *code = g_base64_encode (clip->data, clip->len);
  g_autofree char *other = g_strconcat ("{\"e\":1,\"data\":\"", code, "\"}", NULL);
  g_autofree char *cut = g_strconcat ("HTTP/1.1 200 OK\r\n\r\n{\"data\":\"", code, NULL);

  (void)data;
  fetch (fixture, FALSE, ROOM_BYTES);
  /* A question that could not be put says nothing of the clip: it is not lost. */
  assert_end (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 0);
  scripted_server_add_answer (fixture->service, 200, NULL, other);
  fetch (fixture, TRUE, ROOM_BYTES);
  assert_end (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL);
  scripted_server_add (fixture->service, (ScriptedStep){ .answer = cut, .end = SCRIPTED_CLOSE });
  fetch (fixture, TRUE, ROOM_BYTES);
  assert_end (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL);
  scripted_server_add_answer (fixture->service, 200, NULL, "{\"data\":\"a b\"}");
  fetch (fixture, TRUE, ROOM_BYTES);
  assert_end (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE);
  scripted_server_add_answer (fixture->service, 200, NULL, "{\"data\":\"aGVsbG8gdGhlcmU=\"}");
  fetch (fixture, TRUE, ROOM_BYTES);
  assert_end (fixture, VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_NOT_A_CLIP);
  add_clip (fixture, clip);
  fetch (fixture, TRUE, 20000);
  assert_end (fixture, VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_NOT_A_CLIP);
  scripted_server_add_answer (fixture->service, 404, NULL, "{\"error\":\"SECRET-1\"}");
  fetch (fixture, TRUE, ROOM_BYTES);
  assert_end (fixture, VEO3_DOWNLOAD_GONE, VEO3_ERROR_CODE_CLIP_GONE);
  g_assert_null (strstr (fixture->message, "SECRET-1"));
  scripted_server_add_answer (fixture->service, 302, "Location: /y\r\n", NULL);
  fetch (fixture, TRUE, ROOM_BYTES);
  assert_end (fixture, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_PROTOCOL);
  (void)close (fixture->dir_fd);
  fixture->dir_fd = -1;
  fetch (fixture, TRUE, ROOM_BYTES);
  assert_end (fixture, VEO3_DOWNLOAD_DISK, VEO3_ERROR_CODE_DISK);
}

#define BIG_BYTES (20 * 1024 * 1024)

typedef struct
{
  Fixture *fixture; /* (borrowed) */
  gsize most_bytes; /* of the heap while the clip came */
} Watch;

static gsize
get_heap_bytes (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

static gboolean
look_at_heap (gpointer user_data)
{
  Watch *watch = user_data;

  watch->most_bytes = MAX (watch->most_bytes, get_heap_bytes ());
  return watch->fixture->calls > 0;
}

/* A clip of 20 MB, 27 MB of JSON, is fetched in less than a quarter of a MB of memory. */
static void
test_memory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (BIG_BYTES);
  InlineDownloadSource source
      = { .client = fixture->client, .member = MEMBER, .check = check, .max_bytes = ROOM_BYTES };
  ClipArrivalCall call = { .target = { .dir_fd = fixture->dir_fd, .file_name = "clip.mp4" },
                           .callback = on_download,
                           .user_data = fixture };
  Watch watch = { .fixture = fixture };
  gpointer probe;
  gsize before;

  (void)data;
  before = get_heap_bytes ();
  probe = g_malloc (1024 * 1024);
  if (get_heap_bytes () < before + 1024 * 1024)
    {
      g_free (probe);
      g_test_skip ("this allocator does not count");
      return;
    }
  g_free (probe);
  add_clip (fixture, clip);
  before = get_heap_bytes ();
  inline_download_start (
      &source, adapter_test_request ("POST", scripted_server_get_url (fixture->service), "/x"),
      &call);
  adapter_test_wait_until (fixture->context, look_at_heap, &watch);
  assert_end (fixture, VEO3_DOWNLOAD_STORED, VEO3_ERROR_CODE_NONE);
  g_assert_cmpuint (fixture->result.bytes, ==, clip->len);
  g_test_message ("%" G_GSIZE_FORMAT " bytes more than before", watch.most_bytes - before);
  g_assert_cmpuint (watch.most_bytes, <, before + 256 * 1024);
}

#define ADD(path, func)                                                                            \
  g_test_add ("/veo3/inline-clip/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/inline-clip/row/", rows[i].name, NULL);

      g_test_add (path, Fixture, &rows[i], set_up, test_row, tear_down);
    }
  ADD ("round-trip", test_round_trip);
  ADD ("too-big", test_too_big);
  g_test_add_func ("/veo3/inline-clip/enough", test_enough);
  g_test_add_func ("/veo3/inline-clip/mark", test_mark);
  ADD ("fetch/stored", test_fetch);
  ADD ("fetch/others", test_fetch_others);
  ADD ("fetch/memory", test_memory);
  return g_test_run ();
}
