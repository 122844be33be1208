/* SPDX-License-Identifier: MIT */
/*
 * ClipArrival: the end that every way of fetching a clip shares: the file it goes into, and the one
 * word to the port about what became of it.
 */
#pragma once

#include "plugin/adapters/clip-file.h"
#include "plugin/adapters/http-client.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** ClipArrivalCall: where to, and whom to tell. Borrowed during clip_arrival_new(). */
typedef struct
{
  Veo3DownloadTarget target; /* as the port says */
  ClipFile *file;            /* (nullable) (transfer full) its beginning; NULL = a new file */
  GCancellable *cancellable; /* (nullable) */
  Veo3DownloadFunc callback; /* called once, later */
  gpointer user_data;        /* (borrowed) until the callback */
} ClipArrivalCall;

/** ClipArrival: read freely, the fields are the functions' own. */
typedef struct
{
  HttpClient *client;        /* (borrowed) */
  char *secret;              /* (owned) (nullable) redacted from messages */
  ClipFile *file;            /* (owned) (nullable) */
  gboolean is_pieced;        /* of several answers: a seam may be what is wrong with it */
  GError *file_error;        /* (owned) (nullable) of CLIP_FILE_ERROR */
  GCancellable *cancellable; /* (owned) (nullable) */
  Veo3DownloadFunc callback;
  gpointer user_data; /* (borrowed) */
} ClipArrival;

/**
 * clip_arrival_new: makes the temporary file; a failure is kept in file_error.
 * @client: (transfer none): outlives the arrival
 * @secret: (nullable): copied
 * @max_bytes: more than that is refused
 * @call: a target without a name stands for: nothing will come, make no file
 * Thread: the owner of the client's context. Blocks: on creating a file. Errors: kept.
 * Returns: (transfer full)
 */
ClipArrival *clip_arrival_new (HttpClient *client,
                               const char *secret,
                               guint64 max_bytes,
                               const ClipArrivalCall *call);

/**
 * clip_arrival_write: appends to the file.
 * @data: (array length=length)
 * Thread: the worker. Blocks: as clip_file_write(). Errors: kept in file_error.
 * Returns: TRUE when all of it was taken.
 */
gboolean clip_arrival_write (ClipArrival *self, const guint8 *data, gsize length);

/**
 * clip_arrival_finish: no clip, for a reason of the caller's. Calls back.
 * @self: (transfer full)
 * Thread: the worker. Blocks: on unlink. Errors: none.
 */
void clip_arrival_finish (ClipArrival *self,
                          Veo3DownloadClass klass,
                          Veo3ErrorCode code,
                          const char *message);

/**
 * clip_arrival_finish_with_answer: no clip, as the answer says. Calls back.
 * @self: (transfer full)
 * Thread: the worker. Blocks: on unlink. Errors: none.
 */
void clip_arrival_finish_with_answer (ClipArrival *self, const HttpResponse *response);

/**
 * clip_arrival_finish_with_file_error: no clip, as file_error says. Calls back.
 * @self: (transfer full): its file_error is set
 * Thread: the worker. Blocks: on unlink. Errors: none.
 */
void clip_arrival_finish_with_file_error (ClipArrival *self);

/**
 * clip_arrival_store: all of it is there: checks it, gives it its name, calls back, later.
 * @self: (transfer full)
 * Thread: the owner of the client's context. Blocks: no. Errors: through the callback.
 */
void clip_arrival_store (ClipArrival *self);

/**
 * clip_arrival_free: calls nobody back. Accepts NULL.
 * Thread: the worker. Blocks: on unlink. Errors: none.
 */
void clip_arrival_free (ClipArrival *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClipArrival, clip_arrival_free)

G_END_DECLS
