/* SPDX-License-Identifier: MIT */
/*
 * test-progress.c: the display, on a pipe and on a pseudo terminal whose output is read back.
 */
#include "host/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define DEADLINE_US (10 * G_TIME_SPAN_SECOND)

typedef struct
{
  int reader;
  int writer;
  GString *seen;
} Screen;

static void
screen_open_pipe (Screen *screen)
{
  int fds[2] = { -1, -1 };

  g_assert_true (g_unix_open_pipe (fds, FD_CLOEXEC, NULL));
  screen->reader = fds[0];
  screen->writer = fds[1];
  screen->seen = g_string_new (NULL);
  g_assert_true (g_unix_set_fd_nonblocking (screen->reader, TRUE, NULL));
}

static void
screen_open_tty (Screen *screen, unsigned short columns, unsigned short rows)
{
  struct winsize size = { .ws_row = rows, .ws_col = columns };
  struct termios raw;

  memset (&raw, 0, sizeof raw);
  cfmakeraw (&raw);
  g_assert_cmpint (openpty (&screen->reader, &screen->writer, NULL, &raw, &size), ==, 0);
  screen->seen = g_string_new (NULL);
  g_assert_true (g_unix_set_fd_nonblocking (screen->reader, TRUE, NULL));
  g_setenv ("TERM", "xterm", TRUE);
  g_unsetenv ("NO_COLOR");
}

static void
screen_close (Screen *screen)
{
  (void)close (screen->reader);
  (void)close (screen->writer);
  g_string_free (screen->seen, TRUE);
}

static const char *
screen_read (Screen *screen)
{
  char buffer[4096];
  ssize_t got = 0;

  while ((got = read (screen->reader, buffer, sizeof buffer)) > 0)
    g_string_append_len (screen->seen, buffer, got);
  g_assert_true (got == 0 || errno == EAGAIN);
  return screen->seen->str;
}

/* Runs the main context until @text was written; a pty hands on asynchronously. */
static void
screen_wait (Screen *screen, const char *text)
{
  gint64 end_us = g_get_monotonic_time () + DEADLINE_US;

  while (strstr (screen_read (screen), text) == NULL)
    {
      if (g_get_monotonic_time () > end_us)
        g_error ("never saw \"%s\" in \"%s\"", text, screen->seen->str);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
    }
}

static guint
count (const char *text, const char *part)
{
  guint n = 0;

  for (const char *p = strstr (text, part); p != NULL; p = strstr (p + 1, part))
    n++;
  return n;
}

static void
update (Progress *progress, ProgressNews news)
{
  news.run = 1;
  progress_update (progress, &news);
}

#define STAGE(name_, state_, status_)                                                              \
  update (progress, (ProgressNews){ .kind = PROGRESS_STAGE,                                        \
                                    .name = (name_),                                               \
                                    .state = PIPELINE_PROGRESS_##state_,                           \
                                    .status = (status_) })
#define ITEM(name_, state_, status_, detail_)                                                      \
  update (progress, (ProgressNews){ .kind = PROGRESS_ITEM,                                         \
                                    .name = (name_),                                               \
                                    .state = PIPELINE_PROGRESS_##state_,                           \
                                    .status = (status_),                                           \
                                    .detail = (detail_) })

/* On a pipe: one plain line per change, none for a repetition, no escape sequences. */
static void
test_plain (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;

  screen_open_pipe (&screen);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  STAGE ("CONTENT", ACTIVE, "running");
  STAGE ("CONTENT", ACTIVE, "running");
  ITEM ("broll", ACTIVE, "generating", "poll 1");
  ITEM ("broll", ACTIVE, "generating", "poll 2");
  STAGE ("CONTENT", DONE, "done in 1s");
  STAGE ("CONTENT", DONE, "done in 1s");
  progress_message (progress, 1, PIPELINE_LOG_WARNING, "careful");
  progress_message (progress, 1, PIPELINE_LOG_DEBUG, "chatter");
  progress_message (progress, 0, PIPELINE_LOG_ERROR, "bad \033[31m");
  progress_end_run (progress, 1);
  progress_free (progress);
  g_assert_cmpstr (screen_read (&screen), ==,
                   "CONTENT: running\n"
                   "  broll: generating (poll 1)\n"
                   "CONTENT: done in 1s\n"
                   "warning: careful\n"
                   "error: bad \\x1b[31m\n");
  screen_close (&screen);
}

/* Lines of several runs name their workspace. */
static void
test_labels (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;

  screen_open_pipe (&screen);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, "reel-a");
  STAGE ("ONE", FAILED, "failed");
  progress_message (progress, 1, PIPELINE_LOG_INFO, "hello");
  progress_free (progress);
  g_assert_cmpstr (screen_read (&screen), ==, "reel-a: ONE: failed\nreel-a: hello\n");
  screen_close (&screen);
}

