/* SPDX-License-Identifier: MIT */
/*
 * Fetching a clip that is cut: what is continued, what is begun anew, and that no seam ever shows.
 * The judge is what the servers were asked.
 */
#include "tests/unit/adapters/download-fixture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/adapters/adapter-test.h"
#include "tests/unit/adapters/small-mp4.h"

#define MEDIA_BYTES 400
#define CUT_BYTES 100
#define ETAG "\"v1-abc\""
#define DATES                                                                                      \
  "Last-Modified: Mon, 02 Nov 2026 10:00:00 GMT\r\nDate: Mon, 02 Nov 2026 11:00:00 GMT\r\n"

/* @headers: lines that end in "\r\n"; the connection ends with the bytes */
static void
add_piece (ScriptedServer *server,
           const char *status,
           const char *headers,
           const GByteArray *clip,
           const gsize range[2])
{
  g_autoptr (GString) answer = g_string_new (NULL);

  g_string_printf (answer, "HTTP/1.1 %s\r\n%s\r\n", status, headers);
  g_string_append_len (answer, (const char *)clip->data + range[0], (gssize)(range[1] - range[0]));
  scripted_server_add (server, (ScriptedStep){ .answer = answer->str,
                                               .length = answer->len,
                                               .end = SCRIPTED_CLOSE });
}

/* 200 with the whole length, and no more than @bytes of it. */
static void
add_cut (ScriptedServer *server, const char *headers, const GByteArray *clip, gsize bytes)
{
  g_autofree char *all = g_strdup_printf ("%sContent-Length: %u\r\n", headers, clip->len);

  add_piece (server, "200 OK", all, clip, (gsize[]){ 0, bytes });
}

/* 206 from @first on, ending before @end. */
static void
add_rest (ScriptedServer *server, const GByteArray *clip, gsize first, gsize end)
{
  g_autofree char *headers
      = g_strdup_printf ("ETag: " ETAG "\r\nContent-Range: bytes %zu-%u/%u\r\n"
                         "Content-Length: %zu\r\n",
                         first, clip->len - 1, clip->len, (gsize)clip->len - first);

  add_piece (server, "206 Partial Content", headers, clip, (gsize[]){ first, end });
}

static void
assert_asked (ScriptedServer *server, guint index, gsize from, const char *validator)
{
  g_autofree char *expected = from > 0 ? g_strdup_printf ("bytes=%zu-", from) : NULL;
  g_autofree char *range = download_fixture_dup_header (server, index, "Range");
  g_autofree char *condition = download_fixture_dup_header (server, index, "If-Range");
  g_autofree char *encoding = download_fixture_dup_header (server, index, "Accept-Encoding");

  g_assert_cmpstr (range, ==, expected);
  g_assert_cmpstr (condition, ==, validator);
  g_assert_null (encoding);
}

/* Cut at any border of a box, or beside it, a clip is continued from there, and is what it was. */
static void
test_continued (DownloadFixture *fixture, gconstpointer data)
{
  static const gsize cuts[] = { 1, 23, 24, 25, 31, 32, 33, 39, 40, 440, 448, 500, 547 };
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);

  (void)data;
  g_assert_cmpuint (clip->len, ==, 548);
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      add_cut (fixture->service, "ETag: " ETAG "\r\n", clip, cuts[i]);
      add_rest (fixture->service, clip, cuts[i], clip->len);
      g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
      g_assert_true (download_fixture_has_part (fixture));
      g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
      download_fixture_assert_stored (fixture, clip);
      assert_asked (fixture->service, 2 * i, 0, NULL);
      assert_asked (fixture->service, 2 * i + 1, cuts[i], ETAG);
    }
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 2 * G_N_ELEMENTS (cuts));
}

/* Many cuts bring it a little further each, and an overload in between takes nothing away. */
static void
test_many_cuts (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);

  (void)data;
  add_cut (fixture->service, "ETag: " ETAG "\r\n", clip, CUT_BYTES);
  add_rest (fixture->service, clip, CUT_BYTES, 200);
  scripted_server_add_answer (fixture->service, 503, NULL, "busy");
  add_rest (fixture->service, clip, 200, 200);
  add_rest (fixture->service, clip, 200, clip->len);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  assert_asked (fixture->service, 1, CUT_BYTES, ETAG);
  for (guint i = 2; i < 5; i++)
    assert_asked (fixture->service, i, 200, ETAG);
}

