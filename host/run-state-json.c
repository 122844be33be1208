/* SPDX-License-Identifier: MIT */
/*
 * Purpose: run.json to RunState and back. Pure; any one thread. json-c is lenient even when asked
 * to be strict: depth, size, UTF-8, types and rests are checked here. Must keep members it does
 * not know: a later version wrote them.
 */
#include "host/run-state-json.h"

#include <json-c/json.h>
#include <string.h>

#include "host/workspace.h"

static const char *const state_members[]
    = { "schema_version", "run_id",     "pipeline", "pid",   "status",
        "created_at",     "updated_at", "inputs",   "stages" };
static const char *const stage_members[] = { "name",       "status",   "attempts",    "exit_code",
                                             "started_at", "ended_at", "duration_ms", "error" };

static const char *const run_status_names[] = {
  [RUN_STATUS_RUNNING] = "running",
  [RUN_STATUS_DONE] = "done",
  [RUN_STATUS_FAILED] = "failed",
  [RUN_STATUS_STOPPED] = "stopped",
};
static const char *const stage_status_names[] = {
  [RUN_STAGE_PENDING] = "pending",
  [RUN_STAGE_RUNNING] = "running",
  [RUN_STAGE_DONE] = "done",
  [RUN_STAGE_FAILED] = "failed",
};

const char *
run_status_to_string (RunStatus status)
{
  return run_status_names[status];
}

const char *
run_stage_status_to_string (RunStageStatus status)
{
  return stage_status_names[status];
}

static gboolean G_GNUC_PRINTF (2, 3) set_corrupt (GError **error, const char *format, ...)
{
  va_list arguments;
  g_autofree char *what = NULL;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, RUN_STATE_ERROR, RUN_STATE_ERROR_CORRUPT,
               "not a run state (%s); the file was left as it is: mend it, or move it away to "
               "begin a new run",
               what);
  return FALSE;
}

/* Returns: (transfer full) (nullable): one whole JSON object and nothing behind it. */
static struct json_object *
parse_document (const char *data, gsize length, GError **error)
{
  struct json_tokener *tokener = NULL;
  struct json_object *root = NULL;
  enum json_tokener_error result = json_tokener_success;

  if (length > RUN_STATE_MAX_BYTES || !g_utf8_validate_len (data, length, NULL))
    {
      (void)set_corrupt (error, "too large, or not UTF-8 text");
      return NULL;
    }
  tokener = json_tokener_new_ex (RUN_STATE_MAX_DEPTH);
  json_tokener_set_flags (tokener, JSON_TOKENER_STRICT);
  root = json_tokener_parse_ex (tokener, data, (int)length);
  result = json_tokener_get_error (tokener);
  json_tokener_free (tokener);
  if (result == json_tokener_success && json_object_is_type (root, json_type_object))
    return root;
  if (result == json_tokener_continue)
    (void)set_corrupt (error, "it ends in the middle");
  else if (result != json_tokener_success)
    (void)set_corrupt (error, "JSON: %s", json_tokener_error_desc (result));
  else
    (void)set_corrupt (error, "no JSON object");
  if (root != NULL)
    (void)json_object_put (root);
  return NULL;
}

/* Returns: (transfer full) (nullable): copy of a string member; NULL = none, null, another type. */
static char *
get_string (struct json_object *object, const char *key)
{
  struct json_object *member = json_object_object_get (object, key);

  return json_object_is_type (member, json_type_string) ? g_strdup (json_object_get_string (member))
                                                        : NULL;
}

static gint64
get_integer (struct json_object *object, const char *key, gint64 fallback)
{
  struct json_object *member = json_object_object_get (object, key);

  return json_object_is_type (member, json_type_int) ? json_object_get_int64 (member) : fallback;
}

/* Returns: FALSE when it is none of the names. */
static gboolean
get_enum (struct json_object *object, const char *const *names, guint n_names, guint *ret_value)
{
  g_autofree char *text = get_string (object, "status");

  for (guint i = 0; text != NULL && i < n_names; i++)
    if (strcmp (text, names[i]) == 0)
      {
        *ret_value = i;
        return TRUE;
      }
  return FALSE;
}

