/* SPDX-License-Identifier: MIT */
/*
 * VideoGenerationPort: the one door to a paid video service.
 *
 * Three asynchronous operations, and two that not every service has. Each calls its callback
 * exactly once, on the worker's main context, and never before the operation's function has
 * returned. Cancelling a call aborts the transfer for real and still calls back (submit: NOT_SENT
 * if no byte left, UNCERTAIN otherwise; poll: NO_ANSWER; download: TRANSIENT; service and cancel:
 * NO_ANSWER).
 *
 * The adapter classifies what it saw; the domain decides what follows. An adapter keeps no state
 * of jobs.
 */
#pragma once

#include <gio/gio.h>

#include "plugin/domain/veo3-clip-request.h"
#include "plugin/domain/veo3-error.h"

G_BEGIN_DECLS

typedef struct _VideoGenerationPort VideoGenerationPort;

/** Veo3SubmitClass: did the paid request leave, and was it taken? */
typedef enum
{
  VEO3_SUBMIT_ACCEPTED,  /* operation_name is set */
  VEO3_SUBMIT_NOT_SENT,  /* no byte left: trying again is free */
  VEO3_SUBMIT_REJECTED,  /* the service said "not now" in so many words: trying later is free */
  VEO3_SUBMIT_REFUSED,   /* the service said no for good */
  VEO3_SUBMIT_UNCERTAIN, /* it left and nobody knows: never sent again without the user's word */
} Veo3SubmitClass;

/** Veo3PollClass: what one look at an operation told. */
typedef enum
{
  VEO3_POLL_QUEUED,       /* known, not started (few services tell) */
  VEO3_POLL_RUNNING,      /* not done */
  VEO3_POLL_DONE,         /* clip_uri is set */
  VEO3_POLL_FAILED,       /* done without a clip; code and message say why */
  VEO3_POLL_NO_ANSWER,    /* transport error, 5xx, unreadable: nothing learned */
  VEO3_POLL_THROTTLED,    /* 429 */
  VEO3_POLL_NOT_FOUND,    /* 404: believed only when it stays */
  VEO3_POLL_UNAUTHORIZED, /* 401, 403: pause and say so */
} Veo3PollClass;

/** Veo3DownloadClass: what became of fetching a clip. */
typedef enum
{
  VEO3_DOWNLOAD_STORED,    /* complete under its final name; bytes and sha256 are set */
  VEO3_DOWNLOAD_TRANSIENT, /* worth another try */
  VEO3_DOWNLOAD_GONE,      /* the service says it no longer has it: believed only when it stays */
  VEO3_DOWNLOAD_NOT_CLIP,  /* complete, but not an MP4 */
  VEO3_DOWNLOAD_DISK,      /* our disk refused; worth another try when it is mended */
} Veo3DownloadClass;

/** Veo3SubmitResult: borrowed for the length of the callback. */
typedef struct
{
  Veo3SubmitClass klass;
  const char *operation_name; /* (nullable) set when ACCEPTED */
  Veo3ErrorCode code;         /* VEO3_ERROR_CODE_NONE when ACCEPTED */
  const char *message;        /* (nullable) one line for people, already cleaned and redacted */
  gint64 retry_after_ms; /* at least this long before the next try; 0 = the service did not say */
} Veo3SubmitResult;

/** Veo3PollResult: borrowed for the length of the callback. */
typedef struct
{
  Veo3PollClass klass;
  const char *clip_uri; /* (nullable) set when DONE; meaning known to the adapter only */
  Veo3ErrorCode code;
  const char *message;   /* (nullable) */
  gint64 retry_after_ms; /* 0 = the service did not say */
} Veo3PollResult;

/** Veo3ClipMedia: what a stored clip says of itself. 0 = it does not say. */
typedef struct
{
  int duration_ms;
  int width;  /* pixels, as shown */
  int height; /* pixels, as shown */
  gboolean has_audio;
} Veo3ClipMedia;

/** Veo3DownloadResult: borrowed for the length of the callback. */
typedef struct
{
  Veo3DownloadClass klass;
  guint64 bytes;         /* size of the stored file */
  const char *sha256;    /* (nullable) lower-case hex; set when STORED */
  Veo3ClipMedia media;   /* when STORED */
  Veo3ErrorCode code;    /* VEO3_ERROR_CODE_NONE when STORED */
  const char *message;   /* (nullable) why; when STORED: what people should know all the same */
  gint64 retry_after_ms; /* 0 = the service did not say */
} Veo3DownloadResult;

