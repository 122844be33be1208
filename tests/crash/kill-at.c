/* SPDX-License-Identifier: MIT */
/*
 * kill-at N RESULT PROGRAM [ARGUMENT]...: runs a program with all the processes and threads that it
 * makes, and kills them all with SIGKILL at the N-th stop of a system call, entries and exits of
 * all of them counted together. N = 0 never kills. When nobody is left it writes a line into
 * RESULT:
 *
 *   stops=COUNT killed=0|1 exit=CODE      (128 + N after signal N)
 *
 * Exit status: 0 when that line is true, 2 for wrong usage, 3 when tracing is not permitted.
 *
 * Must not: signal anything but its own tracees; and if it is killed itself, they go with it
 * (PTRACE_O_EXITKILL). No GLib: it stands between every system call of what is tested.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_NO_TRACING 3
#define MAX_TRACEES 1024

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define OPTIONS                                                                                    \
  (PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE          \
   | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

typedef struct
{
  unsigned long long kill_at;
  unsigned long long stops;
  pid_t root;
  int root_status;            /* as waitpid() gives it */
  pid_t tracees[MAX_TRACEES]; /* threads, too */
  unsigned n_tracees;
  int is_counting; /* from the first execve on */
  int has_killed;
} Trace;

static void
remember (Trace *trace, pid_t tracee)
{
  for (unsigned i = 0; i < trace->n_tracees; i++)
    if (trace->tracees[i] == tracee)
      return;
  if (trace->n_tracees == MAX_TRACEES)
    {
      fprintf (stderr, "kill-at: more than %d processes and threads at a time\n", MAX_TRACEES);
      exit (EXIT_USAGE); /* takes the tracees along */
    }
  trace->tracees[trace->n_tracees++] = tracee;
}

static void
forget (Trace *trace, pid_t tracee)
{
  for (unsigned i = 0; i < trace->n_tracees; i++)
    if (trace->tracees[i] == tracee)
      {
        trace->tracees[i] = trace->tracees[--trace->n_tracees];
        return;
      }
}

static void
kill_all (Trace *trace)
{
  trace->has_killed = 1;
  for (unsigned i = 0; i < trace->n_tracees; i++)
    (void)kill (trace->tracees[i], SIGKILL);
}

static void
go_on (Trace *trace, pid_t tracee, int signal_number)
{
  /* It may have been killed in the meantime: then its end is reported next. */
  (void)ptrace (trace->is_counting ? PTRACE_SYSCALL : PTRACE_CONT, tracee, NULL,
                (void *)(long)signal_number);
}

static void
on_stop (Trace *trace, pid_t tracee, int status)
{
  int signal_number = WSTOPSIG (status);
  int event = status >> 16;

  remember (trace, tracee);
  if (trace->has_killed)
    {
      (void)kill (tracee, SIGKILL); /* it was being born when the others were killed */
      return;
    }
  if (signal_number == SYSCALL_STOP)
    {
      trace->stops++;
      if (trace->stops == trace->kill_at)
        {
          kill_all (trace);
          return;
        }
      signal_number = 0;
    }
  else if (event == PTRACE_EVENT_STOP && signal_number != SIGTRAP)
    {
      (void)ptrace (PTRACE_LISTEN, tracee, NULL, NULL); /* stopped like any other process */
      return;
    }
  else if (event != 0)
    {
      trace->is_counting |= event == PTRACE_EVENT_EXEC;
      signal_number = 0;
    }
  go_on (trace, tracee, signal_number);
}

/* Returns: when nobody is left. */
static void
watch (Trace *trace)
{
  while (1)
    {
      int status = 0;
      pid_t tracee = waitpid (-1, &status, __WALL);

      if (tracee < 0 && errno == EINTR)
        continue;
      if (tracee < 0)
        return;
      if (WIFSTOPPED (status))
        on_stop (trace, tracee, status);
      else
        {
          forget (trace, tracee);
          if (tracee == trace->root)
            trace->root_status = status;
        }
    }
}

/* Returns: FALSE if it must not be traced. */
static int
start (Trace *trace, char **argv)
{
  int gate[2];
  char byte;

  if (pipe2 (gate, O_CLOEXEC) != 0)
    return 0;
  trace->root = fork ();
  if (trace->root == 0)
    {
      (void)close (gate[1]);
      if (read (gate[0], &byte, 1) == 1)
        execv (argv[0], argv);
      _exit (127);
    }
  (void)close (gate[0]);
  if (trace->root < 0 || ptrace (PTRACE_SEIZE, trace->root, NULL, (void *)(long)OPTIONS) != 0)
    {
      fprintf (stderr, "kill-at: %s\n", strerror (errno));
      (void)close (gate[1]); /* ends the child, if there is one */
      return 0;
    }
  return write (gate[1], "", 1) == 1 && close (gate[1]) == 0;
}

static int
write_result (const Trace *trace, const char *path)
{
  FILE *file = fopen (path, "we");
  int exit_code = WIFEXITED (trace->root_status) ? WEXITSTATUS (trace->root_status)
                                                 : 128 + WTERMSIG (trace->root_status);

  if (file == NULL)
    return EXIT_USAGE;
  fprintf (file, "stops=%llu killed=%d exit=%d\n", trace->stops, trace->has_killed, exit_code);
  return fclose (file) == 0 ? 0 : EXIT_USAGE;
}

int
main (int argc, char **argv)
{
  static Trace trace;

  if (argc < 4)
    {
      fprintf (stderr, "usage: kill-at N RESULT PROGRAM [ARGUMENT]...\n");
      return EXIT_USAGE;
    }
  trace.kill_at = strtoull (argv[1], NULL, 10);
  if (!start (&trace, argv + 3))
    return EXIT_NO_TRACING;
  watch (&trace);
  return write_result (&trace, argv[2]);
}
