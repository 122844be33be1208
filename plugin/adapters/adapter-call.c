/* SPDX-License-Identifier: MIT */
/*
 * From an HTTP response to the port's callback. Runs on the worker's context, keeps nothing. Must
 * not decide what follows an answer; the tables are response-classifier's.
 */
#include "plugin/adapters/adapter-call.h"

#include "plugin/adapters/response-classifier.h"

void
adapter_log (const AdapterLog *self, GLogLevelFlags level, const char *format, ...)
{
  g_autofree char *line = NULL;
  va_list args;

  if (self->func == NULL)
    return;
  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  self->func (level, line, self->data);
}

AdapterCall *
adapter_call_new (gpointer adapter, const char *subject, gpointer user_data)
{
  AdapterCall *self = g_new0 (AdapterCall, 1);

  self->adapter = adapter;
  self->subject = g_strdup (subject);
  self->user_data = user_data;
  return self;
}

static ResponseContext
get_context (const AdapterCall *self, const char *secret)
{
  const VideoGenerationPort *port = self->adapter;

  return (ResponseContext){ .secret = secret,
                            .now_s = g_get_real_time () / G_USEC_PER_SEC,
                            .provider = port->iface->provider,
                            .model = port->model };
}

void
adapter_call_finish_submit (const AdapterCall *self,
                            const HttpResponse *response,
                            const char *operation_name,
                            const char *secret,
                            const AdapterLog *log)
{
  ResponseContext context = get_context (self, secret);
  g_auto (ResponseVerdict) verdict = { .code = VEO3_ERROR_CODE_NONE };
  g_autofree char *excerpt = NULL;
  Veo3SubmitResult result = { .klass = VEO3_SUBMIT_UNCERTAIN };

  result.klass = response_classifier_submit (response, operation_name != NULL, &context, &verdict);
  result.operation_name = result.klass == VEO3_SUBMIT_ACCEPTED ? operation_name : NULL;
  result.code = verdict.code;
  result.message = verdict.message;
  result.retry_after_ms = verdict.retry_after_ms;
  if (result.klass == VEO3_SUBMIT_UNCERTAIN)
    {
      excerpt = response_classifier_dup_excerpt (response, secret);
      adapter_log (log, G_LOG_LEVEL_WARNING, "%s: %s; the answer began with: %s", self->subject,
                   verdict.message, *excerpt != '\0' ? excerpt : "(nothing)");
    }
  self->on_submit (&result, self->user_data);
}

void
adapter_call_finish_poll (const AdapterCall *self,
                          const HttpResponse *response,
                          const Veo3PollResult *known,
                          const char *secret,
                          const AdapterLog *log)
{
  ResponseContext context = get_context (self, secret);
  g_auto (ResponseVerdict) verdict = { .code = VEO3_ERROR_CODE_NONE };
  Veo3PollResult result = { .klass = VEO3_POLL_NO_ANSWER };

  if (known != NULL)
    {
      self->on_poll (known, self->user_data);
      return;
    }
  result.klass = response_classifier_poll (response, &context, &verdict);
  result.code = verdict.code;
  result.message = verdict.message;
  result.retry_after_ms = verdict.retry_after_ms;
  adapter_log (log, G_LOG_LEVEL_DEBUG, "%s: %s", self->subject, verdict.message);
  self->on_poll (&result, self->user_data);
}

void
adapter_call_finish_cancel (const AdapterCall *self,
                            const HttpResponse *response,
                            const Veo3CancelResult *known,
                            const char *secret)
{
  ResponseContext context = get_context (self, secret);
  g_auto (ResponseVerdict) verdict = { .code = VEO3_ERROR_CODE_NONE };
  Veo3CancelResult result = { .klass = VEO3_CANCEL_NO_ANSWER };

  if (known != NULL)
    {
      self->on_cancel (known, self->user_data);
      return;
    }
  result.klass = response_classifier_cancel (response, &context, &verdict);
  result.message = verdict.message;
  result.retry_after_ms = verdict.retry_after_ms;
  self->on_cancel (&result, self->user_data);
}

void
adapter_call_free (AdapterCall *self)
{
  if (self == NULL)
    return;
  g_free (self->subject);
  g_free (self);
}
