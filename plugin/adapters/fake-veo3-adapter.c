/* SPDX-License-Identifier: MIT */
/*
 * The fake service. Thread: the worker's context.
 *
 * An operation's name holds its key and when it was made, so that a later process, like with a real
 * service, can ask for what an earlier one has submitted. Every call is a FakeCall: a timer and a
 * cancellation, of which the first to fire answers.
 */
#include "plugin/adapters/fake-veo3-adapter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPERATION_PREFIX "fake/operations/"
#define CLIP_PREFIX "fake/clips/"
#define CLIP_RESOURCE "/pipeline-runner/fake-clip.mp4"

typedef struct
{
  VideoGenerationPort port;
  GMainContext *context;  /* (owned) */
  FakeScenario *scenario; /* (owned) */
} FakeVeo3Adapter;

typedef struct _FakeCall FakeCall;
typedef void (*FakeAnswer) (FakeCall *call, gboolean is_cancelled);

struct _FakeCall
{
  FakeVeo3Adapter *self; /* (borrowed) */
  FakeAnswer answer;
  GSource *timer;        /* (owned) */
  GSource *cancellation; /* (owned) (nullable) */
  char *subject;         /* (owned) key, operation or clip */
  int dir_fd;            /* (borrowed) download only */
  char *file_name;       /* (owned) (nullable) download only */
  GCallback callback;    /* of the call's own type */
  gpointer user_data;
};

static void
drop_source (GSource *source)
{
  if (source == NULL)
    return;
  g_source_destroy (source);
  g_source_unref (source);
}

static void
finish (FakeCall *call, gboolean is_cancelled)
{
  drop_source (call->timer);
  drop_source (call->cancellation);
  call->answer (call, is_cancelled);
  g_free (call->subject);
  g_free (call->file_name);
  g_free (call);
}

static gboolean
on_time (gpointer user_data)
{
  finish (user_data, FALSE);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  (void)cancellable;
  finish (user_data, TRUE);
  return G_SOURCE_REMOVE;
}

/* Takes over @call. */
static void
begin (FakeCall *call, gint64 delay_ms, GCancellable *cancellable)
{
  g_assert (g_main_context_is_owner (call->self->context));
  call->timer = g_timeout_source_new ((guint)delay_ms);
  g_source_set_static_name (call->timer, "fake-call");
  g_source_set_callback (call->timer, on_time, call, NULL);
  (void)g_source_attach (call->timer, call->self->context);
  if (cancellable == NULL)
    return;
  call->cancellation = g_cancellable_source_new (cancellable);
  g_source_set_static_name (call->cancellation, "fake-cancel");
  g_source_set_callback (call->cancellation, G_SOURCE_FUNC (on_cancelled), call, NULL);
  (void)g_source_attach (call->cancellation, call->self->context);
}

static FakeCall *
new_call (VideoGenerationPort *port,
          FakeAnswer answer,
          const char *subject,
          GCallback callback,
          gpointer user_data)
{
  FakeCall *call = g_new0 (FakeCall, 1);

  call->self = (FakeVeo3Adapter *)port;
  call->answer = answer;
  call->subject = g_strdup (subject);
  call->callback = callback;
  call->user_data = user_data;
  return call;
}

/* ---- submit ---- */

static const struct
{
  const char *word;
  Veo3SubmitResult result;
} submit_answers[] = {
  { "not_sent",
    { VEO3_SUBMIT_NOT_SENT, NULL, VEO3_ERROR_CODE_UNAVAILABLE, "scripted: no route", 0 } },
  { "rejected",
    { VEO3_SUBMIT_REJECTED, NULL, VEO3_ERROR_CODE_QUOTA_MINUTE, "scripted: quota of the minute",
      0 } },
  { "overloaded",
    { VEO3_SUBMIT_REJECTED, NULL, VEO3_ERROR_CODE_UNAVAILABLE, "scripted: overloaded", 0 } },
  { "quota_day",
    { VEO3_SUBMIT_REJECTED, NULL, VEO3_ERROR_CODE_QUOTA_DAY, "scripted: quota of the day", 0 } },
  { "refused",
    { VEO3_SUBMIT_REFUSED, NULL, VEO3_ERROR_CODE_INVALID_REQUEST, "scripted: refused", 0 } },
  { "denied", { VEO3_SUBMIT_REFUSED, NULL, VEO3_ERROR_CODE_CREDENTIALS, "scripted: bad key", 0 } },
  { "uncertain",
    { VEO3_SUBMIT_UNCERTAIN, NULL, VEO3_ERROR_CODE_UNCERTAIN_SUBMIT, "scripted: no answer", 0 } },
};

