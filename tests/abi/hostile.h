/* SPDX-License-Identifier: MIT */
/*
 * hostile.h: the parts all hostile plugins share. Each one includes it and breaks one rule of
 * pipeline-stage.h. They are test inputs, never installed.
 */
#pragma once

#include "include/pipeline-stage.h"

/* The fields of a descriptor that a plugin must get right to be loaded at all. */
#define HOSTILE_HEAD(plugin_name)                                                                  \
  .abi_major = PIPELINE_STAGE_ABI_MAJOR, .abi_minor = PIPELINE_STAGE_ABI_MINOR,                    \
  .struct_size = sizeof (PipelineStagePlugin), .name = (plugin_name), .version = "1"

/* Exports a descriptor. */
#define HOSTILE_EXPORT(descriptor)                                                                 \
  PIPELINE_STAGE_EXPORT const PipelineStagePlugin *pipeline_stage_plugin_query (void)              \
  {                                                                                                \
    return (descriptor);                                                                           \
  }
