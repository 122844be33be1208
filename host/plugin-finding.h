/* SPDX-License-Identifier: MIT */
/*
 * PluginFinding: the host's copy of what a plugin has found, checked against the contract of
 * PipelineFinding.
 */
#pragma once

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

/* More than that nobody reads; a plugin that finds more has lost count. */
#define PLUGIN_FINDING_MAX 200

/** PluginFinding: constant after new. */
typedef struct
{
  PipelineFindingLevel level; /* one that is known */
  PipelineOutcome outcome;    /* COMPLETE unless the level is PROBLEM */
  char *subject;              /* (owned) */
  char *text;                 /* (owned) */
  char *advice;               /* (owned) (nullable) */
} PluginFinding;

/**
 * plugin_finding_new: copies what a plugin says.
 * @finding: (nullable)
 * @ret_bug: (out) (transfer none) (nullable): what is wrong with it; NULL = nothing. What can be
 *   used of a wrong one is used.
 * Thread: any. Blocks: no. Errors: none; see @ret_bug.
 * Returns: (transfer full) (nullable): NULL = there is nothing to be used
 */
PluginFinding *plugin_finding_new (const PipelineFinding *finding, const char **ret_bug);

/** plugin_finding_free: accepts NULL. Thread: any. Blocks: no. Errors: none. */
void plugin_finding_free (PluginFinding *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PluginFinding, plugin_finding_free)

G_END_DECLS
