/* SPDX-License-Identifier: MIT */
/*
 * plugin-look.c: see plugin-look.h. Runs the main context until the plugin has answered; must not
 * be called from within it.
 */
#include "host/plugin-look.h"

#define PATIENCE_MS 60000
#define GRACE_MS 5000

typedef struct
{
  GPtrArray *findings; /* (owned) */
  GError *error;       /* (owned) (nullable) */
  GCancellable *cancellable;
  guint n_rings; /* of the timer */
  gboolean is_done;
} Look;

static void
on_found (gpointer user_data, GPtrArray *findings, const GError *error)
{
  Look *look = user_data;

  look->findings = g_ptr_array_ref (findings);
  look->error = error != NULL ? g_error_copy (error) : NULL;
  look->is_done = TRUE;
}

static gboolean
on_patience_ends (gpointer user_data)
{
  Look *look = user_data;

  look->n_rings++;
  g_cancellable_cancel (look->cancellable);
  return G_SOURCE_REMOVE;
}

static void
wait_for (Look *look, guint patience_ms)
{
  g_autoptr (GSource) timer = g_timeout_source_new (patience_ms);
  guint n_rings = look->n_rings;

  g_source_set_static_name (timer, "plugin look");
  g_source_set_callback (timer, on_patience_ends, look, NULL);
  (void)g_source_attach (timer, NULL);
  while (!look->is_done && look->n_rings == n_rings)
    (void)g_main_context_iteration (NULL, TRUE);
  g_source_destroy (timer);
}

GPtrArray *
plugin_look (PluginHost *plugin,
             const PipelineStageContext *context,
             gboolean is_online,
             guint patience_ms,
             GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  PipelineDiagnosis diagnosis = { .struct_size = sizeof diagnosis, .is_online = is_online };
  Look look = { .cancellable = cancellable };
  guint first_ms = patience_ms != 0 ? patience_ms : PATIENCE_MS;

  diagnosis.cancellable = cancellable;
  plugin_host_diagnose (plugin, context, &diagnosis, on_found, &look);
  wait_for (&look, first_ms);
  if (!look.is_done)
    wait_for (&look, MIN (first_ms, GRACE_MS));
  if (!look.is_done)
    {
      plugin_host_abandon (plugin, &look);
      g_set_error (&look.error, PLUGIN_HOST_ERROR, PLUGIN_HOST_ERROR_SILENT,
                   "plugin %s: diagnose does not answer (a bug of the plugin)",
                   plugin_host_module (plugin)->name);
      look.findings = g_ptr_array_new ();
    }
  if (look.error != NULL)
    g_propagate_error (error, look.error);
  return look.findings;
}
