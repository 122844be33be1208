/* SPDX-License-Identifier: MIT */
/*
 * The port around a port. Lives on the worker's context; one StripCall per download that is to be
 * stripped: fetch, look, ffmpeg, compare, commit. What waits for the disk is ClipFile's. Must never
 * show a clip under its final name before it is whole, and must not drop one that was paid for.
 */
#include "plugin/adapters/audio-strip-port.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/adapters/clip-file.h"
#include "plugin/adapters/ffmpeg-run.h"
#include "plugin/adapters/mp4-media.h"

#define ID_CHARS 12
#define SOUND_SUFFIX ".sound"

/* Sound may last a little longer than the pictures, and the movie is as long as the longer one. */
#define SLACK_MS 500

/* The inner port has its own limit. */
#define MAX_BYTES ((guint64)G_MAXINT64)

typedef struct
{
  VideoGenerationPort port;
  VideoGenerationPortInterface iface; /* the other's constants, our functions */
  VideoGenerationPort *inner;         /* (owned) */
  GMainContext *context;              /* (owned) */
  guint timeout_ms;
} AudioStripPort;

typedef struct
{
  AudioStripPort *self;      /* (borrowed) */
  int dir_fd;                /* (owned) -1 = none */
  char *name;                /* (owned) the final one */
  char *sound_name;          /* (owned) */
  char *mute_name;           /* (owned) */
  GCancellable *cancellable; /* (owned) (nullable) */
  GSource *later;            /* (owned) (nullable) */
  int in_fd;                 /* (owned) -1 = not open */
  int out_fd;                /* (owned) -1 = not open */
  ClipFile *file;            /* (owned) (nullable) while it is committed */
  gboolean is_mute;          /* @file is what ffmpeg made */
  char *complaint;           /* (owned) (nullable) why the clip keeps its sound */
  Veo3DownloadFunc callback;
  gpointer user_data; /* (borrowed) */
} StripCall;

static AudioStripPort *
self_of (VideoGenerationPort *port)
{
  return (AudioStripPort *)port;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    (void)close (*fd);
  *fd = -1;
}

static void
strip_call_free (StripCall *call)
{
  close_fd (&call->dir_fd);
  close_fd (&call->in_fd);
  close_fd (&call->out_fd);
  clip_file_free (call->file);
  g_clear_object (&call->cancellable);
  g_clear_pointer (&call->later, g_source_unref);
  g_free (call->name);
  g_free (call->sound_name);
  g_free (call->mute_name);
  g_free (call->complaint);
  g_free (call);
}

static void
answer (StripCall *call, const Veo3DownloadResult *result)
{
  call->callback (result, call->user_data);
  strip_call_free (call);
}

static void
answer_failed (StripCall *call, Veo3DownloadClass klass, Veo3ErrorCode code, const char *message)
{
  Veo3DownloadResult result = { .klass = klass, .code = code, .message = message };

  answer (call, &result);
}

/* ---- the end: a file gets its name ---- */

/* ".NAME.ID.sound", or "..NAME.ID.sound.part" that a killed process was still fetching. */
static gboolean
is_sound_of (const char *entry, const char *name)
{
  gsize length = strlen (name);
  gboolean is_part = g_str_has_prefix (entry, "..");
  const char *suffix = is_part ? SOUND_SUFFIX ".part" : SOUND_SUFFIX;
  const char *whole = is_part ? entry + 1 : entry;

  return whole[0] == '.' && strncmp (whole + 1, name, length) == 0 && whole[length + 1] == '.'
         && strlen (whole) == length + 2 + ID_CHARS + strlen (suffix)
         && g_str_has_suffix (whole, suffix);
}

/* The clip is there: what was kept in case it would not be has no more use, and neither has what
 * belonged to a clip that this one replaces. */
static void
sweep (const StripCall *call)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", call->dir_fd);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (is_sound_of (entry, call->name))
      (void)unlinkat (call->dir_fd, entry, 0);
}

static void keep_sound (StripCall *call, const char *complaint);

static void
explain_failed_commit (StripCall *call, const GError *error)
{
  if (call->is_mute)
    {
      keep_sound (call, error->message);
      return;
    }
  /* A leftover that is no clip after all: fetched anew, for nothing. */
  if (!g_error_matches (error, CLIP_FILE_ERROR, CLIP_FILE_ERROR_DISK))
    answer_failed (call, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_UNAVAILABLE, error->message);
  else
    answer_failed (call, VEO3_DOWNLOAD_DISK, VEO3_ERROR_CODE_DISK, error->message);
}