/* A part that ends properly before the clip does is a beginning as well. */
static void
test_short_part (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);

  (void)data;
  add_cut (fixture->service, "ETag: " ETAG "\r\n", clip, CUT_BYTES);
  add_piece (fixture->service, "206 Partial Content",
             "Content-Range: bytes 100-299/548\r\nContent-Length: 200\r\n", clip,
             (gsize[]){ CUT_BYTES, 300 });
  add_rest (fixture->service, clip, 300, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
}

/* What asks for the rest goes along to where the service sends us, and the key does not. */
static void
test_redirected (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);
  g_autofree char *line
      = g_strdup_printf ("Location: %s/o\r\n", scripted_server_get_url (fixture->stranger));

  (void)data;
  scripted_server_add_answer (fixture->service, 302, line, NULL);
  scripted_server_add_answer (fixture->service, 302, line, "moved");
  add_cut (fixture->stranger, "ETag: " ETAG "\r\n", clip, CUT_BYTES);
  add_rest (fixture->stranger, clip, CUT_BYTES, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  assert_asked (fixture->service, 1, CUT_BYTES, ETAG);
  assert_asked (fixture->stranger, 1, CUT_BYTES, ETAG);
}

/** OtherRow: what comes instead of the rest. */
typedef struct
{
  const char *name;
  const char *status;
  const char *headers;
} OtherRow;

#define LENGTHS "Content-Length: 448\r\n"
static const OtherRow other_rows[] = {
  { "200", "200 OK", "ETag: " ETAG "\r\nContent-Length: 548\r\n" },
  /* libcurl takes the next one for "already complete". */
  { "200-same-size", "200 OK", "ETag: \"v2\"\r\nContent-Length: 100\r\n" },
  { "204", "204 No Content", "" },
  { "206-no-range", "206 Partial Content", LENGTHS },
  { "206-other-start", "206 Partial Content", LENGTHS "Content-Range: bytes 99-547/548\r\n" },
  { "206-from-zero", "206 Partial Content", LENGTHS "Content-Range: bytes 0-547/548\r\n" },
  { "206-other-total", "206 Partial Content", LENGTHS "Content-Range: bytes 100-547/600\r\n" },
  { "206-no-total", "206 Partial Content", LENGTHS "Content-Range: bytes 100-547/*\r\n" },
  { "206-beyond", "206 Partial Content", LENGTHS "Content-Range: bytes 100-548/548\r\n" },
  { "206-backwards", "206 Partial Content", LENGTHS "Content-Range: bytes 100-99/548\r\n" },
  { "206-huge", "206 Partial Content",
    LENGTHS "Content-Range: bytes 18446744073709551716-547/548\r\n" },
  { "206-other-unit", "206 Partial Content", LENGTHS "Content-Range: items 100-547/548\r\n" },
  { "206-several", "206 Partial Content",
    "Content-Type: multipart/byteranges; boundary=x\r\n" LENGTHS },
  { "206-other-etag", "206 Partial Content",
    LENGTHS "ETag: \"v2\"\r\nContent-Range: bytes 100-547/548\r\n" },
  { "206-weak-etag", "206 Partial Content",
    LENGTHS "ETag: W/" ETAG "\r\nContent-Range: bytes 100-547/548\r\n" },
  { "206-encoded", "206 Partial Content",
    LENGTHS "Content-Encoding: gzip\r\nContent-Range: bytes 100-547/548\r\n" },
  { "416", "416 Range Not Satisfiable", "Content-Range: bytes */548\r\nContent-Length: 0\r\n" },
  { "416-bare", "416 Range Not Satisfiable", "Content-Length: 0\r\n" },
};