/* Returns: (transfer full) (nullable): what is left of @object without the known members. */
static struct json_object *
take_extra (struct json_object *object, const char *const *known, gsize n_known)
{
  for (gsize i = 0; i < n_known; i++)
    json_object_object_del (object, known[i]);
  return json_object_object_length (object) > 0 ? json_object_get (object) : NULL;
}

static gboolean
decode_stage (RunState *self, struct json_object *object, GError **error)
{
  g_autofree char *name = NULL;
  RunStage *stage = NULL;
  guint status = 0;

  if (!json_object_is_type (object, json_type_object))
    return set_corrupt (error, "an element of 'stages' is no object");
  name = get_string (object, "name");
  if (name == NULL || *name == '\0' || run_state_stage (self, name) != NULL)
    return set_corrupt (error, "a stage has no name or the name of another");
  if (!get_enum (object, stage_status_names, G_N_ELEMENTS (stage_status_names), &status))
    return set_corrupt (error, "stage %s has no known status", name);
  stage = run_state_stage_new (name);
  g_ptr_array_add (self->stages, stage);
  stage->status = (RunStageStatus)status;
  stage->attempts = (guint)CLAMP (get_integer (object, "attempts", 0), 0, G_MAXINT);
  stage->exit_code
      = (int)CLAMP (get_integer (object, "exit_code", RUN_STATE_NO_EXIT_CODE), -1, 255);
  stage->started_at = get_string (object, "started_at");
  stage->ended_at = get_string (object, "ended_at");
  stage->duration_ms = MAX (get_integer (object, "duration_ms", 0), 0);
  stage->error = get_string (object, "error");
  stage->extra = take_extra (object, stage_members, G_N_ELEMENTS (stage_members));
  return TRUE;
}

static gboolean
decode_stages (RunState *self, struct json_object *stages, GError **error)
{
  if (!json_object_is_type (stages, json_type_array))
    return set_corrupt (error, "'stages' is no array");
  for (gsize i = 0; i < json_object_array_length (stages); i++)
    if (!decode_stage (self, json_object_array_get_idx (stages, i), error))
      return FALSE;
  return TRUE;
}

static void
decode_inputs (RunState *self, struct json_object *inputs)
{
  if (!json_object_is_type (inputs, json_type_object))
    return;
  json_object_object_foreach (inputs, key, value)
    {
      if (json_object_is_type (value, json_type_string))
        g_hash_table_insert (self->inputs, g_strdup (key),
                             g_strdup (json_object_get_string (value)));
    }
}

static gboolean
decode (RunState *self, struct json_object *root, GError **error)
{
  gint64 version = get_integer (root, "schema_version", 0);
  guint status = 0;

  if (version > RUN_STATE_SCHEMA_VERSION)
    {
      g_set_error (error, RUN_STATE_ERROR, RUN_STATE_ERROR_NEWER,
                   "written by a later version (schema %" G_GINT64_FORMAT
                   ", this one knows %d); the file was left as it is: use the later version",
                   version, RUN_STATE_SCHEMA_VERSION);
      return FALSE;
    }
  if (version < 1)
    return set_corrupt (error, "no 'schema_version'");
  self->run_id = get_string (root, "run_id");
  if (!host_workspace_run_id_is_valid (self->run_id))
    return set_corrupt (error, "no valid 'run_id'");
  if (!get_enum (root, run_status_names, G_N_ELEMENTS (run_status_names), &status))
    return set_corrupt (error, "no known 'status'");
  self->status = (RunStatus)status;
  self->pipeline = get_string (root, "pipeline");
  self->created_at = get_string (root, "created_at");
  self->updated_at = get_string (root, "updated_at");
  if (self->pipeline == NULL || self->created_at == NULL || self->updated_at == NULL)
    return set_corrupt (error, "'pipeline', 'created_at' or 'updated_at' is missing");
  self->pid = get_integer (root, "pid", 0);
  decode_inputs (self, json_object_object_get (root, "inputs"));
  if (!decode_stages (self, json_object_object_get (root, "stages"), error))
    return FALSE;
  self->extra = take_extra (root, state_members, G_N_ELEMENTS (state_members));
  return TRUE;
}

