/* SPDX-License-Identifier: MIT */
/*
 * OmniWire: JSON of the Interactions API's video calls to structs and back. Pure, no network.
 * Answers come as the rest that InlineClip leaves of them: marks in the place of base64.
 */
#pragma once

#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

/** What InlineClip takes out of an answer. */
#define OMNI_WIRE_INLINE_MEMBER "data"

/** OmniMode: how a create call is to be answered. */
typedef enum
{
  OMNI_MODE_BACKGROUND, /* at once, with an id to poll */
  OMNI_MODE_STREAM,     /* as events, the first of which has the id */
} OmniMode;

/** OmniQuestion: what a poll asks. Borrowed. */
typedef struct
{
  const char *name;   /* the operation */
  const char *secret; /* (nullable) redacted from messages */
} OmniQuestion;

/** OmniInteraction: what a well-formed answer to a poll says. */
typedef struct
{
  Veo3PollClass klass; /* QUEUED, RUNNING, DONE or FAILED */
  char *clip_uri;      /* (owned) (nullable) set when DONE: as OmniClip writes it */
  Veo3ErrorCode code;  /* why FAILED */
  char *message;       /* (owned) (nullable) the service's words, cleaned and redacted */
} OmniInteraction;

/** OmniFileState: of a generated file. */
typedef enum
{
  OMNI_FILE_PROCESSING, /* and whatever is not known */
  OMNI_FILE_ACTIVE,
  OMNI_FILE_FAILED,
} OmniFileState;

/** OmniFile: what a well-formed answer about a file says. */
typedef struct
{
  OmniFileState state;
  char *message; /* (owned) (nullable) why FAILED, cleaned and redacted */
} OmniFile;

/** OmniClip: where a finished clip is. As text: "inline:N:interactions/ID" or "file:ID". */
typedef struct
{
  char *file_id;   /* (owned) (nullable) of the Files API */
  char *operation; /* (owned) (nullable) whose answer carries it... */
  int place;       /* ...as this one of its big texts, counted from 0 */
} OmniClip;

/**
 * omni_wire_build_create: the body of a create call. There is no member for a negative prompt, a
 * seed, persons or sound: the table of what models can do refuses them before.
 * @model: bare model id
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: a picture that was not read;
 * G_IO_ERROR_FAILED: no memory.
 * Returns: (transfer full) (nullable)
 */
GBytes *omni_wire_build_create (const char *model,
                                const Veo3ClipRequest *request,
                                OmniMode mode,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * omni_wire_parse_create: the operation's name, "interactions/ID", out of an accepted create call,
 * whatever state the interaction is already in.
 * @body: (array length=length) (nullable)
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: anything else.
 * Returns: (transfer full) (nullable)
 */
char *
omni_wire_parse_create (const char *body, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * omni_wire_parse_event: the operation's name out of an event of a create call that is streamed.
 * @json: (array length=length): the event's data
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): NULL = the event is not about an interaction as such.
 */
char *omni_wire_parse_event (const char *json, gsize length);

/**
 * omni_wire_rejects_background: does a refusal say that the model takes no background calls?
 * @code: (nullable): the word or name of the error
 * @message: (nullable): the service's words
 * Source: the forms in which the service turns a parameter away ("`X` isn't supported by this
 * model"); a safety block or a prompt that speaks of backgrounds is none.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it does.
 */
gboolean omni_wire_rejects_background (long http_status, const char *code, const char *message);

/**
 * omni_wire_is_operation_name: "interactions/ID", fit to be put into a URL.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if it is one.
 */
gboolean omni_wire_is_operation_name (const char *name);

/**
 * omni_wire_parse_poll: what an interaction says of itself.
 * @rest: (array length=length) (nullable): as InlineClip leaves it.
 * @interaction: (out caller-allocates): to be cleared with omni_interaction_clear().
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: another interaction, or no word about
 * this one.
 * Returns: TRUE when @interaction says what it is.
 */
gboolean omni_wire_parse_poll (const char *rest,
                               gsize length,
                               const OmniQuestion *question,
                               OmniInteraction *interaction,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * omni_wire_check_inline: an InlineDownloadCheckFunc.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): why text number @place is not the clip; NULL = it is.
 */
char *omni_wire_check_inline (const char *rest, gsize length, int place);

/**
 * omni_wire_parse_file: the state of a generated file.
 * @body: (array length=length) (nullable)
 * @secret: (nullable): redacted from messages.
 * @file: (out caller-allocates): to be cleared with omni_file_clear().
 * Thread: any. Blocks: no. Errors: G_IO_ERROR_INVALID_DATA: not a file.
 * Returns: TRUE when @file says what it is.
 */
gboolean omni_wire_parse_file (const char *body,
                               gsize length,
                               const char *secret,
                               OmniFile *file,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * omni_wire_parse_clip: reads the text of an OmniClip, and "uri:..." that a poll gives for a clip
 * that is nowhere we may ask.
 * @clip: (out caller-allocates): to be cleared with omni_clip_clear().
 * Thread: any. Blocks: no. Errors: none.
 * Returns: FALSE if it is no place that may be asked.
 */
gboolean omni_wire_parse_clip (const char *text, OmniClip *clip);

/**
 * omni_interaction_clear: frees what it owns. Thread: any. Blocks: no. Errors: none.
 */
void omni_interaction_clear (OmniInteraction *self);

/**
 * omni_file_clear: frees what it owns. Thread: any. Blocks: no. Errors: none.
 */
void omni_file_clear (OmniFile *self);

/**
 * omni_clip_clear: frees what it owns. Thread: any. Blocks: no. Errors: none.
 */
void omni_clip_clear (OmniClip *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmniInteraction, omni_interaction_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmniFile, omni_file_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (OmniClip, omni_clip_clear)

G_END_DECLS
