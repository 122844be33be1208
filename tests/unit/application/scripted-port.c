/* SPDX-License-Identifier: MIT */
/*
 * The port in the test's hand. One thread, one context. Never answers by itself, so that the test
 * decides the order of everything.
 */
#include "tests/unit/application/scripted-port.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const kind_names[SCRIPTED_N_KINDS] = { "submit", "poll", "download", "cancel" };

static void
call_free (ScriptedCall *call)
{
  g_free (call->subject);
  g_free (call->file_name);
  g_clear_object (&call->cancellable);
  g_free (call);
}

static ScriptedCall *
begin (VideoGenerationPort *port, ScriptedKind kind, const char *subject, GCancellable *cancellable)
{
  ScriptedPort *self = (ScriptedPort *)port;
  ScriptedCall *call = g_new0 (ScriptedCall, 1);
  guint n_out = 1;

  call->kind = kind;
  call->subject = g_strdup (subject);
  call->cancellable = g_object_ref (cancellable);
  for (guint i = 0; i < self->calls->len; i++)
    n_out += ((const ScriptedCall *)g_ptr_array_index (self->calls, i))->kind == kind;
  self->max_out[kind] = MAX (self->max_out[kind], n_out);
  self->n_calls[kind]++;
  g_ptr_array_add (self->calls, call);
  g_ptr_array_add (self->log, g_strdup_printf ("%s %s", kind_names[kind], subject));
  return call;
}

/* A call is no longer out before its callback runs: that may begin the next one. */
static void
take_out (ScriptedPort *self, ScriptedCall *call, ScriptedKind kind)
{
  g_assert_nonnull (call);
  g_assert_cmpint (call->kind, ==, kind);
  g_assert_true (g_ptr_array_remove (self->calls, call));
}

/* What a port would send: the bytes as they are during the call. */
static void
record_pictures (ScriptedPort *self, const Veo3ClipRequest *request)
{
  const GPtrArray *images = request->options.images;

  for (guint i = 0; images != NULL && i < images->len; i++)
    {
      const Veo3ClipImage *image = g_ptr_array_index (images, i);
      g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, image->bytes);

      g_assert_cmpstr (sha256, ==, image->sha256);
      g_ptr_array_add (self->pictures, g_strdup_printf ("%s %s %s %s %s", request->idempotent_key,
                                                        veo3_image_role_to_string (image->role),
                                                        image->path, image->mime_type, sha256));
    }
}

static void
submit_job (VideoGenerationPort *port,
            const Veo3ClipRequest *request,
            GCancellable *cancellable,
            Veo3SubmitFunc callback,
            gpointer user_data)
{
  ScriptedCall *call = begin (port, SCRIPTED_SUBMIT, request->idempotent_key, cancellable);

  record_pictures ((ScriptedPort *)port, request);
  call->callback = G_CALLBACK (callback);
  call->user_data = user_data;
}

static void
poll_job (VideoGenerationPort *port,
          const char *operation_name,
          GCancellable *cancellable,
          Veo3PollFunc callback,
          gpointer user_data)
{
  ScriptedCall *call = begin (port, SCRIPTED_POLL, operation_name, cancellable);

  call->callback = G_CALLBACK (callback);
  call->user_data = user_data;
}

static void
download_clip (VideoGenerationPort *port,
               const char *clip_uri,
               const Veo3DownloadTarget *target,
               GCancellable *cancellable,
               Veo3DownloadFunc callback,
               gpointer user_data)
{
  ScriptedCall *call = begin (port, SCRIPTED_DOWNLOAD, clip_uri, cancellable);

  call->callback = G_CALLBACK (callback);
  call->user_data = user_data;
  call->dir_fd = target->dir_fd;
  call->file_name = g_strdup (target->file_name);
}

static void
cancel_job (VideoGenerationPort *port,
            const char *operation_name,
            GCancellable *cancellable,
            Veo3CancelFunc callback,
            gpointer user_data)
{
  ScriptedCall *call = begin (port, SCRIPTED_CANCEL, operation_name, cancellable);

  call->callback = G_CALLBACK (callback);
  call->user_data = user_data;
}

static void
port_free (VideoGenerationPort *port)
{
  ScriptedPort *self = (ScriptedPort *)port;

  g_assert_cmpuint (self->calls->len, ==, 0);
  g_ptr_array_unref (self->calls);
  g_ptr_array_unref (self->log);
  g_ptr_array_unref (self->pictures);
  g_free (self->port.model);
  g_free (self);
}

static gboolean
is_operation_name (VideoGenerationPort *port, const char *name)
{
  (void)port;
  return g_str_has_prefix (name, "op");
}

static const VideoGenerationPortInterface interface = {
  .provider = "scripted",
  .is_operation_name = is_operation_name,
  .submit_job = submit_job,
  .poll_job = poll_job,
  .download_clip = download_clip,
  .cancel_job = cancel_job,
  .free = port_free,
};

