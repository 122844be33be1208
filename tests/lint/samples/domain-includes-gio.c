/* SPDX-License-Identifier: MIT */
/* A sample for lint: the domain does I/O, reads JSON and knows the layer above. */
#include <glib.h>
#include <string.h>

#include <gio/gio.h>
#include <json-c/json.h>
#include <unistd.h>
#include "plugin/application/veo3-json.h"
