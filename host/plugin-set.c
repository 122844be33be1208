/* SPDX-License-Identifier: MIT */
/*
 * plugin-set.c: see plugin-set.h. Main thread only. Calls no hooks itself; plugin-host does.
 */
#include "host/plugin-set.h"

#include <sys/prctl.h>

struct _PluginSet
{
  PluginLoader *loader; /* (owned) */
  GHashTable *hosts;    /* (owned) name (borrowed from the module) -> PluginHost (owned) */
  PluginSink sink;
};

static void
free_host (gpointer data)
{
  plugin_host_free (data);
}

PluginSet *
plugin_set_new (const char *const *overrides, const PluginSink *sink, GError **error)
{
  g_autoptr (PluginSet) self = g_new0 (PluginSet, 1);

  self->loader = plugin_loader_new ();
  self->hosts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, free_host);
  self->sink = *sink;
  for (gsize i = 0; overrides != NULL && overrides[i] != NULL; i++)
    if (!plugin_loader_override (self->loader, overrides[i], error))
      return NULL;
  return g_steal_pointer (&self);
}

void
plugin_set_free (PluginSet *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->hosts);
  plugin_loader_free (self->loader);
  g_free (self);
}

PluginHost *
plugin_set_get (PluginSet *self, const char *name, GError **error)
{
  PluginHost *host = g_hash_table_lookup (self->hosts, name);
  const PluginModule *module = NULL;

  if (host != NULL)
    return host;
  module = plugin_loader_load (self->loader, name, error);
  if (module == NULL)
    return NULL;
  host = plugin_host_new (module, &self->sink);
  g_hash_table_insert (self->hosts, module->name, host);
  return host;
}

PluginLoader *
plugin_set_loader (PluginSet *self)
{
  return self->loader;
}

void
plugin_set_protect_secrets (void)
{
  if (g_strcmp0 (g_getenv (PLUGIN_SET_ALLOW_CORE_VARIABLE), "1") == 0)
    return;
  (void)prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
}
