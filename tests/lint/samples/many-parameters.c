/* SPDX-License-Identifier: MIT */
/* A sample for lint: six parameters; a function pointer with commas of its own counts once. */

static int use_five (int a, int b, int c, int d, void (*call) (int, int, int));

static int ask_for_six (int a, int b, int c, int d, int e, void (*call) (int, int, int));
