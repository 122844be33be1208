/* SPDX-License-Identifier: MIT */
/*
 * A port for one question. Lives on the worker's context; completes from a source of its own,
 * because a port must not be freed in one of its callbacks.
 */
#include "plugin/stage/veo3-service-look.h"

struct _Veo3ServiceLook
{
  GMainContext *context;     /* (borrowed) */
  Veo3Settings *settings;    /* (owned) */
  Veo3Reporter reporter;     /* of the port; silent */
  VideoGenerationPort *port; /* (owned) (nullable) */
  GCancellable *cancellable; /* (owned) */
  Veo3ServiceAnswer *answer; /* (owned) (nullable) */
  Veo3ServiceLookFunc callback;
  gpointer user_data; /* (borrowed) */
};

static gboolean
finish (gpointer user_data)
{
  Veo3ServiceLook *self = user_data;

  if (self->port != NULL)
    self->port->iface->free (self->port);
  self->callback (self, self->answer, self->user_data);
  g_object_unref (self->cancellable);
  veo3_settings_free (self->settings);
  g_free (self);
  return G_SOURCE_REMOVE;
}

static void
finish_later (Veo3ServiceLook *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_static_name (source, "veo3-service-look");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, finish, self, NULL);
  (void)g_source_attach (source, self->context);
}

static void
on_answer (const Veo3ServiceResult *result, gpointer user_data)
{
  Veo3ServiceLook *self = user_data;

  self->answer = g_new0 (Veo3ServiceAnswer, 1);
  self->answer->klass = result->klass;
  self->answer->code = result->code;
  self->answer->message = g_strdup (result->message);
  self->answer->server_time_s = result->server_time_s;
  self->answer->our_time_s = g_get_real_time () / G_USEC_PER_SEC;
  finish_later (self);
}

/* What a port says of itself was told by those who look at the settings. */
static void
say_nothing (gpointer sink, PipelineLogLevel level, const char *message)
{
  (void)sink;
  (void)level;
  (void)message;
}

Veo3ServiceLook *
veo3_service_look_start (const Veo3ServiceLookConfig *config)
{
  Veo3ServiceLook *self = g_new0 (Veo3ServiceLook, 1);
  g_autoptr (GError) error = NULL;
  Veo3ServiceResult refused = { .klass = VEO3_SERVICE_DENIED, .code = VEO3_ERROR_CODE_CREDENTIALS };

  self->context = config->context;
  self->settings = config->settings;
  self->callback = config->callback;
  self->user_data = config->user_data;
  self->cancellable = g_cancellable_new ();
  self->reporter = (Veo3Reporter){ .log = say_nothing };
  self->port = config->composition->make_port (config->shared, config->context, self->settings,
                                               &self->reporter, &error);
  if (self->port == NULL)
    {
      refused.message = error->message;
      on_answer (&refused, self);
    }
  else if (self->port->iface->check_service != NULL)
    self->port->iface->check_service (self->port, self->cancellable, on_answer, self);
  else
    finish_later (self);
  return self;
}

void
veo3_service_look_cancel (Veo3ServiceLook *self)
{
  g_cancellable_cancel (self->cancellable);
}
