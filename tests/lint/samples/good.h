/* SPDX-License-Identifier: MIT */
/* A sample for lint that breaks no rule, in the forms that are easily misread. */
#pragma once

#include "include/pipeline-stage.h"

G_BEGIN_DECLS

#define TWICE(x)                                                                                   \
  ((x) + (x)) /* goto, sleep (1), { */

typedef int (*Callback) (int a, int b, int c, int d, int e, int f);

typedef struct
{
  void (*call) (int a, int b, int c, int d, int e, int f);
} Table;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Table, table_free)

static const int numbers[2] = { TWICE (1), 2 };

/** table_free: frees. Thread: any. Blocks: no. Errors: none. */
void table_free (Table *table);

/** table_use: uses. Thread: any. Blocks: no. Errors: none. Returns: something. */
G_GNUC_WARN_UNUSED_RESULT
int table_use (const Table *table, Callback callback) G_GNUC_WARN_UNUSED_RESULT;

/** table_get: gets. Thread: any. Blocks: no. Errors: none. Returns: (nullable) */
const char *table_get (const Table *table, void (*call) (int, int), int a, int b, int c);

extern const Table table_default;

/** table_count: counts. Thread: any. Blocks: no. Errors: none. Returns: a number. */
static inline int
table_count (void)
{
  return numbers[0] + (int)sizeof ((Table){ 0 });
}

/** table_walk: walks. Thread: any. Blocks: no. Errors: none. Returns: a number. */
static inline int
table_walk (int n)
{
  const char brace = '{';

  if (n == 1)
    return 1;
  else if (n == 2)
    return 2;
  else if (n == 3)
    return brace;
  switch (n)
    {
    case 4:
      do
        n--;
      while (n > 3);
      break;
    default:
      table_foreach (n, key, value)
        {
          for (;;)
            if (n > 0)
              n = (int[]){ 1, 2 }[0];
        }
    }
  return n;
}

G_END_DECLS
