/* SPDX-License-Identifier: MIT */
/*
 * Request bodies as JSON, parsed as strictly as a service that validates its input would.
 */
#pragma once

#include <gio/gio.h>
#include <json-c/json.h>

G_BEGIN_DECLS

/**
 * emulator_json_parse:
 * @body: bytes of a request
 *
 * Parses strictly: one object, valid UTF-8, at most 32 levels, nothing after it.
 *
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): the object; NULL when the body is none
 */
json_object *emulator_json_parse (GBytes *body);

G_END_DECLS
