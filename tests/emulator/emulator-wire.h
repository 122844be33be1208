/* SPDX-License-Identifier: MIT */
/*
 * EmulatorWire: one wire protocol that the emulator speaks.
 *
 * A wire is a table of functions and an object of its own; the server asks each wire in turn
 * whether a request is addressed to it. A further service is a further file with a further table. A
 * wire says *what* is answered, never *how* bytes travel.
 *
 * Thread model: everything runs on the emulator's one thread, nothing blocks.
 */
#pragma once

#include "tests/emulator/emulator-answer.h"
#include "tests/emulator/emulator-request.h"

G_BEGIN_DECLS

/** EmulatorOrigins: where the emulator can be reached. Constant once it listens. */
typedef struct
{
  gchar *api_url;     /* (owned) http://127.0.0.1:PORT */
  gchar *storage_url; /* (owned) the same on another port, which is another origin */
  gchar *file_url;    /* (owned) the origin that addresses of files name: this one, or Google's */
} EmulatorOrigins;

typedef struct
{
  const gchar *name;
  gpointer service; /* (borrowed) first argument of the functions */

  /* Is this request addressed to this wire? Looks at the path first of all. */
  gboolean (*claims) (gpointer service, const EmulatorRequest *request);

  /* Serves it: sets kind, model, operation, prompt and token; returns (transfer full) the answer.
   */
  EmulatorAnswer *(*serve) (gpointer service, EmulatorRequest *request);
} EmulatorWire;

G_END_DECLS
