/* SPDX-License-Identifier: MIT */
/*
 * Tests of FakeVeo3Adapter: each word of a scenario is its class, a call answers once and never
 * before it has returned, and clips are whole MP4 files. Single-threaded, a context of its own.
 */
#include "plugin/adapters/fake-veo3-adapter.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "plugin/adapters/mp4-check.h"
#include "tests/unit/application/test-wait.h"
#include "tests/unit/application/test-workspace.h"

/* What the callbacks were told, copied. */
typedef struct
{
  guint n_calls;
  gboolean is_called;
  int klass;
  Veo3ErrorCode code;
  char *name; /* (owned) (nullable) operation, clip or digest */
  guint64 bytes;
} Answer;

typedef struct
{
  GMainContext *context;
  TestWorkspace *workspace;
  VideoGenerationPort *port;
  Answer answer;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  (void)data;
  fixture->context = g_main_context_new ();
  g_assert_true (g_main_context_acquire (fixture->context));
  fixture->workspace = test_workspace_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  if (fixture->port != NULL)
    fixture->port->iface->free (fixture->port);
  g_free (fixture->answer.name);
  test_workspace_free (fixture->workspace);
  g_main_context_release (fixture->context);
  g_main_context_unref (fixture->context);
}

/* @lines: what stands in [fake]. */
static void
script (Fixture *fixture, const char *lines)
{
  g_autofree char *text = g_strdup_printf ("[fake]\nsubmit-delay=0ms\npoll-delay=0ms\n"
                                           "download-delay=0ms\n%s\n",
                                           lines);
  g_autofree char *path = test_workspace_path (fixture->workspace, "scenario.ini");
  g_autoptr (GError) error = NULL;
  FakeScenario *scenario;

  test_workspace_write (fixture->workspace, "scenario.ini", text);
  scenario = fake_scenario_new (path, &error);
  g_assert_no_error (error);
  if (fixture->port != NULL)
    fixture->port->iface->free (fixture->port);
  fixture->port = fake_veo3_adapter_new (fixture->context, scenario);
}

static void
take (Answer *answer, int klass, Veo3ErrorCode code, const char *name)
{
  answer->n_calls++;
  answer->is_called = TRUE;
  answer->klass = klass;
  answer->code = code;
  g_free (answer->name);
  answer->name = g_strdup (name);
}

static void
on_submitted (const Veo3SubmitResult *result, gpointer user_data)
{
  g_assert_true ((result->klass == VEO3_SUBMIT_ACCEPTED) == (result->message == NULL));
  take (user_data, result->klass, result->code, result->operation_name);
}

static void
on_polled (const Veo3PollResult *result, gpointer user_data)
{
  take (user_data, result->klass, result->code, result->clip_uri);
}

static void
on_downloaded (const Veo3DownloadResult *result, gpointer user_data)
{
  ((Answer *)user_data)->bytes = result->bytes;
  take (user_data, result->klass, result->code, result->sha256);
}

static void
on_cancel_answered (const Veo3CancelResult *result, gpointer user_data)
{
  g_assert_true ((result->klass == VEO3_CANCEL_ASKED) == (result->message == NULL));
  take (user_data, (int)result->klass, VEO3_ERROR_CODE_NONE, NULL);
}

static void
wait_for_answer (Fixture *fixture)
{
  g_assert_false (fixture->answer.is_called);
  test_wait_for_flag (fixture->context, &fixture->answer.is_called);
  fixture->answer.is_called = FALSE;
}

static void
submit (Fixture *fixture, const char *key, GCancellable *cancellable)
{
  const Veo3ClipRequest request = { .idempotent_key = (char *)key, .duration_s = 6 };

  fixture->port->iface->submit_job (fixture->port, &request, cancellable, on_submitted,
                                    &fixture->answer);
  wait_for_answer (fixture);
}

static void
poll_operation (Fixture *fixture, const char *name, GCancellable *cancellable)
{
  fixture->port->iface->poll_job (fixture->port, name, cancellable, on_polled, &fixture->answer);
  wait_for_answer (fixture);
}

