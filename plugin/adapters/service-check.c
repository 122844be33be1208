/* SPDX-License-Identifier: MIT */
/*
 * From the answer to a question about a model to the port's callback. Runs on the worker's context,
 * keeps nothing. What an answer means is response-classifier's; nothing here can cost anything.
 */
#include "plugin/adapters/service-check.h"

#include <string.h>

#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/response-classifier.h"
#include "plugin/adapters/secret.h"

typedef struct
{
  const VideoGenerationPort *port; /* (borrowed) */
  char *secret;                    /* (owned) (nullable) */
  Veo3ServiceFunc callback;
  gpointer user_data; /* (borrowed) */
} ServiceCheck;

/* "models/M" or "publishers/google/models/M": of the very model. */
static gboolean
names_model (const HttpResponse *response, const char *model)
{
  g_autoptr (json_object) json = json_answer_parse (response->body, response->body_length, NULL);
  const char *name = json_answer_get_string (json, "name");
  const char *slash = name != NULL ? strrchr (name, '/') : NULL;

  return slash != NULL && strcmp (slash + 1, model) == 0;
}

static gint64
read_date (const HttpResponse *response)
{
  time_t date = response->date != NULL ? curl_getdate (response->date, NULL) : -1;

  return date > 0 ? (gint64)date : 0;
}

static void
on_answer (const HttpResponse *response, gpointer user_data)
{
  ServiceCheck *self = user_data;
  const char *model = self->port->model;
  ResponseContext context = { .secret = self->secret,
                              .now_s = g_get_real_time () / G_USEC_PER_SEC,
                              .provider = self->port->iface->provider,
                              .model = model };
  g_auto (ResponseVerdict) verdict = { .code = VEO3_ERROR_CODE_NONE };
  Veo3ServiceResult result = { .klass = VEO3_SERVICE_READY, .server_time_s = read_date (response) };

  if (response->end != HTTP_END_ANSWERED || response->status != 200
      || !names_model (response, model))
    {
      /* The words for paid requests are the exact ones where somebody said no. */
      gboolean is_refused
          = response_classifier_submit (response, FALSE, &context, &verdict) == VEO3_SUBMIT_REFUSED
            && verdict.code != VEO3_ERROR_CODE_PROTOCOL;

      result.klass = is_refused ? VEO3_SERVICE_DENIED : VEO3_SERVICE_NO_ANSWER;
      if (!is_refused)
        {
          response_verdict_clear (&verdict);
          (void)response_classifier_poll (response, &context, &verdict);
        }
      result.code = verdict.code;
      result.message = verdict.message;
    }
  self->callback (&result, self->user_data);
  secret_free (self->secret);
  g_free (self);
}

void
service_check_send (HttpRequest *request, const char *problem, const ServiceCheckCall *call)
{
  ServiceCheck *self = g_new0 (ServiceCheck, 1);

  self->port = call->port;
  self->secret = g_strdup (call->secret);
  self->callback = call->callback;
  self->user_data = call->user_data;
  if (request != NULL)
    http_client_send (call->client, request, call->cancellable, on_answer, self);
  else
    http_client_fail (call->client, problem, on_answer, self);
}