RunState *
run_state_from_json (const char *data, gsize length, GError **error)
{
  struct json_object *root = parse_document (data, length, error);
  g_autoptr (RunState) self = NULL;
  gboolean ok = FALSE;

  if (root == NULL)
    return NULL;
  self = run_state_new_empty ();
  ok = decode (self, root, error);
  (void)json_object_put (root);
  return ok ? g_steal_pointer (&self) : NULL;
}

/* @member: (transfer full) (nullable). json-c answers NULL when memory is out, and NULL is null
 * in the file: GLib's rule for memory is to abort, so that no half state is ever saved. */
static void
add_member (struct json_object *object, const char *key, struct json_object *member)
{
  g_assert (member != NULL);
  g_assert (json_object_object_add (object, key, member) == 0);
}

/* @text: (nullable): written as null. */
static void
add_string (struct json_object *object, const char *key, const char *text)
{
  g_autofree char *valid = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  if (valid != NULL)
    add_member (object, key, json_object_new_string (valid));
  else
    (void)json_object_object_add (object, key, NULL);
}

static void
add_extra (struct json_object *object, struct json_object *extra)
{
  if (extra == NULL)
    return;
  json_object_object_foreach (extra, key, value)
    {
      (void)json_object_object_add (object, key, json_object_get (value));
    }
}

static struct json_object *
encode_stage (const RunStage *stage)
{
  struct json_object *object = json_object_new_object ();

  add_string (object, "name", stage->name);
  add_string (object, "status", run_stage_status_to_string (stage->status));
  add_member (object, "attempts", json_object_new_int64 (stage->attempts));
  if (stage->exit_code == RUN_STATE_NO_EXIT_CODE)
    add_string (object, "exit_code", NULL);
  else
    add_member (object, "exit_code", json_object_new_int (stage->exit_code));
  add_string (object, "started_at", stage->started_at);
  add_string (object, "ended_at", stage->ended_at);
  add_member (object, "duration_ms", json_object_new_int64 (stage->duration_ms));
  add_string (object, "error", stage->error);
  add_extra (object, stage->extra);
  return object;
}

/* Sorted, so that the same state is the same file. */
static struct json_object *
encode_inputs (GHashTable *inputs)
{
  struct json_object *object = json_object_new_object ();
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (inputs), (GCompareFunc)strcmp);

  for (GList *link = keys; link != NULL; link = link->next)
    add_string (object, link->data, g_hash_table_lookup (inputs, link->data));
  return object;
}

char *
run_state_to_json (const RunState *self)
{
  struct json_object *root = json_object_new_object ();
  struct json_object *stages = json_object_new_array ();
  char *text = NULL;

  add_member (root, "schema_version", json_object_new_int (RUN_STATE_SCHEMA_VERSION));
  add_string (root, "run_id", self->run_id);
  add_string (root, "pipeline", self->pipeline);
  add_member (root, "pid", json_object_new_int64 (self->pid));
  add_string (root, "status", run_status_to_string (self->status));
  add_string (root, "created_at", self->created_at);
  add_string (root, "updated_at", self->updated_at);
  add_member (root, "inputs", encode_inputs (self->inputs));
  for (guint i = 0; i < self->stages->len; i++)
    (void)json_object_array_add (stages, encode_stage (self->stages->pdata[i]));
  add_member (root, "stages", stages);
  add_extra (root, self->extra);
  text = g_strconcat (json_object_to_json_string_ext (root, JSON_C_TO_STRING_PRETTY
                                                                | JSON_C_TO_STRING_SPACED
                                                                | JSON_C_TO_STRING_NOSLASHESCAPE),
                      "\n", NULL);
  (void)json_object_put (root);
  return text;
}