static void
on_committed (const GError *error, gpointer user_data)
{
  StripCall *call = user_data;
  Veo3DownloadResult result = { .klass = VEO3_DOWNLOAD_STORED, .code = VEO3_ERROR_CODE_NONE };

  if (error != NULL)
    {
      explain_failed_commit (call, error);
      return;
    }
  sweep (call);
  result.bytes = clip_file_get_bytes (call->file);
  result.sha256 = clip_file_get_sha256 (call->file);
  result.media = clip_file_get_media (call->file);
  result.message = call->complaint;
  answer (call, &result);
}

static void
commit (StripCall *call, const char *part_name)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&call->file, clip_file_free);
  call->is_mute = part_name == call->mute_name;
  call->file = clip_file_new_adopted (call->dir_fd, part_name, call->name, MAX_BYTES, &error);
  if (call->file != NULL)
    clip_file_commit (call->file, call->self->context, on_committed, call);
  else
    explain_failed_commit (call, error);
}

static void
keep_sound (StripCall *call, const char *complaint)
{
  (void)unlinkat (call->dir_fd, call->mute_name, 0);
  g_free (call->complaint);
  call->complaint = g_strdup_printf (
      "stored with its sound: %s. Install ffmpeg, or mend it, for the clips to come (Debian: "
      "apt-get "
      "install ffmpeg); this one is complete, and `pipeline_runner veo3 collect` is not needed",
      complaint);
  commit (call, call->sound_name);
}

/* ---- ffmpeg ---- */

/* NULL: what ffmpeg made is the same clip without its sound. */
static const char *
compare (const StripCall *call)
{
  Veo3ClipMedia with = mp4_media_read_fd (call->in_fd);
  Veo3ClipMedia without = mp4_media_read_fd (call->out_fd);

  if (without.duration_ms == 0 || without.has_audio)
    return "what ffmpeg made is not the clip without its sound";
  if (with.duration_ms != 0 && ABS (with.duration_ms - without.duration_ms) > SLACK_MS)
    return "what ffmpeg made has another length than the clip";
  return NULL;
}

static void
on_ffmpeg_done (const GError *error, gpointer user_data)
{
  StripCall *call = user_data;
  const char *complaint = error != NULL ? error->message : compare (call);

  /* Complete as it lies there: the next try begins with it. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      (void)unlinkat (call->dir_fd, call->mute_name, 0);
      answer_failed (call, VEO3_DOWNLOAD_TRANSIENT, VEO3_ERROR_CODE_CANCELLED, "cancelled");
    }
  else if (complaint != NULL)
    keep_sound (call, complaint);
  else
    commit (call, call->mute_name);
}

static void
strip (StripCall *call)
{
  Veo3ClipMedia media;
  FfmpegRunOptions options = { .context = call->self->context,
                               .timeout_ms = call->self->timeout_ms,
                               .cancellable = call->cancellable };

  call->in_fd
      = openat (call->dir_fd, call->sound_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  media
      = call->in_fd >= 0 ? mp4_media_read_fd (call->in_fd) : (Veo3ClipMedia){ .has_audio = FALSE };
  /* Nothing to be done, or, where it cannot even be opened, nothing that commit() would not say. */
  if (call->in_fd < 0 || (media.duration_ms != 0 && !media.has_audio))
    {
      commit (call, call->sound_name);
      return;
    }
  (void)unlinkat (call->dir_fd, call->mute_name, 0);
  call->out_fd = openat (call->dir_fd, call->mute_name,
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (call->out_fd < 0)
    {
      keep_sound (call, "no file can be made for the clip without its sound");
      return;
    }
  options.in_fd = call->in_fd;
  options.out_fd = call->out_fd;
  ffmpeg_run_start (&options, on_ffmpeg_done, call);
}

/* ---- the download ---- */

static void
on_fetched (const Veo3DownloadResult *result, gpointer user_data)
{
  StripCall *call = user_data;

  if (result->klass == VEO3_DOWNLOAD_STORED)
    strip (call);
  else
    answer (call, result);
}

static gboolean
on_found (gpointer user_data)
{
  strip (user_data);
  return G_SOURCE_REMOVE;
}

/* An earlier process has fetched it and did not get any further. */
static gboolean
is_fetched (const StripCall *call)
{
  struct stat there;

  return fstatat (call->dir_fd, call->sound_name, &there, AT_SYMLINK_NOFOLLOW) == 0
         && S_ISREG (there.st_mode) && there.st_size > 0;
}

static StripCall *
strip_call_new (AudioStripPort *self, const char *clip_uri, const Veo3DownloadTarget *target)
{
  StripCall *call = g_new0 (StripCall, 1);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, clip_uri, -1);

  call->self = self;
  call->in_fd = -1;
  call->out_fd = -1;
  call->dir_fd = fcntl (target->dir_fd, F_DUPFD_CLOEXEC, 3);
  call->name = g_strdup (target->file_name);
  call->sound_name = g_strdup_printf (".%s.%.*s" SOUND_SUFFIX, target->file_name, ID_CHARS, digest);
  call->mute_name = g_strdup_printf (".%s.mute.part", target->file_name);
  return call;
}

