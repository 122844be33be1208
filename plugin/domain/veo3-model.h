/* SPDX-License-Identifier: MIT */
/*
 * Veo3Model: what one model of one service can do and costs, and what that means for a request.
 *
 * The facts come from outside (data/models.ini); here is only what follows from them. A zeroed
 * model knows nothing: everything is possible and nothing has a price. Pure, any thread.
 */
#pragma once

#include "plugin/domain/veo3-clip-request.h"

G_BEGIN_DECLS

/** The id of the entry for models that have none of their own. */
#define VEO3_MODEL_ANY "*"

/** Veo3ModelResolution: one size of clip. */
typedef struct
{
  char *name;              /* (owned) "720p" */
  GArray *durations_s;     /* (owned) (nullable) (element-type int) NULL = as the model's */
  double usd_per_s;        /* < 0 = unknown */
  double silent_usd_per_s; /* generated without sound; < 0 = no other price */
} Veo3ModelResolution;

/** Veo3Model: constant once filled in. What is NULL or FALSE forbids nothing. */
typedef struct
{
  char *provider;      /* (owned) "gemini" */
  char *id;            /* (owned) bare model id, or VEO3_MODEL_ANY */
  char *as_of;         /* (owned) (nullable) date of the entry */
  char *source;        /* (owned) (nullable) where it was read */
  char *retired;       /* (owned) (nullable) date since which the service does not have it */
  char *retires;       /* (owned) (nullable) date before which it was promised to stay */
  char *instead;       /* (owned) (nullable) what to set then */
  gboolean is_default; /* of its provider */

  GArray *durations_s;            /* (owned) (nullable) (element-type int) rising */
  GArray *last_frame_durations_s; /* (owned) (nullable) likewise, with a last frame */
  GArray *reference_durations_s;  /* (owned) (nullable) likewise, with reference images */
  char **aspect_ratios;           /* (owned) (nullable) */
  GPtrArray *resolutions;         /* (owned) (nullable) (element-type Veo3ModelResolution) */
  char *default_resolution;       /* (owned) (nullable) what it makes when nothing is said */
  char **persons;                 /* (owned) (nullable) person_generation without images */
  char **persons_with_images;     /* (owned) (nullable) likewise with images; NULL = as without */
  gboolean has_reference_limit;
  guint max_references; /* if has_reference_limit */
  gboolean refuses_negative_prompt;
  gboolean refuses_seed;
  gboolean refuses_first_frame;
  gboolean refuses_last_frame;
  gboolean refuses_lone_last_frame; /* one without a first frame */
  gboolean refuses_mixed_images;    /* reference images together with frames */
} Veo3Model;

/** Veo3ClipField: what of a request a problem is about. */
typedef enum
{
  VEO3_CLIP_FIELD_DURATION,
  VEO3_CLIP_FIELD_ASPECT_RATIO,
  VEO3_CLIP_FIELD_RESOLUTION,
  VEO3_CLIP_FIELD_NEGATIVE_PROMPT,
  VEO3_CLIP_FIELD_SEED,
  VEO3_CLIP_FIELD_PERSON_GENERATION,
  VEO3_CLIP_FIELD_FIRST_FRAME,
  VEO3_CLIP_FIELD_LAST_FRAME,
  VEO3_CLIP_FIELD_REFERENCE_IMAGES,
} Veo3ClipField;

/**
 * veo3_model_new: a model of which nothing is known but its name.
 * Thread: any, like every function here. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
Veo3Model *veo3_model_new (const char *provider, const char *id);

/** veo3_model_free: accepts NULL. Thread: any. Blocks: no. Errors: none. */
void veo3_model_free (Veo3Model *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Model, veo3_model_free)

/**
 * veo3_model_add_resolution: appends a size without a price.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none): to be filled in
 */
Veo3ModelResolution *veo3_model_add_resolution (Veo3Model *model, const char *name);

/**
 * veo3_model_find_resolution: a size by its name, in capitals or not.
 * @name: (nullable): NULL = the model's default
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable)
 */
Veo3ModelResolution *veo3_model_find_resolution (const Veo3Model *model, const char *name);

/**
 * veo3_model_is_listed: has the model an entry of its own?
 * Thread: any. Blocks: no. Errors: none. Returns: FALSE: it is the entry for all others
 */
gboolean veo3_model_is_listed (const Veo3Model *model);

/**
 * veo3_model_fit: makes a request one that the model can do, where that is a matter of rounding:
 * the duration becomes the next longer one that goes with its resolution and images, or else the
 * longest.
 * @request: (inout)
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): a line that says what was changed; NULL = nothing
 */
char *veo3_model_fit (const Veo3Model *model, Veo3ClipRequest *request);

/**
 * veo3_model_check: is there something that the model cannot do, however it is asked?
 * @request: fitted
 * @ret_field: (out): what of it; untouched if nothing is wrong
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): the rest of a line that begins with the place where the
 *   field is set: what is said, which model, and what it allows; NULL = it can be sent
 */
char *veo3_model_check (const Veo3Model *model,
                        const Veo3ClipRequest *request,
                        Veo3ClipField *ret_field) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_model_estimate_usd: what a request costs by the price list.
 * @request: fitted
 * Thread: any. Blocks: no. Errors: none.
 * Returns: US dollars; < 0 = unknown
 */
double veo3_model_estimate_usd (const Veo3Model *model, const Veo3ClipRequest *request);

/**
 * veo3_model_describe_retirement: what people should know of the model's end.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): a sentence with what to set instead; NULL = nothing is known
 *   of an end
 */
char *veo3_model_describe_retirement (const Veo3Model *model);

/**
 * veo3_clip_field_to_string: the name of the setting; with '_' for '-', that of the prompt's
 * member. Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *veo3_clip_field_to_string (Veo3ClipField field);

/**
 * veo3_clip_options_say: does a place say something of a field?
 * Thread: any. Blocks: no. Errors: none. Returns: FALSE also for the duration, which is no option
 */
gboolean veo3_clip_options_say (const Veo3ClipOptions *options, Veo3ClipField field);

G_END_DECLS
