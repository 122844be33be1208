/* SPDX-License-Identifier: MIT */
/*
 * Invariant 3: what strace sees of the whole program with the real plugin. The emulator's log says
 * how many requests there have to be in the trace; the checker first has to find what is wrong with
 * traces that were tampered with.
 */
#include "tests/integration/disk/trace-check.h"
#include "tests/integration/veo3/veo3-test.h"

#include <string.h>

#define CALLS "trace=write,writev,fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg"

/* @inject: (nullable): what strace is to do to some calls */
static char *
run_traced (Veo3Test *test, const char *inject)
{
  g_autofree char *path = pipeline_fixture_path (test->fixture, "trace");
  g_autofree char *strace = g_find_program_in_path ("strace");
  const char *wrapper[] = { strace,
                            "-f",
                            "-ttt",
                            "-y",
                            "-s",
                            "65536",
                            "-o",
                            path,
                            "-e",
                            CALLS,
                            inject != NULL ? "-e" : NULL,
                            inject,
                            NULL };
  const char *arguments[] = { "run", "-w", "ws", NULL };
  g_autoptr (PipelineProcess) process = NULL;
  g_autoptr (PipelineResult) result = NULL;

  /* LeakSanitizer traces as well, and there can only be one. */
  pipeline_fixture_set_environment (test->fixture, "ASAN_OPTIONS", "detect_leaks=0");
  process = pipeline_fixture_start (test->fixture, wrapper, arguments);
  result = pipeline_process_wait (process);
  g_assert_cmpint (result->exit_code, ==, 0);
  return pipeline_fixture_read (test->fixture, "trace");
}

static gboolean
can_trace (void)
{
  g_autofree char *strace = g_find_program_in_path ("strace");
  const char *argv[] = { strace, "-f", "-o", "/dev/null", "true", NULL };
  int wait_status = 1;

  return strace != NULL
         && g_spawn_sync (NULL, (char **)argv, NULL,
                          G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL
                              | G_SPAWN_STDERR_TO_DEV_NULL,
                          NULL, NULL, NULL, NULL, &wait_status, NULL)
         && g_spawn_check_wait_status (wait_status, NULL);
}

/* Returns: index of the first line at or after @from that holds all words; asserted. */
static guint
find_line (GPtrArray *lines, guint from, const char *word, const char *other)
{
  for (guint i = from; i < lines->len; i++)
    {
      const char *line = g_ptr_array_index (lines, i);

      if (strstr (line, word) != NULL && strstr (line, other) != NULL)
        return i;
    }
  g_error ("no line with %s and %s", word, other);
}

static GPtrArray *
split (const char *trace)
{
  g_auto (GStrv) lines = g_strsplit (trace, "\n", -1);
  GPtrArray *array = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; lines[i] != NULL; i++)
    g_ptr_array_add (array, g_strdup (lines[i]));
  return array;
}

static void
expect_finding (GPtrArray *lines, const char *words)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *finding = NULL;
  TraceCounts counts;

  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s\n", (const char *)g_ptr_array_index (lines, i));
  finding = trace_check_order (text->str, &counts);
  g_test_message ("tampered: %s", finding != NULL ? finding : "nothing found");
  veo3_test_assert_says (finding, words);
}

/* Moves the first line of @what before the line of a save that has @before in it. */
static void
expect_early (const char *trace, const char *what, const char *before, const char *words)
{
  g_autoptr (GPtrArray) lines = split (trace);
  guint to = find_line (lines, find_line (lines, 0, "\\\"submitting\\\"", "write("), before,
                        "jobs.json");
  guint from = find_line (lines, 0, what, "sendto(");
  char *line = g_ptr_array_steal_index (lines, from);

  g_assert_cmpuint (to, <, from);
  g_ptr_array_insert (lines, (gint)to, line);
  expect_finding (lines, words);
}

/* Takes out every line that has both words. */
static void
expect_missing (const char *trace, const char *word, const char *other, const char *words)
{
  g_autoptr (GPtrArray) lines = split (trace);
  guint n_before = lines->len;

  for (guint i = lines->len; i-- > 0;)
    {
      const char *line = g_ptr_array_index (lines, i);

      if (strstr (line, word) != NULL && strstr (line, other) != NULL)
        g_ptr_array_remove_index (lines, i);
    }
  g_assert_cmpuint (lines->len, <, n_before);
  expect_finding (lines, words);
}

