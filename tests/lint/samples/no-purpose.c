/* SPDX-License-Identifier: MIT */

static int purpose; /* for which nobody knows the reason */
