/* SPDX-License-Identifier: MIT */
/* A sample for lint: a module that exports what it should not, and not what it should. */

__attribute__ ((visibility ("default"))) int talk (void);

int
talk (void)
{
  return 1;
}