/* Turns the success of every such line into a failure. */
static void
expect_failed (const char *trace, const char *word, const char *other, const char *words)
{
  g_autoptr (GPtrArray) lines = split (trace);

  for (guint i = 0; i < lines->len; i++)
    {
      char **line = (char **)&g_ptr_array_index (lines, i);
      g_auto (GStrv) parts = NULL;

      if (strstr (*line, word) == NULL || strstr (*line, other) == NULL)
        continue;
      parts = g_strsplit (*line, ") = 0", -1);
      g_free (*line);
      *line = g_strjoinv (") = -1 EIO", parts);
    }
  expect_finding (lines, words);
}

/* Puts the end of an interrupted call, line @index, where the call began. */
static void
join_call (GPtrArray *lines, guint index)
{
  g_autofree char *end = g_ptr_array_steal_index (lines, index);
  g_autofree char *thread = g_strndup (end, strcspn (end, " ") + 1);
  const char *rest = strstr (end, "resumed>") + strlen ("resumed>");

  for (guint i = index; i-- > 0;)
    {
      char **begun = (char **)&g_ptr_array_index (lines, i);
      char *mark = g_strrstr (*begun, " <unfinished ...>");
      char *whole;

      if (mark == NULL || !g_str_has_prefix (*begun, thread))
        continue;
      *mark = '\0';
      whole = g_strconcat (*begun, rest, NULL);
      g_free (*begun);
      *begun = whole;
      return;
    }
}

/* One line per call, so that the tampering moves or removes whole calls. */
static char *
join_calls (const char *trace)
{
  g_autoptr (GPtrArray) lines = split (trace);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lines->len;)
    if (strstr (g_ptr_array_index (lines, i), "resumed>") != NULL)
      join_call (lines, i);
    else
      i++;
  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s\n", (const char *)g_ptr_array_index (lines, i));
  return g_string_free (text, FALSE);
}

/* Before the first byte of each paid request its claim has been written, synced, renamed and synced
 * with the folder; before the first question about an operation its name has. */
static void
test_order (void)
{
  g_autoptr (Veo3Test) test = NULL;
  g_autofree char *trace = NULL;
  g_autofree char *whole = NULL;
  g_autofree char *finding = NULL;
  TraceCounts counts;

  if (!can_trace ())
    {
      g_test_skip ("strace is not there, or may not trace");
      return;
    }
  test = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\nclip=bytes:4KiB\n");
  trace = run_traced (test, NULL);
  whole = join_calls (trace);
  expect_early (whole, "POST ", "fsync(", "before its claim was durable");
  expect_early (whole, "POST ", "rename(", "before its claim was durable");
  expect_early (whole, "/operations/", "rename(", "before its name was durable");
  expect_missing (whole, "fsync(", "jobs.json.", "before its claim was durable");
  expect_missing (whole, "fsync(", "/veo3>", "before its claim was durable");
  expect_missing (whole, "rename(", "jobs.json\"", "before its claim was durable");
  expect_failed (whole, "fsync(", "/veo3>", "before its claim was durable");
  finding = trace_check_order (trace, &counts);
  g_test_message ("%u saves, %u paid requests, %u polls in the trace", counts.n_saves,
                  counts.n_posts, counts.n_polls);
  g_assert_cmpstr (finding, ==, NULL);
  g_assert_cmpuint (counts.n_posts, ==, veo3_test_count (test, "submit"));
  g_assert_cmpuint (counts.n_polls, ==, veo3_test_count (test, "poll"));
  g_assert_cmpuint (counts.n_posts, ==, 3);
}

/* The same on a disk that takes its time, while answers of other clips keep coming in: each of them
 * makes the program look at all clips, and none of them may be mistaken for the disk's word. */
static void
test_slow_disk (void)
{
  g_autoptr (Veo3Test) test = NULL;
  g_autofree char *trace = NULL;
  g_autofree char *finding = NULL;
  TraceCounts counts;

  if (!can_trace ())
    {
      g_test_skip ("strace is not there, or may not trace");
      return;
    }
  test = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\nclip=bytes:4KiB\ngeneration-time=1500ms\n"
                                        "[prompt a fox]\nsubmit=429 x3\n"
                                        "[prompt a river]\nsubmit=429 x2\n");
  veo3_test_set_plugin_keys (test, "poll-max=20ms\n");
  trace = run_traced (test, "inject=fsync:delay_exit=40000");
  veo3_test_assert_says (trace, "(DELAYED)");
  finding = trace_check_order (trace, &counts);
  g_test_message ("%u saves, %u paid requests, %u polls in the trace", counts.n_saves,
                  counts.n_posts, counts.n_polls);
  g_assert_cmpstr (finding, ==, NULL);
  g_assert_cmpuint (counts.n_posts, ==, veo3_test_count (test, "submit"));
  g_assert_cmpuint (counts.n_posts, ==, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/disk/order/claim-before-request", test_order);
  g_test_add_func ("/disk/order/slow-disk", test_slow_disk);
  return g_test_run ();
}
