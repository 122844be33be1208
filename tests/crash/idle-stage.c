/* SPDX-License-Identifier: MIT */
/*
 * The command of a stage that has nothing to do. Linked statically: its few system calls are stops
 * that a kill matrix has to go through, three times a run.
 */
int
main (void)
{
  return 0;
}
