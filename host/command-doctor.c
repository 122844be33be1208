/* SPDX-License-Identifier: MIT */
/*
 * command-doctor.c: `pipeline_runner doctor`. Main thread only. Looks at everything a run needs
 * before there is one; changes nothing. A plugin is started only to look online, and stopped before
 * anything is printed.
 */
#include "host/command.h"

#include <string.h>

#include "host/answer.h"
#include "host/doctor-system.h"
#include "host/plugin-look.h"
#include "host/run-setup.h"

#define PLUGIN_ADVICE "see `pipeline_runner plugins` for the settings and what they mean"
#define FILE_ADVICE "correct it there; pipeline.ini(5) explains every key"

typedef struct
{
  const Options *options;   /* (borrowed) */
  DoctorReport *report;     /* (borrowed) */
  PluginSet *plugins;       /* (borrowed) */
  HostWorkspace *workspace; /* (owned) (nullable) */
} Doctor;

static void
look_at_workspace (Doctor *self)
{
  g_autoptr (GError) error = NULL;

  self->workspace = host_workspace_open (self->options->workspaces[0], &error);
  if (self->workspace != NULL)
    doctor_system_look_at_workspace (self->report, self->workspace);
  else
    doctor_report_complain (self->report, PIPELINE_FINDING_PROBLEM, "workspace", error->message,
                            "make the folder, or name another one with -w");
}

/* ---- plugins ---- */

/* A plugin that cannot look has said why. */
static void
complain_of_plugin (Doctor *self, const char *name, const char *subject, const GError *error)
{
  PipelineFinding finding = { .struct_size = sizeof finding, .level = PIPELINE_FINDING_PROBLEM };

  finding.subject = subject;
  finding.text = error->message;
  finding.advice = PLUGIN_ADVICE;
  doctor_report_add (self->report, name, &finding);
}

static void
take_findings (Doctor *self, const char *name, GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      const PluginFinding *found = g_ptr_array_index (findings, i);
      PipelineFinding finding
          = { .struct_size = sizeof finding, .level = found->level, .outcome = found->outcome };

      finding.subject = found->subject;
      finding.text = found->text;
      finding.advice = found->advice;
      doctor_report_add (self->report, name, &finding);
    }
}

static void
look_at_plugin (Doctor *self, const RunSetupPlugin *plugin)
{
  const PluginModule *module = plugin_host_module (plugin->host);
  const PipelineStagePlugin *descriptor = &module->descriptor;
  g_autofree char *run_id = host_workspace_new_run_id ();
  g_autofree char *here = g_get_current_dir ();
  PipelineStageContext context = run_setup_plugin_context (
      plugin, self->workspace != NULL ? host_workspace_path (self->workspace) : here, run_id);
  g_autoptr (GPtrArray) findings = NULL;
  g_autoptr (GError) check_error = NULL;
  g_autoptr (GError) error = NULL;

  doctor_report_ok (self->report, "plugin", "%s %s, ABI %u.%u (%s)", plugin->name,
                    descriptor->version, descriptor->abi_major, descriptor->abi_minor,
                    module->path);
  /* Before start: a plugin that is not started only looks. */
  if (!plugin_host_check (plugin->host, &context, &check_error))
    complain_of_plugin (self, plugin->name, "check", check_error);
  if (self->options->is_online && !plugin_host_start (plugin->host, &error))
    {
      complain_of_plugin (self, plugin->name, "start", error);
      return;
    }
  findings = plugin_look (plugin->host, &context, self->options->is_online, 0, &error);
  take_findings (self, plugin->name, findings);
  if (error != NULL && check_error == NULL)
    complain_of_plugin (self, plugin->name, "diagnose", error);
  plugin_host_stop (plugin->host);
}

/* ---- the pipeline ---- */

/* @file: (nullable): NULL = they are about a pipeline that nobody wrote */
static void
take_problems (Doctor *self, const char *file, GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const PipelineProblem *problem = g_ptr_array_index (problems, i);
      g_autofree char *text
          = file != NULL ? pipeline_problem_to_string (problem) : g_strdup (problem->message);

      doctor_report_complain (self->report,
                              problem->severity == PIPELINE_PROBLEM_ERROR
                                  ? PIPELINE_FINDING_PROBLEM
                                  : PIPELINE_FINDING_WARNING,
                              file != NULL ? "pipeline file" : "plugin", text,
                              file != NULL ? FILE_ADVICE : PLUGIN_ADVICE);
    }
}

static void
look_at_setup (Doctor *self, const RunSetup *setup)
{
  for (guint i = 0; i < setup->plugins->len; i++)
    look_at_plugin (self, g_ptr_array_index (setup->plugins, i));
}

static void
look_at_pipeline (Doctor *self, const char *file)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autoptr (RunSetup) setup = run_setup_load (file, (const char *const *)self->options->overrides,
                                               self->plugins, problems);

  take_problems (self, file, problems);
  if (setup == NULL)
    return;
  doctor_report_ok (self->report, "pipeline file", "%s: %u stages, %u plugins", file,
                    setup->definition->stages->len, setup->plugins->len);
  look_at_setup (self, setup);
}

/* Without a pipeline file: the plugins that are named, with what environment and --set say. */
static void
look_at_named_plugins (Doctor *self)
{
  g_autofree char *here = g_get_current_dir ();

  for (gsize i = 0; self->options->plugins[i] != NULL; i++)
    {
      const char *assignment = self->options->plugins[i];
      g_autofree char *name = g_strndup (assignment, strcspn (assignment, "="));
      g_autoptr (GPtrArray) problems = pipeline_problems_new ();
      g_autoptr (RunSetup) setup
          = run_setup_for_plugin (here, name, (const char *const *)self->options->overrides,
                                  self->plugins, problems);

      take_problems (self, NULL, problems);
      if (setup != NULL)
        look_at_setup (self, setup);
    }
}

ExitStatus
command_doctor (const Options *options, GError **error)
{
  PluginSink sink = { .log = answer_plugin_log, .progress = answer_plugin_progress };
  g_autoptr (DoctorReport) report = doctor_report_new ();
  g_autoptr (PluginSet) plugins
      = plugin_set_new ((const char *const *)options->plugins, &sink, error);
  g_autofree char *file = run_setup_file (options->workspaces[0], options->file);
  Doctor self = { .options = options, .report = report, .plugins = plugins };

  if (plugins == NULL)
    return EXIT_STATUS_USAGE;
  doctor_system_look_at_programs (report);
  doctor_system_look_at_clock (report, g_get_real_time () / G_USEC_PER_SEC);
  look_at_workspace (&self);
  if (options->file != NULL || g_file_test (file, G_FILE_TEST_EXISTS))
    look_at_pipeline (&self, file);
  else
    {
      doctor_report_ok (report, "pipeline file", "%s is not there; name one with -w or -f", file);
      look_at_named_plugins (&self);
    }
  doctor_report_print (report, options->is_json);
  host_workspace_free (self.workspace);
  return doctor_report_get_status (report);
}
