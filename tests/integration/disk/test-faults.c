/* SPDX-License-Identifier: MIT */
/*
 * Invariant 4 and the rest of a run: calls on the disk that fail, at each of the first calls of the
 * write-ahead and at each call of a whole run, once or from then on. Whatever fails, nothing is
 * paid before its claim is durable, nothing twice, no operation is lost, and the next run brings
 * home what there is.
 *
 * Arguments: how many points each sweep takes, spread over all there are; 0 = every point.
 */
#include "tests/integration/disk/disk-test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Most of a point is waiting. */
#define SIDE_BY_SIDE 4
#define USUAL_POINTS 12
/* A run that waits for a broken disk is told to stop. */
#define PATIENCE "3"
#define HURRY "timeout=700ms\n"

static guint n_points_wanted = USUAL_POINTS;
static gboolean can_inject;

static const char *const variants[] = { "a", "b", "c" };

static const struct
{
  const char *name;
  int number;
} errors[] = {
  { "ENOSPC", ENOSPC }, { "EIO", EIO },       { "EDQUOT", EDQUOT },
  { "EROFS", EROFS },   { "EMFILE", EMFILE },
};

/* One fault and what became of it. */
typedef struct
{
  DiskFault fault;
  Veo3Test *test;           /* (owned) */
  PipelineProcess *process; /* (owned) (nullable) */
  GString *said;            /* (owned) standard error of all runs */
  gboolean is_injected;
  guint n_uncertain;
} Point;

/* What a sweep has found. */
typedef struct
{
  guint n_points;
  guint n_injected;
  guint n_unpaid; /* nothing had been sent when the run with the fault was over */
  guint n_completed;
  guint n_uncertain;
  guint n_unsent; /* of these, never sent: the claim was seen, its taking back could not be saved */
} Tally;

static void
point_free (gpointer data)
{
  Point *self = data;

  if (self == NULL)
    return;
  pipeline_process_free (self->process);
  veo3_test_free (self->test);
  if (self->said != NULL)
    (void)g_string_free (self->said, TRUE);
  g_free (self);
}

static int
get_errno (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    if (g_str_equal (errors[i].name, name))
      return errors[i].number;
  g_assert_not_reached ();
}

static char *
describe (const Point *self)
{
  return g_strdup_printf ("%s of %s fails with %s, number %u%s", self->fault.call,
                          self->fault.names, self->fault.error, self->fault.first,
                          self->fault.last == self->fault.first ? "" : " and all after it");
}

/* ---- one point ---- */

static void
start_broken (Point *self)
{
  g_autofree char *timeout = g_find_program_in_path ("timeout");
  const char *wrapper[] = { timeout, "--preserve-status", PATIENCE, NULL };
  const char *arguments[] = { "run", "-w", "ws", NULL };

  self->test = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\nclip=bytes:4KiB\n");
  self->said = g_string_new (NULL);
  veo3_test_set_plugin_keys (self->test, self->fault.last == self->fault.first ? "" : HURRY);
  disk_test_set_fault (self->test, &self->fault);
  self->process = pipeline_fixture_start (self->test->fixture, wrapper, arguments);
}

/* An end that nobody understands: a crash, or no word about what has happened. */
static void
assert_sensible_end (const Point *self, const PipelineResult *result)
{
  static const int sensible[] = { 0, 1, 2, 4, 5, 143 };
  gboolean is_sensible = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (sensible); i++)
    is_sensible = is_sensible || result->exit_code == sensible[i];
  if (!is_sensible)
    g_error ("exit %d: %s", result->exit_code, result->err);
  if (result->exit_code != 0 && result->exit_code != 143)
    veo3_test_assert_says (result->err, g_strerror (get_errno (self->fault.error)));
}

/* "Done" is not said while jobs.json is behind what has been paid for. */
static void
assert_up_to_date (const Point *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *status = disk_test_status (self->test, variants[i]);

      if (!g_str_equal (status, "completed") && !g_str_equal (status, "failed"))
        g_error ("done, but clip %s is %s", variants[i], status);
    }
}

static void
judge_broken (Point *self, Tally *tally)
{
  g_autoptr (PipelineResult) result = pipeline_process_wait (self->process);
  g_autofree char *words = describe (self);
  g_autoptr (GPtrArray) calls = disk_test_read_calls (self->test);
  guint n_submits = veo3_test_count (self->test, "submit");

  g_test_message ("%s: exit %d, %u sent", words, result->exit_code, n_submits);
  g_string_append (self->said, result->err);
  self->is_injected = disk_test_count (calls, NULL, NULL, "injected") > 0;
  tally->n_injected += self->is_injected;
  tally->n_unpaid += self->is_injected && n_submits == 0;
  assert_sensible_end (self, result);
  if (result->exit_code == 0 && n_submits > 0)
    assert_up_to_date (self);
  g_assert_cmpuint (n_submits, <=, disk_test_durable_claims (calls));
  disk_test_assert_kept (self->test, self->said->str);
  disk_test_mend (self->test);
  veo3_test_set_plugin_keys (self->test, "");
  g_clear_pointer (&self->process, pipeline_process_free);
  self->process = veo3_test_start (self->test, "run", NULL);
}

