/* SPDX-License-Identifier: MIT */
/*
 * The metadata server: a few texts, and tokens.
 *
 * Thread model: one thread, nothing blocks. It proves that it is one with the header
 * Metadata-Flavor, which it demands of its clients as well: a request that was tricked out of a
 * browser or a proxy cannot set it.
 */
#include "tests/emulator/metadata-service.h"

#include "tests/emulator/fault-answer.h"

#include <string.h>

#define FLAVOR_HEADER "Metadata-Flavor"
#define FLAVOR "Google"
#define PREFIX "/computeMetadata/"
#define ACCOUNT "/computeMetadata/v1/instance/service-accounts/default/"
#define EMAIL "veo3-emulator@emulated-project.iam.gserviceaccount.com"
#define SCOPE "https://www.googleapis.com/auth/cloud-platform"

struct _MetadataService
{
  EmulatorScenario *scenario; /* (borrowed) */
  TokenStore *tokens;         /* (borrowed) */
};

typedef struct
{
  const gchar *path;
  const gchar *type;
  const gchar *text;
} Leaf;

static const Leaf leaves[] = {
  { "/", "application/text", "computeMetadata/\n" },
  { "/computeMetadata/v1/", "application/text", "instance/\noslogin/\nproject/\n" },
  { "/computeMetadata/v1/instance", "application/text", "id\nname\nservice-accounts/\nzone\n" },
  { "/computeMetadata/v1/project/project-id", "application/text", "emulated-project" },
  { "/computeMetadata/v1/universe/universe-domain", "application/text", "googleapis.com" },
  { ACCOUNT "email", "application/text", EMAIL },
  { ACCOUNT "scopes", "application/text", SCOPE "\n" },
  { ACCOUNT, "application/json",
    "{\"aliases\":[\"default\"],\"email\":\"" EMAIL "\",\"scopes\":[\"" SCOPE "\"]}" },
};

MetadataService *
metadata_service_new (EmulatorScenario *scenario, TokenStore *tokens)
{
  MetadataService *self = g_new0 (MetadataService, 1);

  self->scenario = scenario;
  self->tokens = tokens;
  return self;
}

void
metadata_service_free (MetadataService *self)
{
  g_free (self);
}

static EmulatorAnswer *
new_text (const gchar *type, const gchar *text)
{
  return emulator_answer_new (200, type, g_bytes_new (text, strlen (text)));
}

static EmulatorAnswer *
serve_token (MetadataService *self, EmulatorRequest *request)
{
  const FaultAnswerPlace nowhere = { 0 };
  EmulatorFault *fault = emulator_scenario_take_fault (self->scenario, EMULATOR_STEP_METADATA);

  if (!emulator_fault_performs (fault))
    return fault_answer_apply (fault, emulator_answer_new (200, NULL, g_bytes_new (NULL, 0)),
                               &nowhere);
  return fault_answer_apply (fault, token_store_issue (self->tokens, request), &nowhere);
}

static EmulatorAnswer *
serve_leaf (MetadataService *self, EmulatorRequest *request)
{
  if (g_str_equal (request->path, ACCOUNT "token"))
    return serve_token (self, request);
  for (gsize i = 0; i < G_N_ELEMENTS (leaves); i++)
    {
      if (g_str_equal (leaves[i].path, request->path))
        return new_text (leaves[i].type, leaves[i].text);
    }
  return emulator_answer_new_html (404);
}

/* At the root there is the API as well: only a client that asks for metadata gets some. */
static gboolean
metadata_claims (gpointer service, const EmulatorRequest *request)
{
  (void)service;
  return !request->to_storage
         && (g_str_has_prefix (request->path, PREFIX)
             || (g_str_equal (request->path, "/") && request->metadata_flavor != NULL));
}

static EmulatorAnswer *
metadata_serve (gpointer service, EmulatorRequest *request)
{
  MetadataService *self = service;
  EmulatorAnswer *answer = NULL;

  request->kind = "metadata";
  if (g_strcmp0 (request->metadata_flavor, FLAVOR) != 0)
    return emulator_answer_new_html (403);
  answer = emulator_request_is (request, "GET") ? serve_leaf (self, request)
                                                : emulator_answer_new_html (405);
  emulator_answer_add_header (answer, FLAVOR_HEADER, FLAVOR);
  return answer;
}

EmulatorWire
metadata_service_get_wire (MetadataService *self)
{
  const EmulatorWire wire = {
    .name = "metadata",
    .service = self,
    .claims = metadata_claims,
    .serve = metadata_serve,
  };

  return wire;
}
