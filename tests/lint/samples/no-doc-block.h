/* SPDX-License-Identifier: MIT */
/* A sample for lint: functions without a doc block, with half of one, and with somebody else's. */
#pragma once

typedef struct
{
  int (*hook) (int);
} Hooks;

/* An ordinary comment. do_undocumented: Thread: Blocks: Errors: Returns: */
int do_undocumented (void);

/**
 * get_half: half of what is to be said.
 * Thread: any. Blocks: no. Errors: none.
 */
int get_half (void);

/**
 * somebody_else: documents another function.
 * Thread: any. Blocks: no. Errors: none.
 */
void get_nothing (void);
