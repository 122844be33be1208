/* SPDX-License-Identifier: MIT */
/*
 * Veo3ClipRequest: what is asked for, in the terms of no particular service.
 *
 * The optional settings stand in a struct of their own, because people may say them twice: once for
 * all clips (the pipeline file) and once for a single one (its prompt), which is then the stronger.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Veo3ImageRole: what an image is for. Values and order are part of the digest. */
typedef enum
{
  VEO3_IMAGE_FIRST_FRAME, /* "first_frame": the clip begins with it */
  VEO3_IMAGE_LAST_FRAME,  /* "last_frame": the clip ends with it; needs a first frame */
  VEO3_IMAGE_REFERENCE,   /* "reference": how somebody or something looks */
} Veo3ImageRole;

/** Veo3ClipImage: one picture of the workspace that a clip is made from. */
typedef struct
{
  Veo3ImageRole role;
  char *path;            /* (owned) relative to the workspace */
  char *sha256;          /* (owned) (nullable) lower-case hex of the content that is ordered */
  const char *mime_type; /* (nullable) (static) "image/png" or "image/jpeg" */
  GBytes *bytes;         /* (owned) (nullable) only while the request is being sent */
} Veo3ClipImage;

/** Veo3Audio: what becomes of a clip's sound. */
typedef enum
{
  VEO3_AUDIO_UNSAID, /* the weaker place decides; in the end: keep */
  VEO3_AUDIO_KEEP,   /* "keep" */
  VEO3_AUDIO_STRIP, /* "strip": not generated where that can be asked, removed after the download */
} Veo3Audio;

/** Veo3ClipOptions: what may be said of a clip and need not. Zeroed = nothing is said. */
typedef struct
{
  char *aspect_ratio;      /* (owned) (nullable) "9:16" */
  char *resolution;        /* (owned) (nullable) "720p"; NULL = the service's default */
  char *negative_prompt;   /* (owned) (nullable) what is not wanted, UTF-8 */
  char *person_generation; /* (owned) (nullable) "allow_all", "allow_adult", "dont_allow" */
  GPtrArray *images; /* (owned) (nullable) (element-type Veo3ClipImage) never empty; by role */
  guint32 seed;      /* if has_seed */
  gboolean has_seed;
  Veo3Audio audio;
} Veo3ClipOptions;

/** Veo3ClipRequest: borrowed by calls of the port. */
typedef struct
{
  char *idempotent_key; /* (owned) {run_id}_{variant}; for logs and labels, no service honours it */
  char *prompt;         /* (owned) UTF-8 */
  int duration_s;       /* seconds, > 0 */
  Veo3ClipOptions options;
} Veo3ClipRequest;

/**
 * veo3_clip_image_new: a picture that has not been looked at.
 * Thread: any, like every function here. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
Veo3ClipImage *veo3_clip_image_new (Veo3ImageRole role, const char *path);

/** veo3_clip_image_free: accepts NULL. Thread: any. Blocks: no. Errors: none. */
void veo3_clip_image_free (Veo3ClipImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3ClipImage, veo3_clip_image_free)

/**
 * veo3_image_role_to_string: the name used in jobs.json.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *veo3_image_role_to_string (Veo3ImageRole role);

/**
 * veo3_image_role_from_string: the inverse.
 * @name: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: FALSE for a name that is none; @ret_role is then untouched.
 */
gboolean veo3_image_role_from_string (const char *name, Veo3ImageRole *ret_role);

/**
 * veo3_clip_options_add_image: appends an image.
 * @image: (transfer full)
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_clip_options_add_image (Veo3ClipOptions *options, Veo3ClipImage *image);

/**
 * veo3_clip_options_count_images: how many there are of one role.
 * Thread: any. Blocks: no. Errors: none. Returns: the count
 */
guint veo3_clip_options_count_images (const Veo3ClipOptions *options, Veo3ImageRole role);

/**
 * veo3_clip_options_merge: what holds when one place says @options and a weaker one @fallback. A
 * place that names any image names them all: the pictures of two places are not mixed.
 * @ret: (out): replaced; to be cleared. May not be one of the two.
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_clip_options_merge (const Veo3ClipOptions *options,
                              const Veo3ClipOptions *fallback,
                              Veo3ClipOptions *ret);

/**
 * veo3_clip_options_clear: frees what it owns and zeroes it.
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_clip_options_clear (Veo3ClipOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Veo3ClipOptions, veo3_clip_options_clear)

/**
 * veo3_clip_request_clear: frees what a request owns and zeroes it.
 * Thread: any. Blocks: no. Errors: none.
 */
void veo3_clip_request_clear (Veo3ClipRequest *request);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Veo3ClipRequest, veo3_clip_request_clear)

/**
 * veo3_clip_request_digest: identifies everything a clip depends on. What is not said leaves no
 * trace, so that a new option does not change the digests of jobs that never had it.
 * @request: the request, already fitted to the model
 * @provider: (not nullable)
 * @model: (nullable)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): lower-case hex SHA-256; equal requests have equal digests.
 */
char *
veo3_clip_request_digest (const Veo3ClipRequest *request, const char *provider, const char *model);

G_END_DECLS
