/* SPDX-License-Identifier: MIT */
/*
 * FfmpegRun: ffmpeg on its way from one open file to another. It gets the two files, nothing to
 * read from, an environment without anybody's keys, and a time in which to be done.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** FfmpegRunOptions: borrowed during ffmpeg_run_start(). */
typedef struct
{
  GMainContext *context;     /* where the callback is called; the caller owns it */
  int in_fd;                 /* (borrowed): an MP4 */
  int out_fd;                /* (borrowed): empty; open for writing */
  guint timeout_ms;          /* after which it is killed */
  GCancellable *cancellable; /* (nullable): kills it */
} FfmpegRunOptions;

/**
 * FfmpegRunFunc: the one answer.
 * @error: (nullable): NULL = ffmpeg says that all went well; G_IO_ERROR_NOT_FOUND: there is no
 *   ffmpeg; G_IO_ERROR_TIMED_OUT; G_IO_ERROR_CANCELLED; G_IO_ERROR_FAILED with what it said.
 * Thread: the context's.
 */
typedef void (*FfmpegRunFunc) (const GError *error, gpointer user_data);

/**
 * ffmpeg_run_start: copies everything that is to be seen, and nothing that is to be heard.
 * @callback: called exactly once, never before this has returned; no child is left then
 * Thread: the owner of the context. Blocks: on fork. Errors: through @callback.
 */
void ffmpeg_run_start (const FfmpegRunOptions *options, FfmpegRunFunc callback, gpointer user_data);

G_END_DECLS
