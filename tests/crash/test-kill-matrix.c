/* SPDX-License-Identifier: MIT */
/*
 * The kill matrix: a whole run of three clips is killed, with all its processes, at the entry or
 * exit of a system call; then the same command is given again and goes on to the end. Each stop of
 * a run is a point, or a spread sample of them is.
 *
 *   test-kill-matrix [http1|http2 [POINTS|all]]
 *
 * Half of a sample is spread over the whole run, half over the part in which money is spent; every
 * fourth point is killed a second time, in the run that recovers. Which stops are taken follows
 * from the seed that is printed.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/crash/kill-world.h"
#include "tests/fixtures/scratch-folder.h"

#define DEFAULT_POINTS 40
#define EVERY_SECOND_KILL 4
#define RUNS_TO_MEASURE 3
#define JITTER 100 /* stops, from run to run */
#define MAX_TRIES 200

/* The command line. */
static KillTransport transport = KILL_TRANSPORT_HTTP1;
static guint n_points = DEFAULT_POINTS; /* 0 = all */

typedef struct
{
  KillWorld *world; /* (owned) (nullable) NULL = not possible here, the test is skipped */
  KillJudge *judge; /* (owned) (nullable) */
  KillVerdict verdict;
  guint n_points; /* judged */
  guint n_whole;  /* of those: the run was over before the stop came */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  (void)data;
  fixture->world = kill_world_new (transport, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
    {
      g_test_skip (error->message);
      return;
    }
  g_assert_no_error (error);
  fixture->judge = kill_judge_new (kill_world_get_emulator (fixture->world));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void)data;
  kill_judge_free (fixture->judge);
  kill_world_free (fixture->world);
}

static gboolean
judge_point (Fixture *fixture, const KillPoint *point)
{
  const KillScene scene = { .number = point->number,
                            .workspace = point->workspace,
                            .exit_code = point->exit_code,
                            .doubts = point->doubts };

  fixture->n_points++;
  return kill_judge_look (fixture->judge, &scene, &fixture->verdict);
}

/* ---- where in a run something happens ---- */

/* What the disk says right after a kill. */
typedef enum
{
  PHASE_UNPAID, /* no clip has got further than `pending` */
  PHASE_PAYING, /* one is `submitting` */
  PHASE_PAID,   /* none is any more */
} Phase;

static Phase
find_phase (Fixture *fixture, guint64 at)
{
  g_autoptr (KillPoint) point = kill_point_new (fixture->world);
  g_autofree char *jobs = NULL;

  kill_point_run_killed (point, at);
  jobs = kill_point_dup_jobs (point);
  if (point->doubts[0] || point->doubts[1] || point->doubts[2])
    return PHASE_PAYING;
  return jobs != NULL && strstr (jobs, "models/") != NULL ? PHASE_PAID : PHASE_UNPAID;
}

typedef struct
{
  guint64 first;
  guint64 last;
} Window;

/** Course: of a run that nobody kills. */
typedef struct
{
  guint64 n_stops; /* 0 = not known yet */
  Window paying;   /* where money is spent, with a margin for the jitter of runs */
} Course;

/* The most stops that a run takes when nobody kills it; they vary a little. */
static guint64
measure (Fixture *fixture)
{
  guint64 most = 0;

  for (guint i = 0; i < RUNS_TO_MEASURE; i++)
    {
      g_autoptr (KillPoint) point = kill_point_new (fixture->world);

      kill_point_run_killed (point, 0);
      g_assert_false (point->is_killed);
      g_assert_true (judge_point (fixture, point));
      most = MAX (most, point->stops);
    }
  return most;
}

/* The first stop, give or take that jitter, from which on a run is at least in @phase. */
static guint64
find_beginning (Fixture *fixture, Phase phase, guint64 n_stops)
{
  guint64 before = 0;
  guint64 after = n_stops;

  while (after - before > 16)
    {
      guint64 middle = before + (after - before) / 2;

      if (find_phase (fixture, middle) >= phase)
        after = middle;
      else
        before = middle;
    }
  return after;
}