static void
download_clip (VideoGenerationPort *port,
               const char *clip_uri,
               const Veo3DownloadTarget *target,
               GCancellable *cancellable,
               Veo3DownloadFunc callback,
               gpointer user_data)
{
  AudioStripPort *self = self_of (port);
  Veo3DownloadTarget hidden = *target;
  StripCall *call;

  if (!target->strip_audio)
    {
      self->inner->iface->download_clip (self->inner, clip_uri, target, cancellable, callback,
                                         user_data);
      return;
    }
  call = strip_call_new (self, clip_uri, target);
  call->callback = callback;
  call->user_data = user_data;
  if (cancellable != NULL)
    call->cancellable = g_object_ref (cancellable);
  if (is_fetched (call))
    {
      call->later = g_idle_source_new ();
      g_source_set_static_name (call->later, "audio-strip");
      g_source_set_callback (call->later, on_found, call, NULL);
      (void)g_source_attach (call->later, self->context);
      return;
    }
  hidden.file_name = call->sound_name;
  self->inner->iface->download_clip (self->inner, clip_uri, &hidden, cancellable, on_fetched, call);
}

/* ---- the rest goes through ---- */

static gboolean
is_operation_name (VideoGenerationPort *port, const char *name)
{
  VideoGenerationPort *inner = self_of (port)->inner;

  return inner->iface->is_operation_name (inner, name);
}

static void
submit_job (VideoGenerationPort *port,
            const Veo3ClipRequest *request,
            GCancellable *cancellable,
            Veo3SubmitFunc callback,
            gpointer user_data)
{
  VideoGenerationPort *inner = self_of (port)->inner;

  inner->iface->submit_job (inner, request, cancellable, callback, user_data);
}

static void
poll_job (VideoGenerationPort *port,
          const char *operation_name,
          GCancellable *cancellable,
          Veo3PollFunc callback,
          gpointer user_data)
{
  VideoGenerationPort *inner = self_of (port)->inner;

  inner->iface->poll_job (inner, operation_name, cancellable, callback, user_data);
}

static void
cancel_job (VideoGenerationPort *port,
            const char *operation_name,
            GCancellable *cancellable,
            Veo3CancelFunc callback,
            gpointer user_data)
{
  VideoGenerationPort *inner = self_of (port)->inner;

  inner->iface->cancel_job (inner, operation_name, cancellable, callback, user_data);
}

static void
check_service (VideoGenerationPort *port,
               GCancellable *cancellable,
               Veo3ServiceFunc callback,
               gpointer user_data)
{
  VideoGenerationPort *inner = self_of (port)->inner;

  inner->iface->check_service (inner, cancellable, callback, user_data);
}

static void
audio_strip_port_free (VideoGenerationPort *port)
{
  AudioStripPort *self = self_of (port);

  self->inner->iface->free (self->inner);
  g_main_context_unref (self->context);
  g_free (self->port.model);
  g_free (self);
}

VideoGenerationPort *
audio_strip_port_new (GMainContext *context, VideoGenerationPort *inner, guint timeout_ms)
{
  AudioStripPort *self = g_new0 (AudioStripPort, 1);

  self->iface = *inner->iface;
  self->iface.is_operation_name = is_operation_name;
  self->iface.submit_job = submit_job;
  self->iface.poll_job = poll_job;
  self->iface.download_clip = download_clip;
  self->iface.cancel_job = inner->iface->cancel_job != NULL ? cancel_job : NULL;
  self->iface.check_service = inner->iface->check_service != NULL ? check_service : NULL;
  self->iface.free = audio_strip_port_free;
  self->port.iface = &self->iface;
  self->port.model = g_strdup (inner->model);
  self->inner = inner;
  self->context = g_main_context_ref (context);
  self->timeout_ms = timeout_ms != 0 ? timeout_ms : AUDIO_STRIP_TIMEOUT_MS;
  return &self->port;
}
