/* SPDX-License-Identifier: MIT */
/*
 * main.c: the program pipeline_runner. Sets up the process and hands over; everything else lives
 * in the library, where tests can reach it.
 */
#include <locale.h>
#include <signal.h>

#include "host/command.h"

int
main (int argc, char **argv)
{
  (void)argc;
  (void)setlocale (LC_ALL, "");
  /* A reader of our output that goes away must not end runs that cost money. */
  (void)signal (SIGPIPE, SIG_IGN);
  return command_main ((const char *const *)argv);
}
