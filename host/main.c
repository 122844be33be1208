/* SPDX-License-Identifier: MIT */
/*
 * main.c: the program pipeline_runner. Sets up the process and hands over; everything else lives
 * in the library, where tests can reach it.
 */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/command.h"

/* Whoever started us with one of them closed would have the next file that is opened, the lock or a
 * connection, in its place, and messages for people written into it. */
static void
occupy_standard_descriptors (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0)
      (void)open ("/dev/null", O_RDWR); /* the lowest free number: this one */
}

int
main (int argc, char **argv)
{
  (void)argc;
  occupy_standard_descriptors ();
  (void)setlocale (LC_ALL, "");
  /* A reader of our output that goes away must not end runs that cost money. */
  (void)signal (SIGPIPE, SIG_IGN);
  /* TLS libraries of plugins would write to this file what decrypts every request, keys included.
   * Done here because no other thread can be reading the environment yet. */
  (void)unsetenv ("SSLKEYLOGFILE");
  return command_main ((const char *const *)argv);
}
