/* SPDX-License-Identifier: MIT */
/*
 * plugin-loader.c: see plugin-loader.h.
 *
 * A plugin runs with all rights of the user, so a file that someone else could have written is
 * refused before the dynamic linker sees it. Objects are opened RTLD_NOW, so that a missing symbol
 * shows here and not in the middle of a paid run, RTLD_LOCAL, so that two plugins can't disturb
 * each other, and RTLD_NODELETE, because threads and TLS destructors of a plugin may outlive any
 * dlclose(). Must not call any hook.
 */
#include "host/plugin-loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/pipeline-lint.h"

#define FILE_PREFIX "lib"
#define FILE_SUFFIX "_stage.so"

/* Everything up to here must be known by every plugin, however old. */
#define MANDATORY_BYTES G_STRUCT_OFFSET (PipelineStagePlugin, summary)

struct _PluginLoader
{
  GPtrArray *folders;    /* (owned) char*, in search order */
  GHashTable *overrides; /* (owned) name -> absolute path */
  GHashTable *modules;   /* (owned) name -> PluginModule */
};

G_DEFINE_QUARK (plugin_loader_error_quark, plugin_loader_error)

static void
plugin_module_free (PluginModule *module)
{
  g_free (module->name);
  g_free (module->path);
  g_free (module);
}

static gboolean
check_name (const char *name, GError **error)
{
  if (pipeline_lint_is_plugin_name (name))
    return TRUE;
  g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_USAGE,
               "\"%s\" can't be the name of a plugin: use lower case letters, digits and '_'",
               name);
  return FALSE;
}

/* An uninstalled program finds the plugins it was built with; an installed one must not, for the
 * build folder may belong to anybody by then. */
static gboolean
runs_from_build_tree (void)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);

  return program != NULL && g_str_has_prefix (program, PIPELINE_RUNNER_BUILD_ROOT "/");
}

PluginLoader *
plugin_loader_new (void)
{
  PluginLoader *self = g_new0 (PluginLoader, 1);
  const char *variable = g_getenv (PLUGIN_LOADER_PATH_VARIABLE);
  g_auto (GStrv) entries = g_strsplit (variable != NULL ? variable : "", ":", -1);

  self->folders = g_ptr_array_new_with_free_func (g_free);
  self->overrides = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->modules
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)plugin_module_free);

  for (gsize i = 0; entries[i] != NULL; i++)
    if (entries[i][0] == '/')
      g_ptr_array_add (self->folders, g_strdup (entries[i]));
  if (runs_from_build_tree ())
    g_ptr_array_add (self->folders, g_strdup (PIPELINE_RUNNER_BUILD_ROOT "/plugin/stage"));
  g_ptr_array_add (self->folders, g_strdup (PIPELINE_RUNNER_PLUGIN_DIR));
  return self;
}

void
plugin_loader_free (PluginLoader *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->folders);
  g_hash_table_unref (self->overrides);
  g_hash_table_unref (self->modules);
  g_free (self);
}

gboolean
plugin_loader_override (PluginLoader *self, const char *assignment, GError **error)
{
  const char *equals = strchr (assignment, '=');
  g_autofree char *name = NULL;

  if (equals == NULL || equals == assignment || equals[1] == '\0')
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_USAGE,
                   "--plugin %s: expected NAME=PATH, e.g. --plugin veo3=/opt/libmine_stage.so",
                   assignment);
      return FALSE;
    }

  name = g_strndup (assignment, (gsize)(equals - assignment));
  if (!check_name (name, error))
    return FALSE;
  g_hash_table_replace (self->overrides, g_steal_pointer (&name),
                        g_canonicalize_filename (equals + 1, NULL));
  return TRUE;
}

char *
plugin_loader_find (PluginLoader *self, const char *name, GError **error)
{
  const char *override = g_hash_table_lookup (self->overrides, name);
  g_autofree char *file_name = g_strconcat (FILE_PREFIX, name, FILE_SUFFIX, NULL);
  g_autoptr (GString) looked = g_string_new (NULL);

  if (!check_name (name, error))
    return NULL;
  if (override != NULL)
    return g_strdup (override);

  for (guint i = 0; i < self->folders->len; i++)
    {
      const char *folder = g_ptr_array_index (self->folders, i);
      g_autofree char *path = g_build_filename (folder, file_name, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
      g_string_append_printf (looked, "%s%s", looked->len > 0 ? ", " : "", folder);
    }

  g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_NOT_FOUND,
               "plugin %s: no %s in %s; install it, add its folder to %s, or name the file with "
               "--plugin %s=PATH",
               name, file_name, looked->str, PLUGIN_LOADER_PATH_VARIABLE, name);
  return NULL;
}