/* Whatever does not fit is not appended: all of the clip is asked for at once, and only then. */
static void
test_other (DownloadFixture *fixture, gconstpointer data)
{
  const OtherRow *row = data;
  g_autoptr (GByteArray) old = small_mp4_new (MEDIA_BYTES);
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES + 7);
  gsize end = strstr (row->headers, "Content-Length: 0") != NULL || row->status[2] == '4'
                  ? CUT_BYTES
                  : old->len;

  add_cut (fixture->service, "ETag: " ETAG "\r\n", old, CUT_BYTES);
  add_piece (fixture->service, row->status, row->headers, old, (gsize[]){ CUT_BYTES, end });
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 3);
  assert_asked (fixture->service, 1, CUT_BYTES, ETAG);
  assert_asked (fixture->service, 2, 0, NULL);
}

/* A refusal comes with its reason, although libcurl keeps it from those who ask for a rest. */
static void
test_refused (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);

  (void)data;
  add_cut (fixture->service, "ETag: " ETAG "\r\n", clip, CUT_BYTES);
  for (guint i = 0; i < 2; i++)
    scripted_server_add_answer (fixture->service, 404, NULL,
                                "{\"error\":{\"code\":404,\"status\":\"NOT_FOUND\","
                                "\"message\":\"It is no more.\"}}");
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_GONE);
  g_assert_nonnull (strstr (fixture->message, "It is no more."));
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 3);
}

/* "There is no more" is right when both sides count the same bytes. */
static void
test_no_more (void)
{
  static const struct
  {
    guint64 have;
    const char *range; /* (nullable) */
    const char *etag;  /* (nullable) */
    ClipResumeVerdict verdict;
  } rows[] = {
    { 548, "bytes */548", NULL, CLIP_RESUME_COMPLETE },
    { 548, NULL, ETAG, CLIP_RESUME_COMPLETE },
    { 548, "bytes */549", NULL, CLIP_RESUME_ANEW },
    { 548, "bytes 0-547/548", "\"v2\"", CLIP_RESUME_ANEW },
    { 100, "bytes */100", NULL, CLIP_RESUME_ANEW },
    { 548, "bytes */x", NULL, CLIP_RESUME_ANEW },
  };
  char etag[] = ETAG;
  const ClipResume resume = { .validator = etag, .etag = etag, .total_bytes = 548 };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const HttpResponse head
          = { .status = 416, .content_range = rows[i].range, .etag = rows[i].etag };

      g_assert_cmpint (clip_resume_judge (&resume, rows[i].have, &head), ==, rows[i].verdict);
    }
}

/** FirstRow: what the answer that was cut said of its clip, and how the rest is asked for. */
typedef struct
{
  const char *name;
  const char *headers;
  const char *validator; /* (nullable) NULL = it is not */
} FirstRow;

static const FirstRow first_rows[] = {
  { "etag", "Content-Length: 548\r\nETag: " ETAG "\r\n", ETAG },
  { "date", "Content-Length: 548\r\n" DATES, "Mon, 02 Nov 2026 10:00:00 GMT" },
  { "identity", "Content-Length: 548\r\nContent-Encoding: identity\r\nETag: " ETAG "\r\n", ETAG },
  { "nothing", "Content-Length: 548\r\n", NULL },
  { "weak", "Content-Length: 548\r\nETag: W/" ETAG "\r\n", NULL },
  { "weak-and-date", "Content-Length: 548\r\nETag: W/" ETAG "\r\n" DATES, NULL },
  { "unquoted", "Content-Length: 548\r\nETag: abc\r\n", NULL },
  { "half-quoted", "Content-Length: 548\r\nETag: abc\"\r\n", NULL },
  { "quotes-inside", "Content-Length: 548\r\nETag: \"a\"b\"\r\n", NULL },
  { "date-of-now",
    "Content-Length: 548\r\nLast-Modified: Mon, 02 Nov 2026 11:00:00 GMT\r\n"
    "Date: Mon, 02 Nov 2026 11:00:00 GMT\r\n",
    NULL },
  { "date-alone", "Content-Length: 548\r\nLast-Modified: Mon, 02 Nov 2026 11:00:00 GMT\r\n", NULL },
  { "no-date", "Content-Length: 548\r\nLast-Modified: soon\r\nDate: now\r\n", NULL },
  { "no-length", "ETag: " ETAG "\r\n", NULL },
  { "encoded", "Content-Length: 548\r\nContent-Encoding: gzip\r\nETag: " ETAG "\r\n", NULL },
};

