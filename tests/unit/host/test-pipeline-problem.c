/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/pipeline-problem.c.
 */
#include "host/pipeline-problem.h"

#include "tests/unit/host/host-test.h"

/* A finding is shown as file, line and message; warnings say so; control characters are escaped. */
static void
test_text (void)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autofree char *text = NULL;

  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "a.ini", 3, "bad %d", 1);
  pipeline_problems_add (problems, PIPELINE_PROBLEM_WARNING, "a.ini", 0, "odd \033[2J\xff ä");
  text = host_test_problems (problems);
  g_assert_cmpstr (text, ==, "a.ini:3: bad 1\na.ini: warning: odd \\x1b[2J\xef\xbf\xbd ä\n");
}

/* Warnings alone are no errors. */
static void
test_errors (void)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();

  g_assert_false (pipeline_problems_have_errors (problems));
  pipeline_problems_add (problems, PIPELINE_PROBLEM_WARNING, "f", 1, "w");
  g_assert_false (pipeline_problems_have_errors (problems));
  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "f", 1, "e");
  g_assert_true (pipeline_problems_have_errors (problems));
}

/* Sorted by line within a file; files and equal lines keep their order. */
static void
test_sort (void)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  g_autofree char *text = NULL;

  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "f", 9, "a");
  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "--set x.y", 0, "b");
  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "f", 2, "c");
  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "f", 9, "d");
  pipeline_problems_add (problems, PIPELINE_PROBLEM_ERROR, "f", 2, "e");
  pipeline_problems_sort (problems);
  text = host_test_problems (problems);
  g_assert_cmpstr (text, ==, "f:2: c\nf:2: e\nf:9: a\nf:9: d\n--set x.y: b\n");
}

/* A hostile file cannot fill the memory: the list ends and says so, as an error. */
static void
test_limit (void)
{
  g_autoptr (GPtrArray) problems = pipeline_problems_new ();
  const PipelineProblem *last = NULL;

  for (guint i = 0; i < 3 * PIPELINE_PROBLEMS_MAX; i++)
    pipeline_problems_add (problems, PIPELINE_PROBLEM_WARNING, "f", i, "w");
  g_assert_cmpuint (problems->len, ==, PIPELINE_PROBLEMS_MAX + 1);
  last = problems->pdata[PIPELINE_PROBLEMS_MAX];
  g_assert_cmpstr (last->message, ==, "too many problems: the rest is not shown");
  g_assert_true (pipeline_problems_have_errors (problems));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/pipeline-problem/text", test_text);
  g_test_add_func ("/host/pipeline-problem/errors", test_errors);
  g_test_add_func ("/host/pipeline-problem/sort", test_sort);
  g_test_add_func ("/host/pipeline-problem/limit", test_limit);
  return g_test_run ();
}