static void
finish_mended (Point *self)
{
  g_autoptr (PipelineResult) result = pipeline_process_wait (self->process);

  g_string_append (self->said, result->err);
  disk_test_assert_kept (self->test, self->said->str);
  g_clear_pointer (&self->process, pipeline_process_free);
  self->process = veo3_test_start (self->test, "run", "--restart", NULL);
}

/* Each clip is there, paid once; only where the disk had refused to the end may one be uncertain.
 */
static void
judge_mended (Point *self, Tally *tally)
{
  g_autoptr (PipelineResult) result = pipeline_process_wait (self->process);
  gboolean was_once = self->fault.last == self->fault.first;
  guint n_submits = veo3_test_count (self->test, "submit");
  guint n_unsent;

  g_string_append (self->said, result->err);
  disk_test_assert_kept (self->test, self->said->str);
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autofree char *status = disk_test_status (self->test, variants[i]);

      if (!was_once && g_str_equal (status, "uncertain"))
        self->n_uncertain++;
      else if (!g_str_equal (status, "completed"))
        g_error ("clip %s is %s in the end; it was said: %s", variants[i], status, self->said->str);
    }
  g_assert_cmpint (result->exit_code, ==, self->n_uncertain > 0 ? 5 : 0);
  tally->n_uncertain += self->n_uncertain;
  /* Prompts are sent at most once, so what is missing from the log was never sent. */
  n_unsent = (guint)G_N_ELEMENTS (variants) - n_submits;
  g_assert_cmpuint (n_unsent, <=, self->n_uncertain);
  tally->n_unsent += n_unsent;
  tally->n_completed += (guint)G_N_ELEMENTS (variants) - self->n_uncertain;
}

/* ---- many points ---- */

static void
try_batch (GPtrArray *points, guint first, Tally *tally)
{
  guint end = MIN (points->len, first + SIDE_BY_SIDE);

  for (guint i = first; i < end; i++)
    start_broken (g_ptr_array_index (points, i));
  for (guint i = first; i < end; i++)
    judge_broken (g_ptr_array_index (points, i), tally);
  for (guint i = first; i < end; i++)
    finish_mended (g_ptr_array_index (points, i));
  for (guint i = first; i < end; i++)
    judge_mended (g_ptr_array_index (points, i), tally);
  tally->n_points += end - first;
}

static guint
divisor (guint a, guint b)
{
  return b == 0 ? a : divisor (b, a % b);
}

/* The golden section spreads any number of points well, over each of their properties. */
static guint
get_stride (guint n)
{
  guint stride = MAX (1, n * 618 / 1000);

  while (divisor (n, stride) != 1)
    stride++;
  return stride;
}

/* Takes as many of @all (transfer full) as are wanted. */
static Tally
try_points (GPtrArray *all)
{
  g_autoptr (GPtrArray) points = g_ptr_array_new_with_free_func (point_free);
  Tally tally = { 0 };
  guint n = n_points_wanted == 0 ? all->len : MIN (all->len, n_points_wanted);
  guint stride = get_stride (all->len);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (points, g_steal_pointer (&g_ptr_array_index (all, i * stride % all->len)));
  for (guint i = 0; i < points->len; i += SIDE_BY_SIDE)
    {
      try_batch (points, i, &tally);
      g_test_message ("%u of %u points", tally.n_points, points->len);
    }
  g_test_message ("%u points of %u, %u injected, %u of them sent nothing; clips: %u completed, "
                  "%u uncertain (%u of them never sent); 0 paid twice, 0 lost",
                  tally.n_points, all->len, tally.n_injected, tally.n_unpaid, tally.n_completed,
                  tally.n_uncertain, tally.n_unsent);
  g_ptr_array_unref (all);
  return tally;
}

static void
add_point (GPtrArray *points, const DiskFault *fault)
{
  Point *self = g_new0 (Point, 1);

  self->fault = *fault;
  g_ptr_array_add (points, self);
}

/* ---- the tests ---- */

/* A claim counts only when it was written, synced, renamed and synced with its folder, in that
 * order and without a failure: else the judge of this file would judge nothing. */
