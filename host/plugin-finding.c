/* SPDX-License-Identifier: MIT */
/*
 * plugin-finding.c: see plugin-finding.h. Pure. A doubtful finding weighs more, not less: what a
 * plugin could not say properly is a reason to look.
 */
#include "host/plugin-finding.h"

#define KNOWN_OUTCOMES                                                                             \
  ((guint)(PIPELINE_OUTCOME_PARTIAL | PIPELINE_OUTCOME_UNFINISHED | PIPELINE_OUTCOME_DENIED        \
           | PIPELINE_OUTCOME_BUDGET | PIPELINE_OUTCOME_UNCERTAIN))

static const char *
take_level (PluginFinding *self, const PipelineFinding *finding)
{
  switch (finding->level)
    {
    case PIPELINE_FINDING_OK:
    case PIPELINE_FINDING_WARNING:
    case PIPELINE_FINDING_PROBLEM:
      self->level = finding->level;
      return NULL;
    }
  self->level = PIPELINE_FINDING_WARNING;
  return "found something of a level that nobody knows";
}

static const char *
take_outcome (PluginFinding *self, const PipelineFinding *finding)
{
  if (self->level != PIPELINE_FINDING_PROBLEM)
    return NULL;
  self->outcome = (PipelineOutcome)((guint)finding->outcome & KNOWN_OUTCOMES);
  return self->outcome == finding->outcome ? NULL
                                           : "found something of an outcome that nobody knows";
}

PluginFinding *
plugin_finding_new (const PipelineFinding *finding, const char **ret_bug)
{
  PluginFinding *self = NULL;

  *ret_bug = "found something without words";
  /* Every field of 1.2 is needed: a shorter one was never valid. */
  if (finding == NULL || finding->struct_size < sizeof (PipelineFinding) || finding->subject == NULL
      || finding->text == NULL)
    return NULL;
  self = g_new0 (PluginFinding, 1);
  self->subject = g_strdup (finding->subject);
  self->text = g_strdup (finding->text);
  self->advice = g_strdup (finding->advice);
  *ret_bug = take_level (self, finding);
  if (*ret_bug == NULL)
    *ret_bug = take_outcome (self, finding);
  if (*ret_bug == NULL && self->level != PIPELINE_FINDING_OK && self->advice == NULL)
    *ret_bug = "found something and did not say what to do";
  return self;
}

void
plugin_finding_free (PluginFinding *self)
{
  if (self == NULL)
    return;
  g_free (self->subject);
  g_free (self->text);
  g_free (self->advice);
  g_free (self);
}
