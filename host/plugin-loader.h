/* SPDX-License-Identifier: MIT */
/*
 * plugin-loader.h: finds `lib<NAME>_stage.so`, decides whether it may be trusted, opens it and
 * checks its descriptor. No code of a plugin but its query function runs here.
 *
 * Where it looks, first hit wins: `--plugin NAME=PATH`; each folder of $PIPELINE_PLUGIN_PATH; the
 * build tree, if this very program lies in it; the installed plugin folder. Never the current
 * folder: an empty entry of the variable is skipped.
 *
 * Threads: main thread only. Everything here blocks on the disk.
 */
#pragma once

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

#define PLUGIN_LOADER_PATH_VARIABLE "PIPELINE_PLUGIN_PATH"

#define PLUGIN_LOADER_ERROR (plugin_loader_error_quark ())

/** PluginLoaderError: what the caller can do about a plugin that was refused. */
typedef enum
{
  PLUGIN_LOADER_ERROR_USAGE,     /* `--plugin` or the name itself is malformed */
  PLUGIN_LOADER_ERROR_NOT_FOUND, /* install it, or say where it is */
  PLUGIN_LOADER_ERROR_UNTRUSTED, /* fix owner or mode of the file */
  PLUGIN_LOADER_ERROR_OPEN,      /* not a shared object, or a library of it is missing */
  PLUGIN_LOADER_ERROR_SYMBOL,    /* a shared object, but no plugin */
  PLUGIN_LOADER_ERROR_ABI,       /* built for another pipeline_runner */
  PLUGIN_LOADER_ERROR_INVALID,   /* a bug of the plugin */
} PluginLoaderError;

/** PluginModule: an opened and checked plugin. It stays in memory until the process ends. */
typedef struct
{
  char *name;                     /* (owned) NAME of the pipeline file */
  char *path;                     /* (owned) absolute */
  PipelineStagePlugin descriptor; /* our copy; fields the plugin doesn't know are NULL */
} PluginModule;

typedef struct _PluginLoader PluginLoader;

/**
 * plugin_loader_error_quark: the error domain.
 * Thread: any. Blocks: no. Errors: none. Returns: the quark.
 */
GQuark plugin_loader_error_quark (void);

/**
 * plugin_loader_new: a loader with the search path of this process.
 * Thread: main. Blocks: disk (readlink). Errors: none.
 * Returns: (transfer full).
 */
PluginLoader *plugin_loader_new (void);

/**
 * plugin_loader_free: frees the loader and its modules' records; the shared objects stay mapped.
 * @self: (nullable).
 * Thread: main. Blocks: no. Errors: none. Returns: nothing.
 */
void plugin_loader_free (PluginLoader *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PluginLoader, plugin_loader_free)

/**
 * plugin_loader_override: puts another shared object in a name's place (`--plugin NAME=PATH`).
 * @assignment: "NAME=PATH"; a relative path is taken from the current folder, for here a person
 *   names the file.
 * Thread: main. Blocks: no. Errors: USAGE. Returns: FALSE with @error.
 */
gboolean plugin_loader_override (PluginLoader *self,
                                 const char *assignment,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * plugin_loader_load: finds, opens and checks a plugin; a second call gives the same module.
 * @name: NAME of `plugins=`.
 * Thread: main. Blocks: disk, and whatever the object's constructors do.
 * Errors: every PluginLoaderError; each sentence names the file and what to do.
 * Returns: (transfer none) (nullable): valid as long as @self; NULL with @error.
 */
const PluginModule *plugin_loader_load (PluginLoader *self, const char *name, GError **error);

/**
 * plugin_loader_list_names: every NAME for which the search path or an override has a file.
 * Thread: main. Blocks: disk. Errors: none, unreadable folders count as empty.
 * Returns: (transfer full): sorted, NULL-terminated.
 */
char **plugin_loader_list_names (PluginLoader *self);

/**
 * plugin_loader_find: the file that @name stands for, without opening it.
 * Thread: main. Blocks: disk. Errors: USAGE, NOT_FOUND with the folders that were looked into.
 * Returns: (transfer full) (nullable): absolute path; NULL with @error.
 */
char *plugin_loader_find (PluginLoader *self, const char *name, GError **error);

/**
 * plugin_loader_check_file: whether a file may become part of this process.
 * @path: of the shared object.
 * Thread: any. Blocks: disk. Errors: NOT_FOUND, UNTRUSTED. Returns: FALSE with @error.
 */
gboolean plugin_loader_check_file (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * plugin_loader_check_descriptor: checks what a plugin says of itself and makes our copy.
 * @path: for the messages.
 * @raw: (nullable): what the query function returned.
 * @ret_descriptor: (out): untouched on failure; fields beyond the plugin's struct_size are NULL.
 * Thread: any. Blocks: no. Errors: ABI, INVALID. Returns: FALSE with @error.
 */
gboolean plugin_loader_check_descriptor (const char *path,
                                         const PipelineStagePlugin *raw,
                                         PipelineStagePlugin *ret_descriptor,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