static void
test_judge (void)
{
  static const char whole[] = "open veo3/jobs.json.A ok 0\nwrite veo3/jobs.json.A ok 3\n"
                              "fsync veo3/jobs.json.A ok 0\nrename veo3/jobs.json ok 0\n"
                              "fsync veo3 injected 0\nfsync veo3 ok 0\n";
  g_autoptr (GPtrArray) calls = disk_test_parse_calls (whole);
  guint n_lines = calls->len;

  g_assert_cmpuint (disk_test_durable_claims (calls), ==, 3);
  for (guint i = 0; i < n_lines; i++)
    {
      g_autoptr (GPtrArray) others = disk_test_parse_calls (whole);
      DiskCall *call = g_ptr_array_index (others, i);

      if (g_str_equal (call->result, "injected"))
        continue;
      g_free (call->result);
      call->result = g_strdup ("failed");
      g_assert_cmpuint (disk_test_durable_claims (others), ==, i == 0 ? 3 : 0);
      g_ptr_array_remove_index (others, i);
      g_assert_cmpuint (disk_test_durable_claims (others), ==, 0);
    }
}

static gboolean
skips (void)
{
  if (!can_inject)
    g_test_skip ("nothing can be preloaded here");
  return !can_inject;
}

/* Whatever error each of the first eight opens, writes, syncs and renames below veo3/ ends with,
 * from then on: no paid request leaves before its claim is durable. */
static void
test_write_ahead (void)
{
  static const char *const calls[] = { "open", "write", "fsync", "rename" };
  GPtrArray *points;
  Tally tally;

  if (skips ())
    return;
  points = g_ptr_array_new_with_free_func (point_free);
  for (guint first = 1; first <= 8; first++)
    for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
      for (gsize j = 0; j < G_N_ELEMENTS (errors); j++)
        {
          DiskFault fault = { calls[i], "veo3*", errors[j].name, first, G_MAXUINT };

          add_point (points, &fault);
        }
  tally = try_points (points);
  g_assert_cmpuint (tally.n_injected, ==, tally.n_points);
  g_assert_cmpuint (tally.n_unpaid, >=, tally.n_points / 8);
}

/* The folder's own sync failing, even once, is a failed save: nothing is sent on its strength. */
static void
test_folder_sync (void)
{
  const DiskFault faults[] = {
    { "fsync", "veo3", "EIO", 1, G_MAXUINT },
    { "fsync", "veo3", "EIO", 3, G_MAXUINT },
    { "fsync", "veo3", "EIO", 4, 4 },
    { "fsync", ".", "EIO", 4, G_MAXUINT },
  };
  GPtrArray *points;
  Tally tally;

  if (skips ())
    return;
  points = g_ptr_array_new_with_free_func (point_free);
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    add_point (points, &faults[i]);
  tally = try_points (points);
  g_assert_cmpuint (tally.n_injected, ==, tally.n_points);
  g_assert_cmpuint (tally.n_unpaid, >=, 2);
}

/* Returns: (transfer full): the calls of a run that nothing disturbs. */
static GPtrArray *
watch_clean_run (void)
{
  g_autoptr (Veo3Test) test = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\nclip=bytes:4KiB\n");

  disk_test_set_fault (test, NULL);
  veo3_test_expect (test, "run", 0);
  return disk_test_read_calls (test);
}

/* Any call of the whole run on any file of the workspace, failing once, and from then on. */
static void
test_every_call (void)
{
  static const char *const calls[]
      = { "open", "read", "write", "fsync", "rename", "mkdir", "unlink", "truncate", "dup" };
  static const char *const names[] = { "veo3*", "[!v]*" };
  g_autoptr (GPtrArray) clean = NULL;
  GPtrArray *points;
  guint n_error = 0;
  Tally tally;

  if (skips ())
    return;
  clean = watch_clean_run ();
  points = g_ptr_array_new_with_free_func (point_free);
  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (names); j++)
      {
        guint n = disk_test_count (clean, calls[i], j == 0 ? "veo3*" : NULL, NULL);

        if (j > 0)
          n -= disk_test_count (clean, calls[i], "veo3*", NULL);
        for (guint first = 1; first <= n; first++)
          for (guint once = 0; once < 2; once++)
            {
              const char *error = errors[n_error++ % G_N_ELEMENTS (errors)].name;
              DiskFault fault = { calls[i], names[j], error, first, once == 0 ? first : G_MAXUINT };

              add_point (points, &fault);
            }
      }
  tally = try_points (points);
  /* Two threads do not take the same steps in every run. */
  g_assert_cmpuint (tally.n_injected, >=, tally.n_points * 3 / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    n_points_wanted = (guint)strtoul (argv[1], NULL, 10);
  can_inject = disk_test_can_inject ();
  g_test_add_func ("/disk/faults/judge", test_judge);
  g_test_add_func ("/disk/faults/write-ahead", test_write_ahead);
  g_test_add_func ("/disk/faults/folder-sync", test_folder_sync);
  g_test_add_func ("/disk/faults/every-call", test_every_call);
  return g_test_run ();
}
