/* SPDX-License-Identifier: MIT */
/*
 * ScriptedPort: a VideoGenerationPort that records what it is told and answers when the test says
 * so, or in the way the test has set for all calls of a kind.
 */
#pragma once

#include "plugin/application/veo3-settings.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** ScriptedKind: the operations of a port. */
typedef enum
{
  SCRIPTED_SUBMIT,
  SCRIPTED_POLL,
  SCRIPTED_DOWNLOAD,
  SCRIPTED_CANCEL,
} ScriptedKind;
#define SCRIPTED_N_KINDS (SCRIPTED_CANCEL + 1)

/** ScriptedCall: one call that is out. */
typedef struct
{
  ScriptedKind kind;
  char *subject;             /* (owned) key, operation or clip */
  GCancellable *cancellable; /* (owned) */
  int dir_fd;                /* download only */
  char *file_name;           /* (owned) (nullable) download only */
  GCallback callback;
  gpointer user_data;
} ScriptedCall;

/** ScriptedPort: read freely; on one context. */
typedef struct
{
  VideoGenerationPort port;
  GPtrArray *calls;    /* (owned) (element-type ScriptedCall) out, oldest first */
  GPtrArray *log;      /* (owned) (element-type utf8) "submit KEY", "poll NAME"… */
  GPtrArray *pictures; /* (owned) (element-type utf8) "KEY ROLE PATH TYPE SHA256" of submits */
  Veo3ClipMedia media; /* of every stored clip */
  const char *stored_message;      /* (nullable) (static) what is said of every stored clip */
  guint max_out[SCRIPTED_N_KINDS]; /* most calls of a kind out at once */
  guint n_calls[SCRIPTED_N_KINDS]; /* all of them */
} ScriptedPort;

/**
 * scripted_port_new: a port whose calls stay out until they are answered.
 * Thread: the context's, like all functions here. Blocks: no. Errors: none.
 * Returns: (transfer full): freed through its interface
 */
ScriptedPort *scripted_port_new (void);

/** scripted_port_find: the oldest call of a kind, whose subject ends in @suffix; NULL = none. */
ScriptedCall *scripted_port_find (ScriptedPort *self, ScriptedKind kind, const char *suffix);

/** scripted_port_submit: answers a submit: ACCEPTED names "operations/KEY". Takes over @call. */
void scripted_port_submit (ScriptedPort *self,
                           ScriptedCall *call,
                           Veo3SubmitClass klass,
                           Veo3ErrorCode code);

/** scripted_port_poll: answers a poll: DONE brings "clips/NAME". Takes over @call. */
void scripted_port_poll (ScriptedPort *self, ScriptedCall *call, Veo3PollClass klass);

/** scripted_port_download: answers a download: STORED writes the file first. Takes over @call. */
void scripted_port_download (ScriptedPort *self, ScriptedCall *call, Veo3DownloadClass klass);

/** scripted_port_cancel: answers a request to stop. Takes over @call. */
void scripted_port_cancel (ScriptedPort *self, ScriptedCall *call, Veo3CancelClass klass);

/** scripted_port_answer_all: lets everything that is out, of every kind, go well. */
void scripted_port_answer_all (ScriptedPort *self);

/** scripted_port_answer_cancelled: answers calls that were told to abort, as a port must. */
void scripted_port_answer_cancelled (ScriptedPort *self);

G_END_DECLS