/* All tests of a process go by the same measurement: runs are alike. */
static const Course *
get_course (Fixture *fixture)
{
  static Course course;
  guint64 first;
  guint64 last;

  if (course.n_stops > 0)
    return &course;
  course.n_stops = measure (fixture);
  first = find_beginning (fixture, PHASE_PAYING, course.n_stops);
  last = find_beginning (fixture, PHASE_PAID, course.n_stops);
  course.paying = (Window){ .first = first > JITTER ? first - JITTER : 1,
                            .last = MAX (first, last) + JITTER };
  g_test_message ("a whole run has %" G_GUINT64_FORMAT
                  " stops; money is spent from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                  course.n_stops, course.paying.first, course.paying.last);
  return &course;
}

static guint64
choose (guint64 from, guint64 to)
{
  return from + (guint64)g_test_rand_int_range (0, (gint32)MAX (to - from, 1));
}

/* ---- the judge and the killer are proven first ---- */

/* The killer counts the same stops in the same program, and leaves nobody behind. */
static void
test_killer (Fixture *fixture, gconstpointer data)
{
  guint64 n_stops;

  (void)data;
  if (fixture->world == NULL)
    return;
  n_stops = get_course (fixture)->n_stops;
  for (guint64 at = 1; at < n_stops * 3 / 4; at += n_stops / 5)
    {
      g_autoptr (KillPoint) point = kill_point_new (fixture->world);

      kill_point_run_killed (point, at);
      g_assert_true (point->is_killed);
      g_assert_cmpuint (point->stops, ==, at);
      g_assert_cmpint (point->exit_code, ==, 128 + SIGKILL);
      /* The lock would still be held by anybody who is left. */
      kill_point_run (point);
      g_assert_true (point->exit_code == 0 || point->exit_code == 5);
    }
}

/* A start that takes `submitting` for "not sent yet". */
static void
forget_doubts (const KillPoint *point)
{
  g_autofree char *path = g_build_filename (point->workspace, "veo3", "jobs.json", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *changed = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  parts = g_strsplit (text, "\"submitting\"", -1);
  changed = g_strjoinv ("\"pending\"", parts);
  g_assert_true (g_file_set_contents (path, changed, -1, NULL));
}

/* A start that takes "I cannot read it" for "there is none". */
static void
forget_all (const KillPoint *point)
{
  g_autofree char *folder = g_build_filename (point->workspace, "veo3", NULL);

  scratch_folder_free (g_steal_pointer (&folder));
}

/* A store that drops what it was told. */
static void
forget_operations (const KillPoint *point)
{
  g_autofree char *path = g_build_filename (point->workspace, "veo3", "jobs.json", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) parts = NULL;
  g_autofree char *changed = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  parts = g_strsplit (text, "models/", -1);
  changed = g_strjoinv ("modules/", parts);
  g_assert_true (g_file_set_contents (path, changed, -1, NULL));
}

static void
spoil_clip (const KillPoint *point)
{
  g_autofree char *path = g_build_filename (point->workspace, "veo3", "b.mp4", NULL);
  g_autofree char *content = NULL;
  gsize length = 0;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  content[length / 2] ^= 1;
  g_assert_true (g_file_set_contents (path, content, (gssize)length, NULL));
}

/* Kills, lets @forget do harm, and starts again, until the judge finds @fault. */
static void
expect_found (Fixture *fixture, void (*forget) (const KillPoint *point), const guint *fault)
{
  Window window = get_course (fixture)->paying;

  for (guint i = 0; i < MAX_TRIES && *fault == 0; i++)
    {
      g_autoptr (KillPoint) point = kill_point_new (fixture->world);

      kill_point_run_killed (point, choose (window.first, window.last));
      forget (point);
      kill_point_run (point);
      (void)judge_point (fixture, point);
    }
  g_test_message ("found after %u points", fixture->n_points);
  g_assert_cmpuint (*fault, >, 0);
}

/* A start that forgets its doubts pays twice, and the judge sees it. */
static void
test_double_payment (Fixture *fixture, gconstpointer data)
{
  (void)data;
  if (fixture->world != NULL)
    expect_found (fixture, forget_doubts, &fixture->verdict.double_payments);
}

/* A start that forgets a whole jobs.json loses the operations that were in it. */
static void
test_lost_operation (Fixture *fixture, gconstpointer data)
{
  (void)data;
  if (fixture->world != NULL)
    expect_found (fixture, forget_all, &fixture->verdict.lost_operations);
}

/* Each of the other things that the judge looks for is found when it is there. */
static void
test_other_faults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (KillPoint) point = NULL;
  g_autofree char *stray = NULL;

  (void)data;
  if (fixture->world == NULL)
    return;
  point = kill_point_new (fixture->world);
  kill_point_run (point);
  g_assert_true (judge_point (fixture, point));
  forget_operations (point);
  g_assert_false (judge_point (fixture, point));
  g_assert_cmpuint (fixture->verdict.lost_operations, ==, 3);
  spoil_clip (point);
  (void)judge_point (fixture, point);
  g_assert_cmpuint (fixture->verdict.missing_clips, ==, 1);
  stray = g_build_filename (point->workspace, "veo3", "c.mp4.part", NULL);
  g_assert_true (g_file_set_contents (stray, "", 0, NULL));
  point->exit_code = 5;
  (void)judge_point (fixture, point);
  g_assert_cmpuint (fixture->verdict.stray_files, ==, 1);
  g_assert_cmpuint (fixture->verdict.wrong_exits, ==, 1);
  forget_all (point);
  (void)judge_point (fixture, point);
  g_assert_cmpuint (fixture->verdict.unreadable_files, ==, 1);
}

/* ---- the matrix ---- */

/* Returns: whether the first run was killed. */
static gboolean
try_point (Fixture *fixture, guint64 at, guint64 at_second)
{
  g_autoptr (KillPoint) point = kill_point_new (fixture->world);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  gboolean is_killed;

  kill_point_run_killed (point, at);
  is_killed = point->is_killed;
  fixture->n_whole += is_killed ? 0 : 1;
  before = kill_point_dup_jobs (point);
  if (at_second > 0)
    kill_point_run_killed (point, at_second);
  kill_point_run (point);
  if (judge_point (fixture, point))
    return is_killed;
  after = kill_point_dup_jobs (point);
  g_test_message ("FAULT at stop %" G_GUINT64_FORMAT ", second kill at %" G_GUINT64_FORMAT
                  ", exit %d\nafter the kill: %s\nin the end: %s",
                  at, at_second, point->exit_code, before, after);
  g_test_fail ();
  return is_killed;
}

/* One stop in each of @n parts of the window. */
static void
try_sample (Fixture *fixture, Window window, guint n)
{
  guint64 length = window.last - window.first;

  for (guint i = 0; i < n; i++)
    {
      guint64 at = choose (window.first + length * i / n, window.first + length * (i + 1) / n);

      (void)try_point (fixture, at,
                       i % EVERY_SECOND_KILL == 0 ? choose (window.first, window.last) : 0);
    }
}

/* Runs differ by some stops, so the end is where runs are over before their stop comes. */
static void
try_all (Fixture *fixture, guint64 n_stops)
{
  guint n_whole_in_a_row = 0;

  for (guint64 at = 1; at <= n_stops || n_whole_in_a_row < RUNS_TO_MEASURE; at++)
    {
      n_whole_in_a_row = try_point (fixture, at, 0) ? 0 : n_whole_in_a_row + 1;
      if (at % EVERY_SECOND_KILL == 0)
        (void)try_point (fixture, at, choose (1, n_stops));
    }
}

static void
report (Fixture *fixture, gdouble elapsed_s)
{
  const KillVerdict *verdict = &fixture->verdict;

  g_test_message ("%s: points %u (%u of them killed too late to matter), %.0f ms each; double "
                  "payments %u, lost operations %u, missing clips %u, stray files %u",
                  transport == KILL_TRANSPORT_HTTP2 ? "HTTP/2 over TLS" : "HTTP/1.1",
                  fixture->n_points, fixture->n_whole, 1000 * elapsed_s / fixture->n_points,
                  verdict->double_payments, verdict->lost_operations, verdict->missing_clips,
                  verdict->stray_files);
  g_test_message ("uncertain: %u of %u clips (%.1f %%); nothing had reached the service for %u",
                  verdict->uncertain, verdict->clips, 100.0 * verdict->uncertain / verdict->clips,
                  verdict->uncertain_unsent);
}

/* What was meant to be tested is what was spoken. */
static void
assert_transport (Fixture *fixture)
{
  TlsFront *front = kill_world_get_front (fixture->world);

  if (front == NULL)
    return;
  g_assert_cmpuint (tls_front_count (front, "GET", "HTTP/2.0"), >, 0);
  g_assert_cmpuint (tls_front_count (front, "GET", "HTTP/1.1"), ==, 0);
  g_assert_cmpuint (tls_front_count (front, "POST", "HTTP/1.1"), >, 0);
  g_assert_cmpuint (tls_front_count (front, "POST", "HTTP/2.0"), ==, 0);
}

/* Wherever a run is killed: no clip is paid for twice, no operation is lost, each clip is there or
 * known to be uncertain, and nothing is left lying about. */
static void
test_matrix (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GTimer) timer = g_timer_new ();
  const Course *course;

  (void)data;
  if (fixture->world == NULL)
    return;
  course = get_course (fixture);
  if (n_points == 0)
    try_all (fixture, course->n_stops);
  else
    {
      try_sample (fixture, (Window){ 1, course->n_stops }, n_points / 2);
      try_sample (fixture, course->paying, n_points - n_points / 2);
    }
  kill_judge_look_again (fixture->judge, &fixture->verdict);
  report (fixture, g_timer_elapsed (timer, NULL));
  g_assert_cmpuint (fixture->verdict.double_payments, ==, 0);
  g_assert_cmpuint (fixture->verdict.lost_operations, ==, 0);
  assert_transport (fixture);
}

#define ADD(path, func) g_test_add ("/crash/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1 && g_str_equal (argv[1], "http2"))
    transport = KILL_TRANSPORT_HTTP2;
  if (argc > 2)
    n_points = g_str_equal (argv[2], "all") ? 0 : (guint)strtoul (argv[2], NULL, 10);
  ADD ("killer", test_killer);
  ADD ("judge-finds-double-payment", test_double_payment);
  ADD ("judge-finds-lost-operation", test_lost_operation);
  ADD ("judge-finds-other-faults", test_other_faults);
  ADD ("matrix", test_matrix);
  return g_test_run ();
}
