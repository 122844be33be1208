/* SPDX-License-Identifier: MIT */
/*
 * Composition root of libveo3_fake_stage.so: the plugin with FakeVeo3Adapter injected. For tests
 * and rehearsals; no network.
 */
#include "plugin/adapters/audio-strip-port.h"
#include "plugin/adapters/fake-veo3-adapter.h"
#include "plugin/stage/veo3-plugin.h"

static VideoGenerationPort *
make_port (gpointer shared,
           GMainContext *context,
           const Veo3Settings *settings,
           const Veo3Reporter *reporter,
           GError **error)
{
  FakeScenario *scenario = fake_scenario_new (settings->scenario, error);

  (void)shared;
  (void)reporter;
  if (scenario == NULL)
    return NULL;
  return audio_strip_port_new (context, fake_veo3_adapter_new (context, scenario), 0);
}

static gboolean
can_stop (const Veo3Settings *settings)
{
  (void)settings;
  return TRUE;
}

static const Veo3Composition composition = {
  .provider = "fake",
  .can_stop = can_stop,
  .keeps_history = FALSE,
  .make_port = make_port,
};

static gboolean
start (const PipelineHostServices *services, gpointer *ret_plugin, GError **error)
{
  return veo3_plugin_start (&composition, services, ret_plugin, error);
}

static gboolean
check (gpointer plugin, const PipelineStageContext *context, GError **error)
{
  return veo3_plugin_check (&composition, plugin, context, error);
}

static void
diagnose_async (gpointer plugin,
                const PipelineStageContext *context,
                const PipelineDiagnosis *diagnosis,
                GAsyncReadyCallback callback,
                gpointer user_data)
{
  const Veo3PluginCaller caller = { .callback = callback, .user_data = user_data };

  veo3_plugin_diagnose_async (&composition, plugin, context, diagnosis, &caller);
}

static const PipelineStagePlugin descriptor = {
  .abi_major = PIPELINE_STAGE_ABI_MAJOR,
  .abi_minor = PIPELINE_STAGE_ABI_MINOR,
  .struct_size = sizeof (PipelineStagePlugin),
  .name = "veo3_fake",
  .version = VEO3_VERSION,
  .summary = "clips of a scripted service, without a network",
  VEO3_PLUGIN_HOOKS,
  .start = start,
  .check = check,
  .diagnose_async = diagnose_async,
};

const PipelineStagePlugin *
pipeline_stage_plugin_query (void)
{
  return &descriptor;
}