static void
download (Fixture *fixture, const char *uri, const char *file_name, GCancellable *cancellable)
{
  const Veo3DownloadTarget target = { .dir_fd = fixture->workspace->fd, .file_name = file_name };

  fixture->port->iface->download_clip (fixture->port, uri, &target, cancellable, on_downloaded,
                                       &fixture->answer);
  wait_for_answer (fixture);
}

static void
stop (Fixture *fixture, const char *name, GCancellable *cancellable)
{
  fixture->port->iface->cancel_job (fixture->port, name, cancellable, on_cancel_answered,
                                    &fixture->answer);
  wait_for_answer (fixture);
}

/* Each word of `cancel` is its class; an operation that nobody knows is over, and who is called off
 * himself learns nothing. */
static void
test_stop (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *lines;
    const char *name;
    Veo3CancelClass klass;
  } rows[] = {
    { "", "fake/operations/1-run_a", VEO3_CANCEL_ASKED },
    { "cancel=asked", "fake/operations/1-run_a", VEO3_CANCEL_ASKED },
    { "cancel=over", "fake/operations/1-run_a", VEO3_CANCEL_OVER },
    { "cancel=no_answer", "fake/operations/1-run_a", VEO3_CANCEL_NO_ANSWER },
    { "cancel=unauthorized", "fake/operations/1-run_a", VEO3_CANCEL_UNAUTHORIZED },
    { "", "models/m/operations/x", VEO3_CANCEL_OVER },
  };
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  (void)data;
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      script (fixture, rows[i].lines);
      stop (fixture, rows[i].name, NULL);
      g_assert_cmpint (fixture->answer.klass, ==, (int)rows[i].klass);
    }
  g_cancellable_cancel (cancelled);
  script (fixture, "poll-delay=3600s");
  stop (fixture, rows[0].name, cancelled);
  g_assert_cmpint (fixture->answer.klass, ==, (int)VEO3_CANCEL_NO_ANSWER);
}

/* Each word of `submit` is its class with its reason. */
static void
test_submit (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *word;
    Veo3SubmitClass klass;
    Veo3ErrorCode code;
  } rows[] = {
    { "accepted", VEO3_SUBMIT_ACCEPTED, VEO3_ERROR_CODE_NONE },
    { "not_sent", VEO3_SUBMIT_NOT_SENT, VEO3_ERROR_CODE_UNAVAILABLE },
    { "rejected", VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_MINUTE },
    { "overloaded", VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_UNAVAILABLE },
    { "quota_day", VEO3_SUBMIT_REJECTED, VEO3_ERROR_CODE_QUOTA_DAY },
    { "refused", VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_INVALID_REQUEST },
    { "denied", VEO3_SUBMIT_REFUSED, VEO3_ERROR_CODE_CREDENTIALS },
    { "uncertain", VEO3_SUBMIT_UNCERTAIN, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT },
  };

  (void)data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *line = g_strconcat ("submit=", rows[i].word, NULL);

      script (fixture, line);
      submit (fixture, "r_a", NULL);
      g_assert_cmpint (fixture->answer.klass, ==, rows[i].klass);
      g_assert_cmpint (fixture->answer.code, ==, rows[i].code);
      g_assert_true ((fixture->answer.name != NULL) == (i == 0));
    }
}