static void
answer_submit (FakeCall *call, gboolean is_cancelled)
{
  Veo3SubmitFunc callback = (Veo3SubmitFunc)call->callback;
  const char *word = is_cancelled
                         ? "uncertain"
                         : fake_scenario_take (call->self->scenario, call->subject, "submit");
  g_autofree char *name = g_strdup_printf (OPERATION_PREFIX "%" G_GINT64_FORMAT "-%s",
                                           g_get_real_time () / 1000, call->subject);
  Veo3SubmitResult result = { .klass = VEO3_SUBMIT_ACCEPTED, .operation_name = name };

  for (guint i = 0; i < G_N_ELEMENTS (submit_answers); i++)
    if (strcmp (submit_answers[i].word, word) == 0)
      result = submit_answers[i].result;
  callback (&result, call->user_data);
}

static void
fake_submit_job (VideoGenerationPort *port,
                 const Veo3ClipRequest *request,
                 GCancellable *cancellable,
                 Veo3SubmitFunc callback,
                 gpointer user_data)
{
  FakeCall *call
      = new_call (port, answer_submit, request->idempotent_key, G_CALLBACK (callback), user_data);

  begin (call, fake_scenario_get_ms (call->self->scenario, request->idempotent_key, "submit-delay"),
         cancellable);
}

/* ---- poll ---- */

/* The key in an operation's name, and when it was made. NULL: no name of ours. */
static const char *
parse_operation (const char *name, gint64 *ret_made_ms)
{
  char *end = NULL;

  if (!g_str_has_prefix (name, OPERATION_PREFIX))
    return NULL;
  *ret_made_ms = g_ascii_strtoll (name + strlen (OPERATION_PREFIX), &end, 10);
  return *end == '-' ? end + 1 : NULL;
}

static gboolean
fake_is_operation_name (VideoGenerationPort *port, const char *name)
{
  gint64 made_ms = 0;

  (void)port;
  return parse_operation (name, &made_ms) != NULL;
}

static void
fill_ended (FakeCall *call, const char *key, char **ret_uri, Veo3PollResult *result)
{
  const char *word = fake_scenario_take (call->self->scenario, key, "result");

  result->klass = VEO3_POLL_FAILED;
  if (strcmp (word, "failed") == 0)
    {
      result->code = VEO3_ERROR_CODE_OPERATION_FAILED;
      result->message = "scripted: internal error (code 13)";
    }
  else if (strcmp (word, "filtered") == 0)
    {
      result->code = VEO3_ERROR_CODE_CONTENT_FILTERED;
      result->message = "scripted: blocked by the content filter. Support codes: 42237218";
    }
  else if (strcmp (word, "no_clip") == 0)
    {
      result->code = VEO3_ERROR_CODE_NO_CLIP;
      result->message = "scripted: done without a clip";
    }
  else
    {
      *ret_uri = g_strconcat (CLIP_PREFIX, key, NULL);
      result->klass = VEO3_POLL_DONE;
      result->clip_uri = *ret_uri;
    }
}

static void
fill_poll (FakeCall *call, char **ret_uri, Veo3PollResult *result)
{
  gint64 made_ms = 0;
  const char *key = parse_operation (call->subject, &made_ms);
  FakeScenario *scenario = call->self->scenario;
  gint64 age_ms = g_get_real_time () / 1000 - made_ms;
  const char *word = key == NULL ? "not_found" : fake_scenario_take (scenario, key, "poll");

  result->message = "scripted";
  if (strcmp (word, "no_answer") == 0)
    result->klass = VEO3_POLL_NO_ANSWER;
  else if (strcmp (word, "throttled") == 0)
    result->klass = VEO3_POLL_THROTTLED;
  else if (strcmp (word, "not_found") == 0)
    result->klass = VEO3_POLL_NOT_FOUND;
  else if (strcmp (word, "unauthorized") == 0)
    result->klass = VEO3_POLL_UNAUTHORIZED;
  else if (age_ms < fake_scenario_get_ms (scenario, key, "queue-time"))
    result->klass = VEO3_POLL_QUEUED;
  else if (age_ms < fake_scenario_get_ms (scenario, key, "generation-time"))
    result->klass = VEO3_POLL_RUNNING;
  else
    fill_ended (call, key, ret_uri, result);
}

