/* SPDX-License-Identifier: MIT */
/*
 * Words about settings, by error code and provider. Pure. Models are named only where they are the
 * default of their adapter, so that there is one place to change.
 */
#include "plugin/adapters/refusal-advice.h"

#include <string.h>

#include "plugin/adapters/omni-adapter.h"
#include "plugin/adapters/support-code.h"
#include "plugin/adapters/vertex-adapter.h"

static gboolean
is_provider (const RefusalCase *refusal, const char *provider)
{
  return g_strcmp0 (refusal->provider, provider) == 0;
}

static const char *
advise_on_quota (const RefusalCase *refusal)
{
  switch (refusal->status != NULL ? refusal->status->quota : RPC_QUOTA_NONE)
    {
    case RPC_QUOTA_CONCURRENT:
      return "too many clips at a time; a lower VEO3_MAX_PARALLEL sends fewer";
    case RPC_QUOTA_MINUTE:
      return "the quota of a minute; the setting requests-per-minute sends more slowly";
    case RPC_QUOTA_DAY:
      return "the quota of the day, and more tries do not help: wait until it begins anew, at "
             "midnight Pacific time, or ask the service for more";
    case RPC_QUOTA_SPEND:
      return "the limit of what may be spent, and more tries do not help: raise it in the "
             "project's billing, or wait until its window has passed";
    case RPC_QUOTA_NONE:
      break;
    }
  return NULL;
}

static const char *
advise_on_credentials (const RefusalCase *refusal)
{
  if (refusal->http_status == 402)
    return "the prepaid credit of the project is used up: add to it in its billing";
  if (rpc_status_is (refusal->status, "FAILED_PRECONDITION"))
    return "the project has no billing, or the service is not offered from where this machine is";
  if (is_provider (refusal, "vertex"))
    return "check that the project has Vertex AI enabled, and that the account of the credentials "
           "may use it there: aiplatform.endpoints.predict";
  if (is_provider (refusal, "gemini") || is_provider (refusal, "omni"))
    return "check the key in GEMINI_API_KEY or api-key-file: that it is valid, and may be used for "
           "this service";
  return "check the credentials and what they may be used for";
}

/* The services' own words speak of API versions and of calls to list models. */
static char *
advise_on_model (const RefusalCase *refusal)
{
  const char *reason = "the model was retired, or this account may not use it";
  const char *words = refusal->status != NULL ? refusal->status->message : "";

  if (strstr (words, "only supports Interactions") != NULL)
    return g_strdup ("the model is offered on another wire alone: set VEO3_PROVIDER=omni, or "
                     "VEO3_MODEL to another model");
  if (is_provider (refusal, "gemini"))
    return g_strdup_printf ("%s: set VEO3_PROVIDER=omni, whose model is " OMNI_DEFAULT_MODEL
                            ", or set VEO3_MODEL to a model that the key may use; a key without "
                            "billing may use none",
                            reason);
  if (is_provider (refusal, "vertex") && g_strcmp0 (refusal->model, VERTEX_DEFAULT_MODEL) != 0)
    return g_strdup_printf ("%s: set VEO3_MODEL=" VERTEX_DEFAULT_MODEL
                            ", or VEO3_PROVIDER=omni with a key",
                            reason);
  if (is_provider (refusal, "vertex"))
    return g_strdup_printf ("%s in this location: set VEO3_PROVIDER=omni with a key, whose model "
                            "is " OMNI_DEFAULT_MODEL ", or set VEO3_MODEL to a model that the "
                            "project may use",
                            reason);
  if (is_provider (refusal, "omni") && g_strcmp0 (refusal->model, OMNI_DEFAULT_MODEL) != 0)
    return g_strdup_printf ("%s: set VEO3_MODEL=" OMNI_DEFAULT_MODEL, reason);
  return g_strdup_printf ("%s: set VEO3_MODEL to one that it may, or VEO3_PROVIDER to another "
                          "service",
                          reason);
}

static char *
advise_on_content (const RefusalCase *refusal)
{
  const char *message = refusal->status != NULL ? refusal->status->message : "";
  g_autofree char *meaning = support_code_explain (message);

  return meaning != NULL ? g_strdup_printf ("%s; change the wording", meaning)
                         : g_strdup ("change the wording");
}

char *
refusal_advice_new (const RefusalCase *refusal)
{
  switch (refusal->code)
    {
    case VEO3_ERROR_CODE_QUOTA_DAY:
    case VEO3_ERROR_CODE_QUOTA_MINUTE:
      return g_strdup (advise_on_quota (refusal));
    case VEO3_ERROR_CODE_CREDENTIALS:
      return g_strdup (advise_on_credentials (refusal));
    case VEO3_ERROR_CODE_MODEL_GONE:
      return advise_on_model (refusal);
    case VEO3_ERROR_CODE_CONTENT_FILTERED:
      return advise_on_content (refusal);
    case VEO3_ERROR_CODE_NONE:
    case VEO3_ERROR_CODE_INVALID_PROMPT:
    case VEO3_ERROR_CODE_INVALID_REQUEST:
    case VEO3_ERROR_CODE_OPERATION_FAILED:
    case VEO3_ERROR_CODE_NO_CLIP:
    case VEO3_ERROR_CODE_UNAVAILABLE:
    case VEO3_ERROR_CODE_PROTOCOL:
    case VEO3_ERROR_CODE_UNCERTAIN_SUBMIT:
    case VEO3_ERROR_CODE_OPERATION_LOST:
    case VEO3_ERROR_CODE_CLIP_GONE:
    case VEO3_ERROR_CODE_CLIP_EXPIRED:
    case VEO3_ERROR_CODE_NOT_A_CLIP:
    case VEO3_ERROR_CODE_DISK:
    case VEO3_ERROR_CODE_DEADLINE:
    case VEO3_ERROR_CODE_CANCELLED:
    case VEO3_ERROR_CODE_BUDGET:
      break;
    }
  return NULL;
}