ScriptedPort *
scripted_port_new (void)
{
  ScriptedPort *self = g_new0 (ScriptedPort, 1);

  self->port.iface = &interface;
  self->port.model = g_strdup ("m");
  self->calls = g_ptr_array_new ();
  self->log = g_ptr_array_new_with_free_func (g_free);
  self->pictures = g_ptr_array_new_with_free_func (g_free);
  return self;
}

ScriptedCall *
scripted_port_find (ScriptedPort *self, ScriptedKind kind, const char *suffix)
{
  for (guint i = 0; i < self->calls->len; i++)
    {
      ScriptedCall *call = g_ptr_array_index (self->calls, i);

      if (call->kind == kind && g_str_has_suffix (call->subject, suffix))
        return call;
    }
  return NULL;
}

void
scripted_port_submit (ScriptedPort *self,
                      ScriptedCall *call,
                      Veo3SubmitClass klass,
                      Veo3ErrorCode code)
{
  g_autofree char *name = g_strconcat ("operations/", call->subject, NULL);
  gboolean is_accepted = klass == VEO3_SUBMIT_ACCEPTED;
  const Veo3SubmitResult result = { .klass = klass,
                                    .operation_name = is_accepted ? name : NULL,
                                    .code = code,
                                    .message = is_accepted ? NULL : "words" };

  take_out (self, call, SCRIPTED_SUBMIT);
  ((Veo3SubmitFunc)call->callback) (&result, call->user_data);
  call_free (call);
}

void
scripted_port_poll (ScriptedPort *self, ScriptedCall *call, Veo3PollClass klass)
{
  g_autofree char *uri = g_strconcat ("clips/", call->subject, NULL);
  const Veo3PollResult result
      = { .klass = klass,
          .clip_uri = klass == VEO3_POLL_DONE ? uri : NULL,
          .code
          = klass == VEO3_POLL_FAILED ? VEO3_ERROR_CODE_OPERATION_FAILED : VEO3_ERROR_CODE_NONE,
          .message = "words" };

  take_out (self, call, SCRIPTED_POLL);
  ((Veo3PollFunc)call->callback) (&result, call->user_data);
  call_free (call);
}

void
scripted_port_download (ScriptedPort *self, ScriptedCall *call, Veo3DownloadClass klass)
{
  Veo3DownloadResult result = { .klass = klass, .message = "words" };
  int fd;

  take_out (self, call, SCRIPTED_DOWNLOAD);
  if (klass == VEO3_DOWNLOAD_STORED)
    {
      /* A new file, like that of every adapter: the old one may have a second name. */
      (void)unlinkat (call->dir_fd, call->file_name, 0);
      fd = openat (call->dir_fd, call->file_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      g_assert_cmpint (fd, >=, 0);
      g_assert_cmpint (write (fd, "clip", 4), ==, 4);
      (void)close (fd);
      result.bytes = 4;
      result.sha256 = "abcd";
      result.media = self->media;
      result.message = self->stored_message;
    }
  ((Veo3DownloadFunc)call->callback) (&result, call->user_data);
  call_free (call);
}

void
scripted_port_cancel (ScriptedPort *self, ScriptedCall *call, Veo3CancelClass klass)
{
  const Veo3CancelResult result = { .klass = klass, .message = "words" };

  take_out (self, call, SCRIPTED_CANCEL);
  ((Veo3CancelFunc)call->callback) (&result, call->user_data);
  call_free (call);
}

static void
answer (ScriptedPort *self, ScriptedCall *call, gboolean is_good)
{
  switch (call->kind)
    {
    case SCRIPTED_SUBMIT:
      scripted_port_submit (self, call, is_good ? VEO3_SUBMIT_ACCEPTED : VEO3_SUBMIT_UNCERTAIN,
                            VEO3_ERROR_CODE_NONE);
      break;
    case SCRIPTED_POLL:
      scripted_port_poll (self, call, is_good ? VEO3_POLL_DONE : VEO3_POLL_NO_ANSWER);
      break;
    case SCRIPTED_DOWNLOAD:
      scripted_port_download (self, call, is_good ? VEO3_DOWNLOAD_STORED : VEO3_DOWNLOAD_TRANSIENT);
      break;
    case SCRIPTED_CANCEL:
      scripted_port_cancel (self, call, is_good ? VEO3_CANCEL_ASKED : VEO3_CANCEL_NO_ANSWER);
      break;
    }
}

void
scripted_port_answer_all (ScriptedPort *self)
{
  while (self->calls->len > 0)
    answer (self, g_ptr_array_index (self->calls, 0), TRUE);
}

void
scripted_port_answer_cancelled (ScriptedPort *self)
{
  for (guint i = self->calls->len; i > 0; i--)
    {
      ScriptedCall *call = g_ptr_array_index (self->calls, i - 1);

      if (g_cancellable_is_cancelled (call->cancellable))
        answer (self, call, FALSE);
    }
}