/* Only a clip that cannot be mistaken for another one is continued; others leave nothing behind. */
static void
test_first (DownloadFixture *fixture, gconstpointer data)
{
  const FirstRow *row = data;
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);

  add_piece (fixture->service, "200 OK", row->headers, clip, (gsize[]){ 0, CUT_BYTES });
  if (row->validator != NULL)
    add_rest (fixture->service, clip, CUT_BYTES, clip->len);
  else
    scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (download_fixture_has_part (fixture), ==, row->validator != NULL);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  g_assert_cmpuint (scripted_server_count_requests (fixture->service), ==, 2);
  assert_asked (fixture->service, 1, row->validator != NULL ? CUT_BYTES : 0, row->validator);
}

/* A beginning that somebody has touched, or taken away, is not continued. */
static void
test_touched (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);

  (void)data;
  for (guint i = 0; i < 3; i++)
    {
      int fd;

      add_cut (fixture->service, "ETag: " ETAG "\r\n", clip, CUT_BYTES);
      scripted_server_add_bytes (fixture->service, clip->data, clip->len);
      g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
      if (i != 1)
        g_assert_cmpint (unlinkat (fixture->dir_fd, ".clip.mp4.part", 0), ==, 0);
      if (i != 0)
        {
          fd = openat (fixture->dir_fd, ".clip.mp4.part", O_WRONLY | O_CREAT | O_APPEND, 0600);
          g_assert_cmpint (write (fd, "xx", 2), ==, 2);
          (void)close (fd);
        }
      g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
      download_fixture_assert_stored (fixture, clip);
      assert_asked (fixture->service, 2 * i + 1, 0, NULL);
    }
}

/* A clip that is made anew has the name of the old one and another address: the beginning of the
 * old one is no beginning of it, even if the service should call both the same. */
static void
test_made_anew (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) old = small_mp4_new (MEDIA_BYTES);
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);

  (void)data;
  memset (clip->data + CUT_BYTES, 'n', MEDIA_BYTES / 2); /* what its media is made of */
  add_cut (fixture->service, "ETag: " ETAG "\r\n", old, CUT_BYTES);
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_true (download_fixture_has_part (fixture));
  fixture->path = "/clip-made-anew";
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  assert_asked (fixture->service, 1, 0, NULL);
}

/* What another process left behind is not continued: nobody knows what it is the beginning of. */
static void
test_leftover (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);
  int fd = openat (fixture->dir_fd, ".clip.mp4.part", O_WRONLY | O_CREAT, 0600);

  (void)data;
  g_assert_cmpint (write (fd, clip->data, CUT_BYTES), ==, CUT_BYTES);
  (void)close (fd);
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  assert_asked (fixture->service, 0, 0, NULL);
}

static gboolean
has_request (gpointer data)
{
  return scripted_server_count_requests (data) > 0;
}

/* Whoever cancels wants nothing kept. */
static void
test_cancelled (DownloadFixture *fixture, gconstpointer data)
{
  (void)data;
  scripted_server_add (fixture->service, (ScriptedStep){ .answer = "HTTP/1.1 200 OK\r\nETag: " ETAG
                                                                   "\r\nContent-Length: 100\r\n\r\n"
                                                                   "xx",
                                                         .end = SCRIPTED_HANG });
  download_fixture_begin (fixture);
  adapter_test_wait_until (fixture->context, has_request, fixture->service);
  g_cancellable_cancel (fixture->cancellable);
  g_assert_cmpint (download_fixture_wait (fixture, 1), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (fixture->code, ==, VEO3_ERROR_CODE_CANCELLED);
  g_assert_false (download_fixture_has_part (fixture));
}

/* Pieces that make no MP4 are worth another try from the beginning: the seam may be to blame. */
static void
test_bad_seam (DownloadFixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);
  g_autoptr (GByteArray) other = small_mp4_new (MEDIA_BYTES);

  (void)data;
  memset (other->data + 440, 0, 8); /* the header of "moov" */
  add_cut (fixture->service, "ETag: " ETAG "\r\n", clip, CUT_BYTES);
  add_rest (fixture->service, other, CUT_BYTES, other->len);
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_false (download_fixture_has_part (fixture));
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  download_fixture_assert_stored (fixture, clip);
  assert_asked (fixture->service, 2, 0, NULL);
}