static void
collect_names (const char *folder, GPtrArray *names)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *entry = NULL;

  if (dir == NULL)
    return;
  while ((entry = g_dir_read_name (dir)) != NULL)
    {
      gsize length = strlen (entry);
      g_autofree char *name = NULL;

      if (!g_str_has_prefix (entry, FILE_PREFIX) || !g_str_has_suffix (entry, FILE_SUFFIX)
          || length <= strlen (FILE_PREFIX FILE_SUFFIX))
        continue;
      name = g_strndup (entry + strlen (FILE_PREFIX), length - strlen (FILE_PREFIX FILE_SUFFIX));
      if (pipeline_lint_is_plugin_name (name)
          && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

char **
plugin_loader_list_names (PluginLoader *self)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name = NULL;

  for (guint i = 0; i < self->folders->len; i++)
    collect_names (g_ptr_array_index (self->folders, i), names);

  g_hash_table_iter_init (&iter, self->overrides);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
      g_ptr_array_add (names, g_strdup (name));

  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

gboolean
plugin_loader_check_file (const char *path, GError **error)
{
  struct stat st;

  if (stat (path, &st) != 0)
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_NOT_FOUND,
                   "plugin %s: %s; check the path", path, g_strerror (errno));
      return FALSE;
    }
  if (!S_ISREG (st.st_mode))
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_UNTRUSTED,
                   "plugin %s: not a regular file; name the shared object itself", path);
      return FALSE;
    }
  if (st.st_uid != 0 && st.st_uid != geteuid ())
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_UNTRUSTED,
                   "plugin %s: belongs to user id %u; a plugin must belong to root or to you: "
                   "copy it or chown it",
                   path, (guint)st.st_uid);
      return FALSE;
    }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_UNTRUSTED,
                   "plugin %s: others may write to it (mode %04o); run chmod go-w on it", path,
                   (guint)(st.st_mode & 07777));
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_abi (const char *path, const PipelineStagePlugin *raw, GError **error)
{
  if (raw->abi_major > PIPELINE_STAGE_ABI_MAJOR)
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_ABI,
                   "plugin %s: needs plugin ABI %u, this pipeline_runner has %u; update "
                   "pipeline_runner",
                   path, raw->abi_major, PIPELINE_STAGE_ABI_MAJOR);
      return FALSE;
    }
  if (raw->abi_major < PIPELINE_STAGE_ABI_MAJOR)
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_ABI,
                   "plugin %s: was built for plugin ABI %u, this pipeline_runner has %u; rebuild "
                   "the plugin",
                   path, raw->abi_major, PIPELINE_STAGE_ABI_MAJOR);
      return FALSE;
    }
  if (raw->struct_size < MANDATORY_BYTES)
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_INVALID,
                   "plugin %s: its descriptor has %" G_GSIZE_FORMAT " bytes, at least "
                   "%" G_GSIZE_FORMAT " are needed; set struct_size to sizeof "
                   "(PipelineStagePlugin) and rebuild the plugin",
                   path, raw->struct_size, (gsize)MANDATORY_BYTES);
      return FALSE;
    }
  return TRUE;
}

static gboolean
refuse_invalid (const char *path, const char *what, GError **error)
{
  g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_INVALID,
               "plugin %s: %s; this is a bug of the plugin, report it to its maker", path, what);
  return FALSE;
}