/* Each word of `poll` and of `result` is its class with its reason. */
static void
test_poll (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *line;
    Veo3PollClass klass;
    Veo3ErrorCode code;
  } rows[] = {
    { "generation-time=1000s", VEO3_POLL_RUNNING, VEO3_ERROR_CODE_NONE },
    { "queue-time=1000s", VEO3_POLL_QUEUED, VEO3_ERROR_CODE_NONE },
    { "poll=no_answer", VEO3_POLL_NO_ANSWER, VEO3_ERROR_CODE_NONE },
    { "poll=throttled", VEO3_POLL_THROTTLED, VEO3_ERROR_CODE_NONE },
    { "poll=not_found", VEO3_POLL_NOT_FOUND, VEO3_ERROR_CODE_NONE },
    { "poll=unauthorized", VEO3_POLL_UNAUTHORIZED, VEO3_ERROR_CODE_NONE },
    { "generation-time=0ms", VEO3_POLL_DONE, VEO3_ERROR_CODE_NONE },
    { "generation-time=0ms\nresult=failed", VEO3_POLL_FAILED, VEO3_ERROR_CODE_OPERATION_FAILED },
    { "generation-time=0ms\nresult=filtered", VEO3_POLL_FAILED, VEO3_ERROR_CODE_CONTENT_FILTERED },
    { "generation-time=0ms\nresult=no_clip", VEO3_POLL_FAILED, VEO3_ERROR_CODE_NO_CLIP },
  };

  (void)data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *name = NULL;

      script (fixture, rows[i].line);
      submit (fixture, "r_a", NULL);
      name = g_strdup (fixture->answer.name);
      poll_operation (fixture, name, NULL);
      g_assert_cmpint (fixture->answer.klass, ==, rows[i].klass);
      g_assert_cmpint (fixture->answer.code, ==, rows[i].code);
      g_assert_true ((fixture->answer.name != NULL) == (rows[i].klass == VEO3_POLL_DONE));
    }
}

/* An operation of an earlier process is known; one of another service is not. */
static void
test_operations (Fixture *fixture, gconstpointer data)
{
  g_autofree char *name = NULL;

  (void)data;
  script (fixture, "generation-time=0ms");
  submit (fixture, "r_a", NULL);
  name = g_strdup (fixture->answer.name);
  script (fixture, "generation-time=0ms");
  poll_operation (fixture, name, NULL);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_POLL_DONE);
  poll_operation (fixture, "models/m/operations/7", NULL);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_POLL_NOT_FOUND);
  poll_operation (fixture, "fake/operations/x", NULL);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_POLL_NOT_FOUND);
}

static char *
read_clip (Fixture *fixture, const char *file_name)
{
  g_autofree char *path = test_workspace_path (fixture->workspace, file_name);
  g_autoptr (GError) error = NULL;
  g_autofree char *clip = NULL;
  g_autofree char *sha256 = NULL;
  gsize length = 0;
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (mp4_check_fd (fd, NULL, &error), ==, MP4_CHECK_WHOLE);
  (void)close (fd);
  g_assert_true (g_file_get_contents (path, &clip, &length, NULL));
  g_assert_cmpuint (length, ==, fixture->answer.bytes);
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)clip, length);
  g_assert_cmpstr (sha256, ==, fixture->answer.name);
  return g_steal_pointer (&sha256);
}

/* A stored clip is a whole MP4 under its final name, with the size and digest that were told; each
 * key has bytes of its own, and always the same. */
static void
test_stored (Fixture *fixture, gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *again = NULL;

  (void)data;
  script (fixture, "");
  download (fixture, "fake/clips/r_a", "a.mp4", NULL);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_DOWNLOAD_STORED);
  first = read_clip (fixture, "a.mp4");
  download (fixture, "fake/clips/r_b", "b.mp4", NULL);
  second = read_clip (fixture, "b.mp4");
  test_workspace_write (fixture->workspace, ".a.mp4.part", "of a killed process");
  download (fixture, "fake/clips/r_a", "a.mp4", NULL);
  again = read_clip (fixture, "a.mp4");
  g_assert_cmpstr (first, !=, second);
  g_assert_cmpstr (first, ==, again);
  g_assert_cmpuint (test_workspace_count (fixture->workspace, ".", ""), ==, 3);
}

/* Each other word of `download` is its class, and leaves no file. */
static void
test_download (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *word;
    Veo3DownloadClass klass;
    Veo3ErrorCode code;
  } rows[] = {
    { "download=transient", VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_NONE },
    { "download=gone", VEO3_DOWNLOAD_GONE, VEO3_ERROR_CODE_CLIP_GONE },
    { "download=not_clip", VEO3_DOWNLOAD_NOT_CLIP, VEO3_ERROR_CODE_NOT_A_CLIP },
    { "download=disk", VEO3_DOWNLOAD_DISK, VEO3_ERROR_CODE_DISK },
  };

  (void)data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      script (fixture, rows[i].word);
      download (fixture, "fake/clips/r_a", "a.mp4", NULL);
      g_assert_cmpint (fixture->answer.klass, ==, rows[i].klass);
      g_assert_cmpint (fixture->answer.code, ==, rows[i].code);
      g_assert_null (fixture->answer.name);
      g_assert_false (test_workspace_exists (fixture->workspace, "a.mp4"));
    }
}