/* A body that drips is no silence, but it is ended by its pace, and continued. */
static void
test_slow_body (DownloadFixture *fixture, gconstpointer data)
{
  HttpClientOptions options
      = { .silence_timeout_ms = 20000, .pace_window_ms = 300, .pace_bytes = 1000 };
  g_autoptr (GByteArray) clip = small_mp4_new (MEDIA_BYTES);
  g_autofree char *condition = NULL;

  (void)data;
  download_fixture_set_client (fixture, &options);
  scripted_server_add (fixture->service, (ScriptedStep){ .answer = "HTTP/1.1 200 OK\r\nETag: " ETAG
                                                                   "\r\nContent-Length: 548\r\n\r\n"
                                                                   "\1\1\1\1",
                                                         .drip_ms = 2,
                                                         .end = SCRIPTED_HANG });
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  scripted_server_add_bytes (fixture->service, clip->data, clip->len);
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_nonnull (strstr (fixture->message, "too slowly"));
  g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_STORED);
  condition = download_fixture_dup_header (fixture->service, 1, "If-Range");
  g_assert_cmpstr (condition, ==, ETAG);
  download_fixture_assert_stored (fixture, clip);
}

/* Endless, lying about its length, or packed: nothing grows beyond the limit. */
static void
test_too_big (DownloadFixture *fixture, gconstpointer data)
{
  static const char *const headers[]
      = { "Transfer-Encoding: chunked\r\n", "Content-Length: 600000\r\nETag: " ETAG "\r\n", "" };
  g_autoptr (GByteArray) clip = small_mp4_new (DOWNLOAD_FIXTURE_MAX_BYTES + 1000);

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_autoptr (GString) answer = g_string_new ("HTTP/1.1 200 OK\r\n");

      g_string_append_printf (answer, "%s\r\n", headers[i]);
      if (i == 0)
        g_string_append (answer, "7fffffff\r\n");
      g_string_append_len (answer, (const char *)clip->data, (gssize)clip->len);
      scripted_server_add (fixture->service, (ScriptedStep){ .answer = answer->str,
                                                             .length = answer->len,
                                                             .end = SCRIPTED_HALF_CLOSE });
      g_assert_cmpint (download_fixture_fetch (fixture), ==, VEO3_DOWNLOAD_NOT_CLIP);
      g_assert_nonnull (strstr (fixture->message, "bigger than 400000 bytes"));
      g_assert_false (download_fixture_has_part (fixture));
    }
}

#define ADD(path, func)                                                                            \
  g_test_add ("/veo3/clip-download/" path, DownloadFixture, NULL, download_fixture_set_up, func,   \
              download_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("continued", test_continued);
  ADD ("many-cuts", test_many_cuts);
  ADD ("short-part", test_short_part);
  ADD ("redirected", test_redirected);
  for (gsize i = 0; i < G_N_ELEMENTS (other_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/clip-download/other/", other_rows[i].name, NULL);

      g_test_add (path, DownloadFixture, &other_rows[i], download_fixture_set_up, test_other,
                  download_fixture_tear_down);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (first_rows); i++)
    {
      g_autofree char *path = g_strconcat ("/veo3/clip-download/first/", first_rows[i].name, NULL);

      g_test_add (path, DownloadFixture, &first_rows[i], download_fixture_set_up, test_first,
                  download_fixture_tear_down);
    }
  ADD ("refused", test_refused);
  g_test_add_func ("/veo3/clip-download/no-more", test_no_more);
  ADD ("touched", test_touched);
  ADD ("made-anew", test_made_anew);
  ADD ("leftover", test_leftover);
  ADD ("cancelled", test_cancelled);
  ADD ("bad-seam", test_bad_seam);
  ADD ("slow-body", test_slow_body);
  ADD ("too-big", test_too_big);
  return g_test_run ();
}