/* On a terminal: live lines are redrawn in place, finished ones stay above, once. */
static void
test_live (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;

  screen_open_tty (&screen, 80, 24);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  STAGE ("CONTENT", ACTIVE, "running");
  ITEM ("broll", WAITING, "pending", NULL);
  ITEM ("intro", ATTENTION, "uncertain", "your word, please");
  screen_wait (&screen, "uncertain");
  g_assert_nonnull (strstr (screen.seen->str, "▸\033[0m CONTENT: running"));

  STAGE ("CONTENT", DONE, "done in 2s");
  STAGE ("CONTENT", DONE, "done in 2s");
  screen_wait (&screen, "✓\033[0m CONTENT: done in 2s\n");
  g_assert_nonnull (strstr (screen.seen->str, "\033[3A\r\033[J"));
  progress_message (progress, 1, PIPELINE_LOG_WARNING, "careful");
  screen_wait (&screen, "\033[33mwarning: \033[0mcareful\n");
  ITEM ("broll", FAILED, "failed", "no such model");
  screen_wait (&screen, "✗\033[0m   broll: failed (no such model)\n");
  progress_end_run (progress, 1);
  progress_free (progress);
  screen_wait (&screen, "intro: uncertain");
  g_assert_cmpuint (count (screen.seen->str, "done in 2s"), ==, 1);
  screen_close (&screen);
}

/* However many changes come, the block is drawn at most 4 times a second. */
static void
test_redraw_rate (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;
  gint64 start_us = g_get_monotonic_time ();
  gint64 took_us = 0;
  guint drawn = 0;

  screen_open_tty (&screen, 80, 24);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  for (guint i = 0; g_get_monotonic_time () < start_us + 600 * G_TIME_SPAN_MILLISECOND; i++)
    {
      g_autofree char *status = g_strdup_printf ("state %u", i);

      STAGE ("BUSY", ACTIVE, status);
      g_main_context_iteration (NULL, FALSE);
      (void)screen_read (&screen);
      g_usleep (1000);
    }
  took_us = g_get_monotonic_time () - start_us;
  screen_wait (&screen, "BUSY");
  drawn = count (screen.seen->str, "BUSY");
  g_assert_cmpuint (drawn, >=, 2);
  g_assert_cmpuint (drawn, <=, 2 + took_us / (250 * G_TIME_SPAN_MILLISECOND));
  progress_free (progress);
  screen_close (&screen);
}

/* Messages and finished lines are no exception, and none of them is lost. */
static void
test_flood (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;
  gint64 start_us = g_get_monotonic_time ();
  gint64 took_us = 0;
  guint n = 0;

  screen_open_tty (&screen, 80, 24);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  STAGE ("BUSY", ACTIVE, "running");
  for (; g_get_monotonic_time () < start_us + 600 * G_TIME_SPAN_MILLISECOND; n++)
    {
      g_autofree char *name = g_strdup_printf ("clip-%u", n);

      ITEM (name, DONE, "completed", NULL);
      progress_message (progress, 1, PIPELINE_LOG_INFO, "more news");
      g_main_context_iteration (NULL, FALSE);
      (void)screen_read (&screen);
      g_usleep (5000);
    }
  took_us = g_get_monotonic_time () - start_us;
  progress_message (progress, 1, PIPELINE_LOG_INFO, "the last");
  progress_flush (progress);
  screen_wait (&screen, "the last\n");
  g_assert_cmpuint (count (screen.seen->str, "BUSY"), <=,
                    3 + took_us / (250 * G_TIME_SPAN_MILLISECOND));
  g_assert_cmpuint (count (screen.seen->str, "completed\n"), ==, n);
  g_assert_cmpuint (count (screen.seen->str, "more news\n"), ==, n);
  progress_free (progress);
  screen_close (&screen);
}

/* A terminal that takes nothing (Ctrl-S) holds nobody up; what was told comes later. */
static void
test_stopped_terminal (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;
  gint64 end_us = g_get_monotonic_time () + 600 * G_TIME_SPAN_MILLISECOND;

  screen_open_tty (&screen, 80, 24);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  g_assert_cmpint (tcflow (screen.writer, TCOOFF), ==, 0);
  progress_message (progress, 1, PIPELINE_LOG_INFO, "hello");
  STAGE ("ONE", DONE, "done");
  while (g_get_monotonic_time () < end_us)
    {
      g_main_context_iteration (NULL, FALSE);
      g_usleep (5000);
    }
  g_assert_cmpstr (screen_read (&screen), ==, "");
  g_assert_cmpint (tcflow (screen.writer, TCOON), ==, 0);
  screen_wait (&screen, "ONE: done\n");
  g_assert_nonnull (strstr (screen.seen->str, "hello\n"));
  progress_free (progress);
  screen_close (&screen);
}

