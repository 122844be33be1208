/* SPDX-License-Identifier: MIT */
/*
 * BillingLabel: a job's key in the alphabet of Google's labels, so that a bill can be matched.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BILLING_LABEL_MAX_CHARS 63

/**
 * billing_label_new: the key as it is if it fits; else as much of it as fits and a checksum, so
 * that different keys stay different.
 * Source: cloud.google.com/resource-manager/docs/labels-overview: at most 63 of a-z, 0-9, "_", "-".
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer full)
 */
char *billing_label_new (const char *key);

G_END_DECLS
