/* SPDX-License-Identifier: MIT */
/*
 * The judge of killed runs. Owner's thread.
 *
 * The log of the emulator grows with every scene and is read only once, piece by piece. Must not
 * believe the program under test in anything that it could be wrong about: what was sent, and what
 * a clip looks like, is computed from what the emulator says and does.
 */
#include "tests/crash/kill-judge.h"

#include <stdio.h>
#include <string.h>

#include "tests/emulator/synthetic-clip.h"

#define DURATION_S 6 /* when a wish names none */

static const char *const variants[KILL_JUDGE_N_CLIPS] = { "a", "b", "c" };

/* What the service has got for one prompt, and what the program knows about it. */
typedef struct
{
  guint n_sent;
  GPtrArray *operations; /* (owned) names, one for each that was accepted */
  gboolean is_judged;
  gboolean is_uncertain; /* by jobs.json */
  char *known;           /* (owned) (nullable) the operation in jobs.json */
} Payment;

struct _KillJudge
{
  EmulatorClient *emulator; /* (borrowed) */
  GHashTable *payments;     /* (owned) prompt -> Payment (owned) */
  long log_offset;          /* bytes of the log that have been read */
};

static void
payment_free (gpointer data)
{
  Payment *payment = data;

  g_ptr_array_unref (payment->operations);
  g_free (payment->known);
  g_free (payment);
}

KillJudge *
kill_judge_new (EmulatorClient *emulator)
{
  KillJudge *self = g_new0 (KillJudge, 1);

  self->emulator = emulator;
  self->payments = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, payment_free);
  return self;
}

void
kill_judge_free (KillJudge *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->payments);
  g_free (self);
}

const char *
kill_judge_get_variant (guint clip)
{
  return variants[clip];
}

static char *
make_prompt (guint number, guint clip)
{
  return g_strdup_printf ("clip %s of point %u", variants[clip], number);
}

char *
kill_judge_make_assets (guint number)
{
  g_autoptr (GString) text = g_string_new ("{\"veo3_prompts\": [");

  for (guint i = 0; i < KILL_JUDGE_N_CLIPS; i++)
    {
      g_autofree char *prompt = make_prompt (number, i);

      g_string_append_printf (text, "%s{\"variant\": \"%s\", \"prompt\": \"%s\"}",
                              i > 0 ? ", " : "", variants[i], prompt);
    }
  g_string_append (text, "]}\n");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static Payment *
get_payment (KillJudge *self, const char *prompt)
{
  Payment *payment = g_hash_table_lookup (self->payments, prompt);

  if (payment != NULL)
    return payment;
  payment = g_new0 (Payment, 1);
  payment->operations = g_ptr_array_new_with_free_func (g_free);
  g_hash_table_insert (self->payments, g_strdup (prompt), payment);
  return payment;
}

static void
take_line (KillJudge *self, const char *line)
{
  json_object *entry = json_tokener_parse (line);
  Payment *payment;

  g_assert_nonnull (entry);
  if (g_strcmp0 (emulator_log_string (entry, "kind"), "submit") == 0)
    {
      payment = get_payment (self, emulator_log_string (entry, "body/instances/0/prompt"));
      payment->n_sent++;
      if (emulator_log_string (entry, "operation") != NULL)
        g_ptr_array_add (payment->operations, g_strdup (emulator_log_string (entry, "operation")));
    }
  json_object_put (entry);
}

/* Reads the lines that are new; a line that is being written is left for the next time. */
static void
read_log (KillJudge *self)
{
  FILE *file = fopen (emulator_client_get_log_path (self->emulator), "re");
  char *line = NULL;
  size_t room = 0;
  ssize_t length;

  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, self->log_offset, SEEK_SET), ==, 0);
  while ((length = getline (&line, &room, file)) > 0 && line[length - 1] == '\n')
    {
      self->log_offset += length;
      take_line (self, line);
    }
  free (line);
  (void)fclose (file);
}

