/* SPDX-License-Identifier: MIT */
/*
 * One pass over the lines: a call on the disk counts when it has returned, a request when its
 * first byte may leave, that is when the call begins. strace prints a call that another thread
 * interrupts on two lines, "<unfinished ...>" and "<... resumed>".
 *
 * Must not: take for durable what was only renamed, or only synced before the rename.
 */
#include "tests/integration/disk/trace-check.h"

#include <stdlib.h>
#include <string.h>

#include "tests/emulator/emulator-client.h"

#define JOBS "/jobs.json"

typedef struct
{
  GHashTable *open_calls; /* (owned) thread -> OpenCall (owned) */
  GHashTable *written;    /* (owned) name of a temporary file -> GString (owned) */
  GHashTable *synced;     /* (owned) name of a temporary file -> its text when synced (owned) */
  char *renamed;          /* (owned) (nullable) text of jobs.json; NULL = was not synced */
  json_object *durable;   /* (owned) (nullable) what a power cut leaves */
  guint line;
  guint rename_line;
  TraceCounts *counts; /* (borrowed) */
  char *finding;       /* (owned) (nullable) */
} Check;

typedef struct
{
  char *text; /* (owned) the call so far */
  guint line; /* where it began */
} OpenCall;

static void
open_call_free (gpointer data)
{
  OpenCall *open_call = data;

  g_free (open_call->text);
  g_free (open_call);
}

static void
string_free (gpointer data)
{
  (void)g_string_free (data, TRUE);
}

/* Returns: (transfer full) (nullable): the first quoted argument; NULL = none, or cut short. */
static char *
get_string (const char *call)
{
  const char *begin = strchr (call, '"');
  const char *end = begin;
  g_autofree char *escaped = NULL;

  if (begin == NULL)
    return NULL;
  for (end = ++begin; *end != '\0' && *end != '"'; end++)
    if (*end == '\\' && end[1] != '\0')
      end++;
  if (*end == '\0' || g_str_has_prefix (end, "\"..."))
    return NULL;
  escaped = g_strndup (begin, (gsize)(end - begin));
  return g_strcompress (escaped);
}

/* Returns: (transfer full) (nullable): the path strace shows for the descriptor. */
static char *
get_path (const char *call)
{
  const char *begin = strchr (call, '<');
  const char *end = begin != NULL ? strchr (begin, '>') : NULL;

  return end != NULL ? g_strndup (begin + 1, (gsize)(end - begin - 1)) : NULL;
}

static gint64
get_result (const char *call)
{
  const char *result = g_strrstr (call, ") = ");

  return result != NULL ? g_ascii_strtoll (result + strlen (") = "), NULL, 10) : -1;
}

static gboolean
is_jobs_folder (const char *path)
{
  return g_str_has_suffix (path, "/veo3");
}

/* ---- the disk ---- */

static void
on_write (Check *self, const char *call)
{
  g_autofree char *path = get_path (call);
  g_autofree char *name = NULL;
  g_autofree char *text = NULL;
  GString *content;

  if (path == NULL || strstr (path, "/veo3" JOBS ".") == NULL)
    return;
  name = g_path_get_basename (path);
  text = get_string (call);
  content = g_hash_table_lookup (self->written, name);
  if (content == NULL)
    {
      content = g_string_new (NULL);
      g_hash_table_insert (self->written, g_strdup (name), content);
    }
  g_string_append_len (content, text != NULL ? text : "",
                       text != NULL ? MIN ((gssize)strlen (text), get_result (call)) : 0);
}

static void
on_fsync (Check *self, const char *call, guint begun_line)
{
  g_autofree char *path = get_path (call);
  g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
  const GString *content = name != NULL ? g_hash_table_lookup (self->written, name) : NULL;

  if (content != NULL)
    g_hash_table_insert (self->synced, g_strdup (name), g_strdup (content->str));
  if (path == NULL || !is_jobs_folder (path) || self->renamed == NULL
      || begun_line < self->rename_line)
    return;
  if (self->durable != NULL)
    (void)json_object_put (self->durable);
  self->durable = json_tokener_parse (self->renamed);
  g_clear_pointer (&self->renamed, g_free);
  self->counts->n_saves++;
}

static void
on_rename (Check *self, const char *call)
{
  g_autofree char *from = get_string (call);
  g_autofree char *name = from != NULL ? g_path_get_basename (from) : NULL;

  if (name == NULL || strstr (call, JOBS "\"") == NULL)
    return;
  g_free (self->renamed);
  self->renamed = g_strdup (g_hash_table_lookup (self->synced, name));
  self->rename_line = self->line;
}

/* ---- the requests ---- */

static gboolean
is_durable (Check *self, const char *member, const char *value, const char *status)
{
  json_object *jobs = NULL;

  if (self->durable == NULL || !json_object_object_get_ex (self->durable, "jobs", &jobs))
    return FALSE;
  for (gsize i = 0; i < json_object_array_length (jobs); i++)
    {
      json_object *job = json_object_array_get_idx (jobs, i);

      if (g_strcmp0 (emulator_log_string (job, member), value) == 0)
        return status == NULL || g_strcmp0 (emulator_log_string (job, "status"), status) == 0;
    }
  return FALSE;
}