typedef void (*Veo3SubmitFunc) (const Veo3SubmitResult *result, gpointer user_data);
typedef void (*Veo3PollFunc) (const Veo3PollResult *result, gpointer user_data);
typedef void (*Veo3DownloadFunc) (const Veo3DownloadResult *result, gpointer user_data);

/** Veo3ServiceClass: what a service said to a question that costs nothing. */
typedef enum
{
  VEO3_SERVICE_READY,     /* it takes the credentials and has the model */
  VEO3_SERVICE_DENIED,    /* it does not; code and message say which */
  VEO3_SERVICE_NO_ANSWER, /* nothing was learned; code and message say why */
} Veo3ServiceClass;

/** Veo3ServiceResult: borrowed for the length of the callback. */
typedef struct
{
  Veo3ServiceClass klass;
  Veo3ErrorCode code;   /* VEO3_ERROR_CODE_NONE when READY */
  const char *message;  /* (nullable) one line for people, cleaned and redacted */
  gint64 server_time_s; /* since 1970, by the service's clock; 0 = it did not say */
} Veo3ServiceResult;

typedef void (*Veo3ServiceFunc) (const Veo3ServiceResult *result, gpointer user_data);

/** Veo3CancelClass: what a service said when it was asked to stop an operation. */
typedef enum
{
  VEO3_CANCEL_ASKED,        /* it was told; whether it stops in time is another matter */
  VEO3_CANCEL_OVER,         /* the operation was not running any more, or is not known */
  VEO3_CANCEL_NO_ANSWER,    /* nobody knows whether it heard */
  VEO3_CANCEL_UNAUTHORIZED, /* it does not take the credentials */
} Veo3CancelClass;

/** Veo3CancelResult: borrowed for the length of the callback. */
typedef struct
{
  Veo3CancelClass klass;
  const char *message;   /* (nullable) one line for people, cleaned and redacted */
  gint64 retry_after_ms; /* 0 = the service did not say */
} Veo3CancelResult;

typedef void (*Veo3CancelFunc) (const Veo3CancelResult *result, gpointer user_data);

/** Veo3DownloadTarget: where a clip goes. The adapter writes a temporary name and renames. */
typedef struct
{
  int dir_fd;            /* (borrowed) open folder, until the callback */
  const char *file_name; /* (borrowed during the call: copy) final name below dir_fd, no '/' */
  gboolean strip_audio;  /* the clip is wanted without its sound */
} Veo3DownloadTarget;

/** VideoGenerationPortInterface: filled in by an adapter; constant data. */
typedef struct
{
  const char *provider; /* "gemini", "fake" */
  gint64 clip_kept_s;   /* a finished clip is there so long; 0 = nothing is known of that */

  /* Could @name be an operation of this service? Asked of names that people typed. Pure. */
  gboolean (*is_operation_name) (VideoGenerationPort *port, const char *name);

  /* Sends the one paid request, at most once. @request is borrowed during the call. */
  void (*submit_job) (VideoGenerationPort *port,
                      const Veo3ClipRequest *request,
                      GCancellable *cancellable,
                      Veo3SubmitFunc callback,
                      gpointer user_data);

  /* Looks at an operation. */
  void (*poll_job) (VideoGenerationPort *port,
                    const char *operation_name,
                    GCancellable *cancellable,
                    Veo3PollFunc callback,
                    gpointer user_data);

  /* Fetches a finished clip into a complete file. */
  void (*download_clip) (VideoGenerationPort *port,
                         const char *clip_uri,
                         const Veo3DownloadTarget *target,
                         GCancellable *cancellable,
                         Veo3DownloadFunc callback,
                         gpointer user_data);

  /* (nullable) Asks the service to stop an operation; free, and as good repeated as done once. NULL
   * = the service has no such request. */
  void (*cancel_job) (VideoGenerationPort *port,
                      const char *operation_name,
                      GCancellable *cancellable,
                      Veo3CancelFunc callback,
                      gpointer user_data);

  /* (nullable) Asks the service for the model, in a way that never costs anything. */
  void (*check_service) (VideoGenerationPort *port,
                         GCancellable *cancellable,
                         Veo3ServiceFunc callback,
                         gpointer user_data);

  /* No call is in flight any more. Accepts a half-built adapter. */
  void (*free) (VideoGenerationPort *port);
} VideoGenerationPortInterface;

/** VideoGenerationPort: embed as the first member of an adapter. */
struct _VideoGenerationPort
{
  const VideoGenerationPortInterface *iface; /* (const after new) */
  char *model;                               /* (owned) (const after new) freed by the adapter */
};

G_END_DECLS