static json_object *
read_jobs (const char *workspace)
{
  g_autofree char *path = g_build_filename (workspace, "veo3", "jobs.json", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? json_tokener_parse (text) : NULL;
}

static json_object *
find_job (json_object *document, const char *variant)
{
  json_object *jobs = NULL;

  if (!json_object_object_get_ex (document, "jobs", &jobs)
      || !json_object_is_type (jobs, json_type_array))
    return NULL;
  for (gsize i = 0; i < json_object_array_length (jobs); i++)
    {
      json_object *job = json_object_array_get_idx (jobs, i);

      if (g_strcmp0 (emulator_log_string (job, "variant"), variant) == 0)
        return job;
    }
  return NULL;
}

/* Whether the clip of @prompt is there, byte for byte as the server made it. */
static gboolean
has_clip (const char *workspace, guint clip, const char *prompt)
{
  g_autoptr (GBytes) expected
      = synthetic_clip_new (KILL_JUDGE_CLIP_BYTES, DURATION_S, g_str_hash (prompt));
  g_autofree char *name = g_strconcat (variants[clip], ".mp4", NULL);
  g_autofree char *path = g_build_filename (workspace, "veo3", name, NULL);
  g_autofree char *content = NULL;
  gsize length = 0;

  return g_file_get_contents (path, &content, &length, NULL)
         && length == g_bytes_get_size (expected)
         && memcmp (content, g_bytes_get_data (expected, NULL), length) == 0;
}

static void
count_payment (const Payment *payment, KillVerdict *verdict)
{
  verdict->double_payments += payment->n_sent > 1 ? 1 : 0;
  for (guint i = 0; i < payment->operations->len; i++)
    if (!payment->is_uncertain
        && g_strcmp0 (payment->known, g_ptr_array_index (payment->operations, i)) != 0)
      verdict->lost_operations++;
}

static void
judge_clip (KillJudge *self,
            const KillScene *scene,
            guint clip,
            json_object *job,
            KillVerdict *verdict)
{
  g_autofree char *prompt = make_prompt (scene->number, clip);
  Payment *payment = get_payment (self, prompt);
  const char *status = job != NULL ? emulator_log_string (job, "status") : NULL;

  payment->is_judged = TRUE;
  payment->is_uncertain = g_strcmp0 (status, "uncertain") == 0;
  g_free (payment->known);
  payment->known = job != NULL ? g_strdup (emulator_log_string (job, "operation_name")) : NULL;
  verdict->clips++;
  count_payment (payment, verdict);
  if (payment->is_uncertain)
    {
      verdict->uncertain++;
      verdict->uncertain_unsent += payment->n_sent == 0 ? 1 : 0;
      verdict->baseless += scene->doubts[clip] ? 0 : 1;
    }
  else if (g_strcmp0 (status, "completed") != 0 || !has_clip (scene->workspace, clip, prompt))
    verdict->missing_clips++;
}

static gboolean
is_ours (const char *name)
{
  static const char *const patterns[] = { "publishing-assets.json",
                                          "run.json",
                                          "events.jsonl",
                                          ".pipeline.lock",
                                          "logs",
                                          "veo3",
                                          "*-*.log",
                                          "jobs.json",
                                          "a.mp4",
                                          "b.mp4",
                                          "c.mp4",
                                          "state",
                                          "pipeline-runner",
                                          "clip-durations.txt",
                                          "clip-durations.txt.new" };

  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++)
    if (g_pattern_match_simple (patterns[i], name))
      return TRUE;
  return FALSE;
}

/* Anything that a person would have to wonder about: .part files, temporary files, copies. */
static guint
count_strays (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint count = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (!is_ours (name))
        {
          g_test_message ("stray file: %s", path);
          count++;
        }
      else if (g_file_test (path, G_FILE_TEST_IS_DIR))
        count += count_strays (path);
    }
  return count;
}

static gboolean
has_fault (const KillVerdict *verdict)
{
  return verdict->double_payments + verdict->lost_operations + verdict->missing_clips
             + verdict->unreadable_files + verdict->stray_files + verdict->wrong_exits
             + verdict->baseless
         > 0;
}

static void
add (KillVerdict *sum, const KillVerdict *one)
{
  sum->clips += one->clips;
  sum->double_payments += one->double_payments;
  sum->lost_operations += one->lost_operations;
  sum->missing_clips += one->missing_clips;
  sum->unreadable_files += one->unreadable_files;
  sum->stray_files += one->stray_files;
  sum->wrong_exits += one->wrong_exits;
  sum->uncertain += one->uncertain;
  sum->uncertain_unsent += one->uncertain_unsent;
  sum->baseless += one->baseless;
}

gboolean
kill_judge_look (KillJudge *self, const KillScene *scene, KillVerdict *verdict)
{
  json_object *document = read_jobs (scene->workspace);
  KillVerdict own = { 0 };

  read_log (self);
  for (guint i = 0; i < KILL_JUDGE_N_CLIPS; i++)
    {
      json_object *job = document != NULL ? find_job (document, variants[i]) : NULL;

      own.unreadable_files |= job == NULL;
      judge_clip (self, scene, i, job, &own);
    }
  own.stray_files = count_strays (scene->workspace);
  own.wrong_exits = scene->exit_code != (own.uncertain > 0 ? 5 : 0);
  json_object_put (document);
  add (verdict, &own);
  return !has_fault (&own);
}

void
kill_judge_look_again (KillJudge *self, KillVerdict *verdict)
{
  GHashTableIter iter;
  gpointer payment;

  read_log (self);
  verdict->double_payments = 0;
  verdict->lost_operations = 0;
  g_hash_table_iter_init (&iter, self->payments);
  while (g_hash_table_iter_next (&iter, NULL, &payment))
    if (((Payment *)payment)->is_judged)
      count_payment (payment, verdict);
}