static void
answer_poll (FakeCall *call, gboolean is_cancelled)
{
  Veo3PollFunc callback = (Veo3PollFunc)call->callback;
  g_autofree char *uri = NULL;
  Veo3PollResult result = { .klass = VEO3_POLL_NO_ANSWER, .message = "cancelled" };

  if (!is_cancelled)
    fill_poll (call, &uri, &result);
  callback (&result, call->user_data);
}

static void
fake_poll_job (VideoGenerationPort *port,
               const char *operation_name,
               GCancellable *cancellable,
               Veo3PollFunc callback,
               gpointer user_data)
{
  FakeCall *call = new_call (port, answer_poll, operation_name, G_CALLBACK (callback), user_data);
  gint64 made_ms = 0;
  const char *key = parse_operation (operation_name, &made_ms);

  begin (call, fake_scenario_get_ms (call->self->scenario, key != NULL ? key : "", "poll-delay"),
         cancellable);
}

/* ---- download ---- */

/* A `free` box at the end: players skip it, and no two clips have the same bytes. */
static GBytes *
make_clip (const char *key)
{
  g_autoptr (GBytes) clip
      = g_resources_lookup_data (CLIP_RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  GByteArray *bytes = g_byte_array_new ();
  guint32 size = GUINT32_TO_BE ((guint32)(8 + strlen (key)));
  gsize length = 0;
  gconstpointer data;

  g_assert (clip != NULL);
  data = g_bytes_get_data (clip, &length);
  g_byte_array_append (bytes, data, (guint)length);
  g_byte_array_append (bytes, (const guint8 *)&size, sizeof size);
  g_byte_array_append (bytes, (const guint8 *)"free", 4);
  g_byte_array_append (bytes, (const guint8 *)key, (guint)strlen (key));
  return g_byte_array_free_to_bytes (bytes);
}

static gboolean
write_all (int fd, const guint8 *data, gsize length)
{
  while (length > 0)
    {
      ssize_t n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      data += n;
      length -= (gsize)n;
    }
  return TRUE;
}

/* Returns 0 or an errno. */
static int
store_clip (const FakeCall *call, GBytes *clip)
{
  g_autofree char *part = g_strdup_printf (".%s.part", call->file_name);
  gsize length = 0;
  const guint8 *data = g_bytes_get_data (clip, &length);
  int saved_errno = 0;
  int fd;

  (void)unlinkat (call->dir_fd, part, 0);
  fd = openat (call->dir_fd, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return errno;
  if (!write_all (fd, data, length) || fsync (fd) != 0)
    saved_errno = errno;
  (void)close (fd);
  if (saved_errno == 0 && renameat (call->dir_fd, part, call->dir_fd, call->file_name) != 0)
    saved_errno = errno;
  return saved_errno;
}

static void
fill_download (const FakeCall *call, GBytes *clip, const char *word, Veo3DownloadResult *result)
{
  int saved_errno;

  result->message = "scripted";
  if (strcmp (word, "transient") == 0)
    return;
  if (strcmp (word, "gone") == 0)
    {
      result->klass = VEO3_DOWNLOAD_GONE;
      result->code = VEO3_ERROR_CODE_CLIP_GONE;
      return;
    }
  if (strcmp (word, "not_clip") == 0)
    {
      result->klass = VEO3_DOWNLOAD_NOT_CLIP;
      result->code = VEO3_ERROR_CODE_NOT_A_CLIP;
      return;
    }
  saved_errno = strcmp (word, "disk") == 0 ? ENOSPC : store_clip (call, clip);
  if (saved_errno != 0)
    {
      result->klass = VEO3_DOWNLOAD_DISK;
      result->code = VEO3_ERROR_CODE_DISK;
      result->message = g_strerror (saved_errno);
      return;
    }
  result->klass = VEO3_DOWNLOAD_STORED;
  result->message = NULL; /* nothing that people should know */
  result->bytes = g_bytes_get_size (clip);
}

static void
answer_download (FakeCall *call, gboolean is_cancelled)
{
  Veo3DownloadFunc callback = (Veo3DownloadFunc)call->callback;
  const char *key = call->subject + strlen (CLIP_PREFIX);
  g_autoptr (GBytes) clip = make_clip (key);
  g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, clip);
  Veo3DownloadResult result = { .klass = VEO3_DOWNLOAD_TRANSIENT, .message = "cancelled" };

  if (!is_cancelled)
    fill_download (call, clip, fake_scenario_take (call->self->scenario, key, "download"), &result);
  if (result.klass == VEO3_DOWNLOAD_STORED)
    result.sha256 = sha256;
  callback (&result, call->user_data);
}

static void
fake_download_clip (VideoGenerationPort *port,
                    const char *clip_uri,
                    const Veo3DownloadTarget *target,
                    GCancellable *cancellable,
                    Veo3DownloadFunc callback,
                    gpointer user_data)
{
  FakeCall *call = new_call (port, answer_download, clip_uri, G_CALLBACK (callback), user_data);

  g_assert (g_str_has_prefix (clip_uri, CLIP_PREFIX));
  call->dir_fd = target->dir_fd;
  call->file_name = g_strdup (target->file_name);
  begin (call,
         fake_scenario_get_ms (call->self->scenario, clip_uri + strlen (CLIP_PREFIX),
                               "download-delay"),
         cancellable);
}

/* ---- cancel ---- */

static const struct
{
  const char *word;
  Veo3CancelResult result;
} cancel_answers[] = {
  { "asked", { VEO3_CANCEL_ASKED, NULL, 0 } },
  { "over", { VEO3_CANCEL_OVER, "scripted: over", 0 } },
  { "no_answer", { VEO3_CANCEL_NO_ANSWER, "scripted: no answer", 0 } },
  { "unauthorized", { VEO3_CANCEL_UNAUTHORIZED, "scripted: bad key", 0 } },
};

/* What it had stopped would have to be remembered beyond this process: it does not stop, as real
 * ones may not. */
static void
answer_cancel (FakeCall *call, gboolean is_cancelled)
{
  Veo3CancelFunc callback = (Veo3CancelFunc)call->callback;
  gint64 made_ms = 0;
  const char *key = parse_operation (call->subject, &made_ms);
  const char *word = "";
  Veo3CancelResult result = { .klass = VEO3_CANCEL_NO_ANSWER, .message = "cancelled" };

  if (!is_cancelled)
    word = key == NULL ? "over" : fake_scenario_take (call->self->scenario, key, "cancel");
  for (guint i = 0; i < G_N_ELEMENTS (cancel_answers); i++)
    if (strcmp (cancel_answers[i].word, word) == 0)
      result = cancel_answers[i].result;
  callback (&result, call->user_data);
}

static void
fake_cancel_job (VideoGenerationPort *port,
                 const char *operation_name,
                 GCancellable *cancellable,
                 Veo3CancelFunc callback,
                 gpointer user_data)
{
  FakeCall *call = new_call (port, answer_cancel, operation_name, G_CALLBACK (callback), user_data);
  gint64 made_ms = 0;
  const char *key = parse_operation (operation_name, &made_ms);

  begin (call, fake_scenario_get_ms (call->self->scenario, key != NULL ? key : "", "poll-delay"),
         cancellable);
}

/* ---- the port ---- */

static void
fake_free (VideoGenerationPort *port)
{
  FakeVeo3Adapter *self = (FakeVeo3Adapter *)port;

  fake_scenario_free (self->scenario);
  g_main_context_unref (self->context);
  g_free (self->port.model);
  g_free (self);
}

static const VideoGenerationPortInterface fake_interface = {
  .provider = "fake",
  .is_operation_name = fake_is_operation_name,
  .submit_job = fake_submit_job,
  .poll_job = fake_poll_job,
  .download_clip = fake_download_clip,
  .cancel_job = fake_cancel_job,
  .free = fake_free,
};

VideoGenerationPort *
fake_veo3_adapter_new (GMainContext *context, FakeScenario *scenario)
{
  FakeVeo3Adapter *self = g_new0 (FakeVeo3Adapter, 1);

  self->port.iface = &fake_interface;
  self->port.model = g_strdup ("fake");
  self->context = g_main_context_ref (context);
  self->scenario = scenario;
  return &self->port;
}
