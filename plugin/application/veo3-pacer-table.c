/* SPDX-License-Identifier: MIT */
/*
 * Pacers by account. One thread, no I/O. Must not hold a key in the clear: its digest tells two of
 * them apart.
 */
#include "plugin/application/veo3-pacer-table.h"

struct _Veo3PacerTable
{
  GHashTable *pacers; /* (owned) account -> Veo3Pacer (owned) */
};

Veo3PacerTable *
veo3_pacer_table_new (void)
{
  Veo3PacerTable *self = g_new0 (Veo3PacerTable, 1);

  self->pacers
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)veo3_pacer_free);
  return self;
}

void
veo3_pacer_table_free (Veo3PacerTable *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->pacers);
  g_free (self);
}

static const char *
text_of (const char *text)
{
  return text != NULL ? text : "";
}

/* Another server is another account; for the fake adapter its scenario is the server. A project
 * pays for what its members do, whoever signs in. A key in a file goes by the name of the file, for
 * it may be read anew at any time. Returns: (transfer full) */
static char *
name_account (const Veo3Settings *settings, const VideoGenerationPort *port)
{
  const char *key_file = settings->api_key == NULL ? settings->api_key_file : NULL;
  g_autofree char *key
      = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text_of (settings->api_key), -1);

  return g_strjoin ("\n", port->iface->provider, port->model, text_of (settings->base_url),
                    text_of (settings->project), text_of (settings->location),
                    text_of (settings->scenario), text_of (key_file), key, NULL);
}

Veo3Pacer *
veo3_pacer_table_get (Veo3PacerTable *self,
                      const Veo3Settings *settings,
                      const VideoGenerationPort *port)
{
  g_autofree char *account = name_account (settings, port);
  Veo3Pacer *pacer = g_hash_table_lookup (self->pacers, account);

  if (pacer == NULL)
    {
      pacer = veo3_pacer_new ();
      g_hash_table_insert (self->pacers, g_steal_pointer (&account), pacer);
    }
  return pacer;
}
