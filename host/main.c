/* SPDX-License-Identifier: MIT */
/*
 * main.c: the program pipeline_runner. Sets up the process and hands over; everything else lives
 * in the library, where tests can reach it.
 */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include "host/command.h"

int
main (int argc, char **argv)
{
  (void)argc;
  (void)setlocale (LC_ALL, "");
  /* A reader of our output that goes away must not end runs that cost money. */
  (void)signal (SIGPIPE, SIG_IGN);
  /* TLS libraries of plugins would write to this file what decrypts every request, keys included.
   * Done here because no other thread can be reading the environment yet. */
  (void)unsetenv ("SSLKEYLOGFILE");
  return command_main ((const char *const *)argv);
}
