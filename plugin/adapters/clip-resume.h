/* SPDX-License-Identifier: MIT */
/*
 * ClipResume: may a clip that was cut be continued, and is an answer its continuation? Pure.
 */
#pragma once

#include "plugin/adapters/http-client.h"

G_BEGIN_DECLS

/** ClipResume: what was said of a clip whose beginning is here. Zeroed = it cannot be continued. */
typedef struct
{
  char *validator;     /* (owned) (nullable) for If-Range: a strong ETag or a date */
  char *etag;          /* (owned) (nullable) a strong one */
  guint64 total_bytes; /* of the whole clip */
} ClipResume;

/** ClipResumeVerdict: what an answer to a request for the rest is. */
typedef enum
{
  CLIP_RESUME_REST,     /* 206 and fits */
  CLIP_RESUME_COMPLETE, /* 416: there is no more */
  CLIP_RESUME_ANEW,     /* ask for all of it, be it to hear the reason of a refusal */
  CLIP_RESUME_OTHER,    /* an answer about something else: a redirect, an overload */
} ClipResumeVerdict;

/**
 * clip_resume_note: takes down what a 200 said of its clip. Only a strong validator and a known
 * length make the clip one that can be continued: a weak ETag allows other bytes.
 * @self: replaced
 * @response: of the transfer that was cut
 * Source: RFC 9110 sections 8.8.2.2, 8.8.3 and 13.1.5.
 * Thread: any. Blocks: no. Errors: none. Returns: TRUE if it can be continued
 */
gboolean clip_resume_note (ClipResume *self, const HttpResponse *response);

/**
 * clip_resume_judge: is this the rest?
 * @have_bytes: what is here; was asked from
 * @head: of the answer
 * Source: RFC 9110 sections 14.4, 15.3.7 and 15.5.17.
 * Thread: any. Blocks: no. Errors: none. Returns: the verdict
 */
ClipResumeVerdict
clip_resume_judge (const ClipResume *self, guint64 have_bytes, const HttpResponse *head);

/**
 * clip_resume_clear: frees what it owns and zeroes it.
 * Thread: any. Blocks: no. Errors: none.
 */
void clip_resume_clear (ClipResume *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ClipResume, clip_resume_clear)

G_END_DECLS
