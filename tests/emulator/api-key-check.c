/* SPDX-License-Identifier: MIT */
/*
 * Refusals of missing, wrong and misplaced API keys.
 *
 * Pure: no state, no I/O.
 */
#include "tests/emulator/api-key-check.h"

static EmulatorAnswer *
new_bad_key (void)
{
  json_object *details = json_object_new_array ();
  json_object *metadata = json_object_new_object ();

  json_object_object_add (metadata, "service",
                          json_object_new_string ("generativelanguage.googleapis.com"));
  json_object_array_add (details, emulator_answer_new_error_info ("API_KEY_INVALID", metadata));
  return emulator_answer_new_error_with_details (400,
                                                 "API key not valid. Please pass a valid API key.",
                                                 details);
}

/* The real service takes a key from the query too; refusing it here keeps keys out of URLs. */
EmulatorAnswer *
api_key_check (const EmulatorRequest *request, const gchar *expected)
{
  if (emulator_request_has_parameter (request, "key", NULL))
    return emulator_answer_new_error (400, "The emulator refuses an API key in the query: send it "
                                           "in the x-goog-api-key header.");
  if (request->api_key == NULL || *request->api_key == '\0')
    return emulator_answer_new_error (
        403, "Method doesn't allow unregistered callers (callers without established identity). "
             "Please use API Key or other form of API consumer identity to call this API.");
  if (expected != NULL && !g_str_equal (request->api_key, expected))
    return new_bad_key ();
  return NULL;
}
