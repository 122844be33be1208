/* SPDX-License-Identifier: MIT */
/*
 * Veo3Composition: what distinguishes one composition root from another: which adapters it injects.
 */
#pragma once

#include "plugin/application/veo3-orchestrator.h"
#include "plugin/stage/veo3-doctor.h"

G_BEGIN_DECLS

/** Veo3Composition: constant data of a composition root. */
typedef struct
{
  /* (nullable) the provider whatever the settings say; NULL = the settings' provider */
  const char *provider;
  /* whether what is learned of durations is kept for later processes */
  gboolean keeps_history;

  /* (nullable) Refuses settings that no port could be made of. Without a worker, on the host's main
   * thread; sends nothing. Errors: G_IO_ERROR_INVALID_ARGUMENT. */
  gboolean (*check) (const Veo3Settings *settings, GError **error);

  /* (nullable) Looks at what the root's own adapters run with. On the host's main thread; sends
   * nothing. */
  void (*diagnose) (const Veo3DoctorCase *look, Veo3Findings *findings);

  /* (nullable) Can the settings' service be asked to stop an operation? Pure. NULL = no. */
  gboolean (*can_stop) (const Veo3Settings *settings);

  /* Makes what all ports of the process share. Before the worker thread runs. */
  gpointer (*open) (GMainContext *context, GError **error);

  /* Undoes it. On the worker thread, after the last port is gone. */
  void (*close) (gpointer shared);

  /* Makes the port of one run. On the worker thread. Errors: see Veo3PortFactory. */
  VideoGenerationPort *(*make_port) (gpointer shared,
                                     GMainContext *context,
                                     const Veo3Settings *settings,
                                     const Veo3Reporter *reporter,
                                     GError **error);
} Veo3Composition;

G_END_DECLS