/* While a line is live its elapsed time moves on, without any news. */
static void
test_elapsed (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;

  screen_open_tty (&screen, 80, 24);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  STAGE ("SLOW", ACTIVE, "running");
  screen_wait (&screen, "SLOW: running 1.");
  progress_free (progress);
  screen_close (&screen);
}

/* A stage between two attempts shows the time its status tells, and no second one. */
static void
test_no_second_time (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;

  screen_open_tty (&screen, 80, 24);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  STAGE ("ONE", ACTIVE, "running");
  STAGE ("ONE", WAITING, "stopped after 2.7s");
  progress_end_run (progress, 1);
  progress_free (progress);
  screen_wait (&screen, "ONE: stopped after 2.7s\n");
  screen_close (&screen);
}

/* Lines fit the terminal's width; more lines than rows are counted instead of shown. */
static void
test_small_terminal (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;

  screen_open_tty (&screen, 20, 6);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *name = g_strdup_printf ("clip-%u-with-a-long-name", i);

      ITEM (name, ACTIVE, "generating", NULL);
    }
  screen_wait (&screen, "and 5 more");
  g_assert_nonnull (strstr (screen.seen->str, "  clip-0-with-a-…\n"));
  g_assert_null (strstr (screen.seen->str, "clip-4"));
  progress_free (progress);
  screen_close (&screen);
}

/* NO_COLOR takes the colours, TERM=dumb the redrawing. */
static void
test_environment (void)
{
  Screen colourless = { 0 };
  Screen dumb = { 0 };
  Progress *progress = NULL;

  screen_open_tty (&colourless, 80, 24);
  g_setenv ("NO_COLOR", "1", TRUE);
  progress = progress_new (colourless.writer);
  STAGE ("ONE", DONE, "done");
  screen_wait (&colourless, "✓ ONE: done\n");
  g_assert_null (strstr (colourless.seen->str, "\033[3"));
  progress_free (progress);
  g_unsetenv ("NO_COLOR");
  screen_close (&colourless);

  screen_open_tty (&dumb, 80, 24);
  g_setenv ("TERM", "dumb", TRUE);
  progress = progress_new (dumb.writer);
  STAGE ("ONE", ACTIVE, "running");
  screen_wait (&dumb, "ONE: running\n");
  g_assert_null (strchr (dumb.seen->str, '\033'));
  progress_free (progress);
  screen_close (&dumb);
}

/* An item that comes back to life after it was finished gets a live line again. */
static void
test_revived (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;

  screen_open_tty (&screen, 80, 24);
  progress = progress_new (screen.writer);
  progress_begin_run (progress, 1, NULL);
  ITEM ("broll", FAILED, "failed", NULL);
  ITEM ("broll", ACTIVE, "generating", NULL);
  screen_wait (&screen, "broll: generating");
  ITEM ("broll", DONE, "completed", NULL);
  screen_wait (&screen, "broll: completed\n");
  progress_free (progress);
  screen_close (&screen);
}

/* Nobody reading any more is no reason to stop. */
static void
test_broken_pipe (void)
{
  Screen screen = { 0 };
  Progress *progress = NULL;

  (void)signal (SIGPIPE, SIG_IGN);
  screen_open_pipe (&screen);
  progress = progress_new (screen.writer);
  (void)close (screen.reader);
  STAGE ("ONE", ACTIVE, "running");
  progress_free (progress);
  (void)close (screen.writer);
  g_string_free (screen.seen, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/progress/plain", test_plain);
  g_test_add_func ("/host/progress/labels", test_labels);
  g_test_add_func ("/host/progress/live", test_live);
  g_test_add_func ("/host/progress/redraw-rate", test_redraw_rate);
  g_test_add_func ("/host/progress/flood", test_flood);
  g_test_add_func ("/host/progress/stopped-terminal", test_stopped_terminal);
  g_test_add_func ("/host/progress/elapsed", test_elapsed);
  g_test_add_func ("/host/progress/no-second-time", test_no_second_time);
  g_test_add_func ("/host/progress/small-terminal", test_small_terminal);
  g_test_add_func ("/host/progress/environment", test_environment);
  g_test_add_func ("/host/progress/revived", test_revived);
  g_test_add_func ("/host/progress/broken-pipe", test_broken_pipe);
  return g_test_run ();
}