static void
find (Check *self, char *finding)
{
  g_autofree char *text = finding;

  if (self->finding == NULL)
    self->finding = g_strdup_printf ("line %u: %s", self->line, text);
}

static void
on_post (Check *self, const char *request)
{
  const char *body = strstr (request, "\r\n\r\n");
  json_object *json = body != NULL ? json_tokener_parse (body) : NULL;
  const char *prompt = json != NULL ? emulator_log_string (json, "instances/0/prompt") : NULL;

  self->counts->n_posts++;
  if (prompt == NULL)
    find (self, g_strdup ("a paid request without its prompt in the same call"));
  else if (!is_durable (self, "prompt", prompt, "submitting"))
    find (self, g_strdup_printf ("\"%s\" was sent before its claim was durable", prompt));
  if (json != NULL)
    (void)json_object_put (json);
}

static void
on_get (Check *self, const char *request)
{
  const char *path = strchr (request, '/');
  const char *name = path != NULL ? strstr (path, "models/") : NULL;
  g_autofree char *operation = NULL;

  if (name == NULL || strstr (name, "/operations/") == NULL)
    return;
  operation = g_strndup (name, strcspn (name, " ?"));
  self->counts->n_polls++;
  if (!is_durable (self, "operation_name", operation, NULL))
    find (self, g_strdup_printf ("%s was asked for before its name was durable", operation));
}

static void
on_send (Check *self, const char *call)
{
  g_autofree char *request = get_string (call);

  if (request != NULL && g_str_has_prefix (request, "POST "))
    on_post (self, request);
  else if (request != NULL && g_str_has_prefix (request, "GET "))
    on_get (self, request);
  else if (request == NULL && strstr (call, "\"POST ") != NULL)
    find (self, g_strdup ("a paid request that strace has cut short"));
}

/* ---- lines ---- */

static gboolean
is_call (const char *text, const char *name)
{
  return g_str_has_prefix (text, name) && text[strlen (name)] == '(';
}

static void
on_begun (Check *self, const char *call)
{
  if (is_call (call, "sendto") || is_call (call, "sendmsg") || is_call (call, "writev"))
    on_send (self, call);
  else if (is_call (call, "write") && strstr (call, "<socket:") != NULL)
    on_send (self, call);
}

static void
on_returned (Check *self, const char *call, guint begun_line)
{
  if (get_result (call) < 0)
    return;
  if (is_call (call, "write"))
    on_write (self, call);
  else if (is_call (call, "fsync"))
    on_fsync (self, call, begun_line);
  else if (is_call (call, "rename") || is_call (call, "renameat") || is_call (call, "renameat2"))
    on_rename (self, call);
}

static void
on_resumed (Check *self, guint thread, const char *call)
{
  OpenCall *begun = g_hash_table_lookup (self->open_calls, GUINT_TO_POINTER (thread));
  const char *rest = strstr (call, "resumed>");
  g_autofree char *whole = NULL;

  if (begun == NULL || rest == NULL)
    return;
  whole = g_strconcat (begun->text, rest + strlen ("resumed>"), NULL);
  on_returned (self, whole, begun->line);
  g_hash_table_remove (self->open_calls, GUINT_TO_POINTER (thread));
}

static void
look_at_line (Check *self, const char *line)
{
  char *call = NULL;
  guint thread = (guint)strtoul (line, &call, 10);
  const char *unfinished;

  call += strspn (call, " ");
  call += strcspn (call, " "); /* the time */
  call += strspn (call, " ");
  if (g_str_has_prefix (call, "<... "))
    {
      on_resumed (self, thread, call);
      return;
    }
  on_begun (self, call);
  unfinished = g_strrstr (call, " <unfinished ...>");
  if (unfinished != NULL)
    {
      OpenCall *begun = g_new0 (OpenCall, 1);

      begun->text = g_strndup (call, (gsize)(unfinished - call));
      begun->line = self->line;
      g_hash_table_insert (self->open_calls, GUINT_TO_POINTER (thread), begun);
    }
  else
    on_returned (self, call, self->line);
}

char *
trace_check_order (const char *trace, TraceCounts *ret_counts)
{
  g_auto (GStrv) lines = g_strsplit (trace, "\n", -1);
  Check check = { .counts = ret_counts };

  *ret_counts = (TraceCounts){ 0 };
  check.open_calls = g_hash_table_new_full (NULL, NULL, NULL, open_call_free);
  check.written = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, string_free);
  check.synced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (; lines[check.line] != NULL; check.line++)
    look_at_line (&check, lines[check.line]);
  g_hash_table_unref (check.open_calls);
  g_hash_table_unref (check.written);
  g_hash_table_unref (check.synced);
  g_free (check.renamed);
  if (check.durable != NULL)
    (void)json_object_put (check.durable);
  return check.finding;
}
