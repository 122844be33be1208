/* SPDX-License-Identifier: MIT */
/*
 * Veo3JsonPlace: where in jobs.json something is read, so that each message about it names the
 * file, the job and the member. What is absent or null is not said, and leaves what there is.
 */
#pragma once

#include <gio/gio.h>

#include "plugin/application/veo3-json.h"

G_BEGIN_DECLS

/** Veo3JsonPlace: borrowed during a call. */
typedef struct
{
  const char *name;  /* of the file */
  guint index;       /* of the job */
  const char *inner; /* (nullable) path within the job, with its dot: "images[0]." */
  GError **error;
} Veo3JsonPlace;

/**
 * veo3_json_place_complain: sets the place's error: G_IO_ERROR_INVALID_DATA.
 * Thread: any, like every function here. Blocks: no. Errors: that one.
 * Returns: FALSE
 */
gboolean veo3_json_place_complain (const Veo3JsonPlace *place, const char *field, const char *what);

/**
 * veo3_json_place_read_string: a member that is a string.
 * @ret_text: (inout) (transfer full) (nullable): replaced
 * Thread: any. Blocks: no. Errors: the place's: any other type, or a NUL within.
 * Returns: FALSE with the error.
 */
gboolean veo3_json_place_read_string (const Veo3JsonPlace *place,
                                      Veo3JsonObject *object,
                                      const char *field,
                                      char **ret_text) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_json_place_read_int: a member that is a whole number, not negative.
 * Thread: any. Blocks: no. Errors: the place's: anything else.
 * Returns: FALSE with the error.
 */
gboolean veo3_json_place_read_int (const Veo3JsonPlace *place,
                                   Veo3JsonObject *object,
                                   const char *field,
                                   gint64 *ret_value) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