/* A folder that is gone, or a folder in the clip's place, is our disk's refusal. */
static void
test_disk (Fixture *fixture, gconstpointer data)
{
  (void)data;
  script (fixture, "");
  test_workspace_write (fixture->workspace, "a.mp4/in-the-way", "x");
  download (fixture, "fake/clips/r_a", "a.mp4", NULL);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_DOWNLOAD_DISK);
  g_assert_cmpint (fixture->answer.code, ==, VEO3_ERROR_CODE_DISK);
  download (fixture, "fake/clips/r_a", "no-such-folder/a.mp4", NULL);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_DOWNLOAD_DISK);
}

/* A cancelled call answers once, at once, with the class of its kind; so does one that is cancelled
 * before it begins, and cancelling afterwards changes nothing. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint n_before = 0;

  (void)data;
  script (fixture, "submit-delay=1000s\npoll-delay=1000s\ndownload-delay=1000s");
  g_cancellable_cancel (cancellable);
  submit (fixture, "r_a", cancellable);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_SUBMIT_UNCERTAIN);
  poll_operation (fixture, "fake/operations/1-r_a", cancellable);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_POLL_NO_ANSWER);
  download (fixture, "fake/clips/r_a", "a.mp4", cancellable);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_DOWNLOAD_TRANSIENT);
  g_assert_false (test_workspace_exists (fixture->workspace, "a.mp4"));
  script (fixture, "");
  g_cancellable_reset (cancellable);
  n_before = fixture->answer.n_calls;
  submit (fixture, "r_a", cancellable);
  g_assert_cmpint (fixture->answer.klass, ==, VEO3_SUBMIT_ACCEPTED);
  g_cancellable_cancel (cancellable);
  test_wait_while_busy (fixture->context);
  g_assert_cmpuint (fixture->answer.n_calls, ==, n_before + 1);
}

/* The time and the cancellation of a call may fall together: it answers once all the same. */
static void
test_cancel_race (Fixture *fixture, gconstpointer data)
{
  (void)data;
  script (fixture, "");
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      const Veo3ClipRequest request = { .idempotent_key = (char *)"r_a" };
      guint n_before = fixture->answer.n_calls;

      fixture->port->iface->submit_job (fixture->port, &request, cancellable, on_submitted,
                                        &fixture->answer);
      g_cancellable_cancel (cancellable);
      wait_for_answer (fixture);
      test_wait_while_busy (fixture->context);
      g_assert_cmpuint (fixture->answer.n_calls, ==, n_before + 1);
    }
}

/* The fake service and its model have names. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  (void)data;
  script (fixture, "");
  g_assert_cmpstr (fixture->port->model, ==, "fake");
  g_assert_cmpstr (fixture->port->iface->provider, ==, "fake");
}

static void
add (const char *path, void (*test) (Fixture *fixture, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/veo3/fake-veo3-adapter/submit", test_submit);
  add ("/veo3/fake-veo3-adapter/poll", test_poll);
  add ("/veo3/fake-veo3-adapter/operations", test_operations);
  add ("/veo3/fake-veo3-adapter/stored", test_stored);
  add ("/veo3/fake-veo3-adapter/download", test_download);
  add ("/veo3/fake-veo3-adapter/disk", test_disk);
  add ("/veo3/fake-veo3-adapter/stop", test_stop);
  add ("/veo3/fake-veo3-adapter/cancel", test_cancel);
  add ("/veo3/fake-veo3-adapter/cancel-race", test_cancel_race);
  add ("/veo3/fake-veo3-adapter/names", test_names);
  return g_test_run ();
}
