/* SPDX-License-Identifier: MIT */
/*
 * Veo3Settings: the settings of `[plugin veo3]` as numbers, and the table that declares them.
 */
#pragma once

#include "include/pipeline-stage.h"
#include "plugin/application/veo3-model-table.h"
#include "plugin/domain/veo3-run.h"

G_BEGIN_DECLS

/** Veo3Settings: of one run. Immutable after veo3_settings_new(). */
typedef struct
{
  char *provider;         /* (owned) */
  char *model;            /* (owned) (nullable) NULL only if the table has no default */
  char *base_url;         /* (owned) (nullable) of the provider; NULL = its own */
  char *api_version;      /* (owned) (nullable) */
  char *api_key;          /* (owned) (nullable) a secret: wiped by veo3_settings_free() */
  char *api_key_file;     /* (owned) (nullable) absolute path; see veo3_settings_dup_key() */
  char *project;          /* (owned) (nullable) of Google Cloud */
  char *location;         /* (owned) (nullable) of Google Cloud */
  char *credentials_file; /* (owned) (nullable) absolute path */
  char *metadata_host;    /* (owned) (nullable) */
  char *storage_uri;      /* (owned) (nullable) */
  char *ca_file;          /* (owned) (nullable) absolute path; NULL = the system's authorities */
  char *proxy;       /* (owned) (nullable) URL; NULL = none, whatever libcurl's variables say */
  char *no_proxy;    /* (owned) (nullable) hosts that are reached without the proxy */
  char *models_file; /* (owned) (nullable) absolute path; NULL = the built-in table */
  Veo3ModelTable *models;  /* (owned) what models can do and cost; NULL until resolved */
  Veo3ClipOptions options; /* for every clip whose prompt does not say otherwise */
  int duration_s;          /* of clips whose prompt does not say, > 0 */
  char *scenario;          /* (owned) (nullable) absolute path, for the fake adapter */
  guint clip_count;        /* at least 1 */
  Veo3RunSettings run;
} Veo3Settings;

/**
 * veo3_settings_get_specs: what may stand in the plugin's group.
 * @ret_n: (out)
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none) (array length=ret_n): constant.
 */
const PipelineSettingSpec *veo3_settings_get_specs (gsize *ret_n);

/** The number of specs, as a constant: a descriptor needs it at compile time. */
#define VEO3_SETTINGS_N_SPECS 38
extern const PipelineSettingSpec veo3_settings_specs[VEO3_SETTINGS_N_SPECS];

/**
 * veo3_settings_read: takes over what the host has resolved and checked, and looks at nothing else:
 * quick enough for a hook that must not block.
 * @settings: (array length=n_settings)
 * Thread: any. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: values that do not go together; names the setting.
 * Returns: (transfer full) (nullable): to be completed by veo3_settings_resolve()
 */
Veo3Settings *veo3_settings_read (const PipelineSetting *settings,
                                  gsize n_settings,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_settings_resolve: reads what models can do and cost, and with it which one is meant if none
 * is named. Once, before the settings are used.
 * Thread: the owner's. Blocks: for a millisecond; on the disk, if there is a models-file.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: a models-file that cannot be used.
 * Returns: TRUE when they are complete
 */
gboolean veo3_settings_resolve (Veo3Settings *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_settings_new: veo3_settings_read() and veo3_settings_resolve() in one.
 * @settings: (array length=n_settings)
 * Thread: any. Blocks: see veo3_settings_resolve(). Errors: of both.
 * Returns: (transfer full) (nullable)
 */
Veo3Settings *veo3_settings_new (const PipelineSetting *settings,
                                 gsize n_settings,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_settings_dup_key: the key of the API: the one that is set, else that of the file.
 * Thread: any. Blocks: one small file.
 * Errors: G_IO_ERROR_NOT_FOUND: neither is set; else as veo3_key_file_read().
 * Returns: (transfer full) (nullable): a secret, to be wiped
 */
char *veo3_settings_dup_key (const Veo3Settings *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_settings_free: accepts NULL; wipes the key. Thread: the owner's. Blocks: no.
 * Errors: none.
 */
void veo3_settings_free (Veo3Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3Settings, veo3_settings_free)

G_END_DECLS