static gboolean
check_hooks (const char *path, const PipelineStagePlugin *d, GError **error)
{
  if (d->name == NULL || d->name[0] == '\0')
    return refuse_invalid (path, "its descriptor has no name", error);
  if (d->version == NULL || d->version[0] == '\0')
    return refuse_invalid (path, "its descriptor has no version", error);
  if (d->settings == NULL && d->n_settings > 0)
    return refuse_invalid (path, "it counts settings but lists none", error);
  if (d->start != NULL && d->stop == NULL)
    return refuse_invalid (path, "it provides start without stop", error);
  if (d->run_stage_async != NULL && d->run_stage_finish == NULL)
    return refuse_invalid (path, "it provides run_stage_async without run_stage_finish", error);
  if (d->run_stage_async == NULL && d->run_stage_finish != NULL)
    return refuse_invalid (path, "it provides run_stage_finish without run_stage_async", error);
  if (d->end_run_async != NULL && d->end_run_finish == NULL)
    return refuse_invalid (path, "it provides end_run_async without end_run_finish", error);
  if (d->end_run_async == NULL && d->end_run_finish != NULL)
    return refuse_invalid (path, "it provides end_run_finish without end_run_async", error);
  if (d->command_async != NULL && d->command_finish == NULL)
    return refuse_invalid (path, "it provides command_async without command_finish", error);
  if (d->command_async == NULL && d->command_finish != NULL)
    return refuse_invalid (path, "it provides command_finish without command_async", error);
  if (d->diagnose_async != NULL && d->diagnose_finish == NULL)
    return refuse_invalid (path, "it provides diagnose_async without diagnose_finish", error);
  if (d->diagnose_async == NULL && d->diagnose_finish != NULL)
    return refuse_invalid (path, "it provides diagnose_finish without diagnose_async", error);
  return TRUE;
}

static gboolean
check_settings (const char *path, const PipelineStagePlugin *d, GError **error)
{
  for (gsize i = 0; i < d->n_settings; i++)
    {
      const PipelineSettingSpec *spec = &d->settings[i];

      if (spec->key == NULL || spec->key[0] == '\0' || spec->summary == NULL)
        return refuse_invalid (path, "one of its settings has no key or no summary", error);
      if ((guint)spec->type > PIPELINE_SETTING_SECRET)
        return refuse_invalid (path, "one of its settings has an unknown type", error);
      if (spec->type == PIPELINE_SETTING_CHOICE && spec->choices == NULL)
        return refuse_invalid (path, "one of its settings is a choice without choices", error);
    }
  return TRUE;
}

gboolean
plugin_loader_check_descriptor (const char *path,
                                const PipelineStagePlugin *raw,
                                PipelineStagePlugin *ret_descriptor,
                                GError **error)
{
  PipelineStagePlugin copy = { 0 };

  if (raw == NULL)
    return refuse_invalid (path, "its query function returned nothing", error);
  if (!check_abi (path, raw, error))
    return FALSE;

  memcpy (&copy, raw, MIN (raw->struct_size, sizeof copy));
  if (!check_hooks (path, &copy, error) || !check_settings (path, &copy, error))
    return FALSE;

  *ret_descriptor = copy;
  return TRUE;
}

/* dlerror() starts with the path for most failures; our sentence names it already. */
static const char *
linker_message (const char *path)
{
  const char *message = dlerror ();

  if (message == NULL)
    return "unknown error of the dynamic linker";
  if (g_str_has_prefix (message, path) && strncmp (message + strlen (path), ": ", 2) == 0)
    return message + strlen (path) + 2;
  return message;
}

static gboolean
open_module (PluginModule *module, GError **error)
{
  PipelineStagePluginQuery query = NULL;
  void *handle = NULL;

  if (!plugin_loader_check_file (module->path, error))
    return FALSE;

  handle = dlopen (module->path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (handle == NULL)
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_OPEN,
                   "plugin %s: can't be opened: %s; build it as a shared object for this machine, "
                   "with all its libraries installed",
                   module->path, linker_message (module->path));
      return FALSE;
    }

  /* ISO C has no cast from void* to a function pointer; POSIX guarantees the representation. */
  *(void **)&query = dlsym (handle, PIPELINE_STAGE_QUERY_SYMBOL);
  if (query == NULL)
    {
      g_set_error (error, PLUGIN_LOADER_ERROR, PLUGIN_LOADER_ERROR_SYMBOL,
                   "plugin %s: does not export %s; it is not a stage plugin, name another file",
                   module->path, PIPELINE_STAGE_QUERY_SYMBOL);
      return FALSE;
    }
  return plugin_loader_check_descriptor (module->path, query (), &module->descriptor, error);
}

const PluginModule *
plugin_loader_load (PluginLoader *self, const char *name, GError **error)
{
  PluginModule *module = g_hash_table_lookup (self->modules, name);
  g_autofree char *path = NULL;

  if (module != NULL)
    return module;
  path = plugin_loader_find (self, name, error);
  if (path == NULL)
    return NULL;

  module = g_new0 (PluginModule, 1);
  module->name = g_strdup (name);
  module->path = g_steal_pointer (&path);
  if (!open_module (module, error))
    {
      plugin_module_free (module);
      return NULL;
    }
  g_hash_table_insert (self->modules, module->name, module);
  return module;
}
