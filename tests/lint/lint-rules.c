/* SPDX-License-Identifier: MIT */
/*
 * The lint rules. Pure functions of a source; any thread. Must not open files: what they judge is
 * handed to them, so that a sample can pretend to lie anywhere in the tree.
 */
#include "tests/lint/lint-rules.h"

#include <string.h>

#define MAX_FUNCTION_LINES 100
#define MAX_FILE_LINES 800
#define MAX_NESTING 4
#define MAX_PARAMETERS 5

/** Exemption: a function whose parameters somebody else has decided. */
typedef struct
{
  const char *function;
  const char *reason;
} Exemption;

static const Exemption exempt_from_parameters[] = {
  { "download_clip",
    "VideoGenerationPortInterface.download_clip: where from, where to, and a call" },
  { "fake_download_clip", "the same" },
  { "on_alpn", "SSL_CTX_alpn_select_cb_func of OpenSSL" },
  { "on_h2_header", "nghttp2_on_header_callback" },
  { "on_h2_body", "nghttp2_data_source_read_callback" },
};

/** Layer: which quoted includes the files below a folder may have. */
typedef struct
{
  const char *folder;
  const char *allowed[5]; /* prefixes, NULL-terminated */
} Layer;

static const Layer layers[] = {
  { "include/", { "include/" } },
  { "host/", { "host/", "include/" } },
  { "plugin/domain/", { "plugin/domain/" } },
  { "plugin/application/", { "plugin/application/", "plugin/domain/", "include/" } },
  { "plugin/adapters/", { "plugin/adapters/", "plugin/domain/" } },
  { "plugin/stage/",
    { "plugin/stage/", "plugin/application/", "plugin/adapters/", "plugin/domain/", "include/" } },
};

/* What the pure core may take from the system: no I/O, no clock, no other library. */
static const char *const domain_headers[] = {
  "glib.h", "limits.h", "math.h", "stdarg.h", "stddef.h", "stdint.h", "string.h",
};

/** Ban: a word that must not be used below a folder. */
typedef struct
{
  const char *folder; /* "" = everywhere */
  const char *word;
  gboolean is_prefix; /* any word that begins so */
  const char *reason;
} Ban;

static const Ban bans[] = {
  { "", "goto", FALSE, "return early instead" },
  { "", "sleep", FALSE, "wait for the event itself" },
  { "", "usleep", FALSE, "wait for the event itself" },
  { "", "nanosleep", FALSE, "wait for the event itself" },
  { "host/", "g_usleep", FALSE, "wait for the event itself" },
  { "plugin/", "g_usleep", FALSE, "wait for the event itself" },
  { "plugin/", "g_timeout_add", TRUE, "lands on the host's context: attach a source" },
  { "plugin/", "g_idle_add", TRUE, "lands on the host's context: attach a source" },
  { "plugin/", "g_unix_fd_add", TRUE, "lands on the host's context: attach a source" },
  { "plugin/", "g_child_watch_add", TRUE, "lands on the host's context: attach a source" },
  { "plugin/domain/", "g_get_monotonic_time", FALSE, "the domain is told the time" },
  { "plugin/domain/", "g_get_real_time", FALSE, "the domain is told the time" },
  { "plugin/domain/", "g_date_time_new_now", TRUE, "the domain is told the time" },
  { "plugin/domain/", "clock_gettime", FALSE, "the domain is told the time" },
  { "plugin/domain/", "g_random_", TRUE, "the domain is told its seed" },
  { "plugin/domain/", "g_getenv", FALSE, "the domain is told its settings" },
  { "plugin/domain/", "g_file_", TRUE, "the domain does no I/O" },
  { "plugin/domain/", "g_log", TRUE, "the domain does no I/O" },
  { "plugin/domain/", "g_print", TRUE, "the domain does no I/O" },
};

static void G_GNUC_PRINTF (4, 5)
    offend (GPtrArray *offences, const CSource *source, guint line, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_add (offences, g_strdup_printf ("%s:%u: %s", source->path, line, text));
}

static const CFunction *
get_function (const CSource *source, guint index)
{
  return &g_array_index (source->functions, CFunction, index);
}

void
lint_check_function_length (const CSource *source, GPtrArray *offences)
{
  for (guint i = 0; i < source->functions->len; i++)
    {
      const CFunction *function = get_function (source, i);
      const guint n_lines = function->last_line - function->line + 1;

      if (n_lines > MAX_FUNCTION_LINES)
        offend (offences, source, function->line, "%s() has %u lines, %d are the most",
                function->name, n_lines, MAX_FUNCTION_LINES);
    }
}

void
lint_check_file_length (const CSource *source, GPtrArray *offences)
{
  if (source->n_lines > MAX_FILE_LINES)
    offend (offences, source, source->n_lines, "the file has %u lines, %d are the most",
            source->n_lines, MAX_FILE_LINES);
}

void
lint_check_nesting (const CSource *source, GPtrArray *offences)
{
  for (guint i = 0; i < source->functions->len; i++)
    {
      const CFunction *function = get_function (source, i);

      if (function->nesting > MAX_NESTING)
        offend (offences, source, function->line, "%s() nests %u levels deep, %d are the most",
                function->name, function->nesting, MAX_NESTING);
    }
}

static gboolean
may_have_many_parameters (const char *function)
{
  for (guint i = 0; i < G_N_ELEMENTS (exempt_from_parameters); i++)
    if (g_str_equal (exempt_from_parameters[i].function, function))
      return TRUE;
  return FALSE;
}

void
lint_check_parameters (const CSource *source, GPtrArray *offences)
{
  for (guint i = 0; i < source->functions->len; i++)
    {
      const CFunction *function = get_function (source, i);

      if (function->n_parameters > MAX_PARAMETERS && !may_have_many_parameters (function->name))
        offend (offences, source, function->line, "%s() has %u parameters, %d are the most",
                function->name, function->n_parameters, MAX_PARAMETERS);
    }
}

void
lint_check_license (const CSource *source, GPtrArray *offences)
{
  const CComment *purpose = NULL;

  if (!g_str_has_prefix (source->text, "/* SPDX-License-Identifier: MIT */\n"))
    offend (offences, source, 1, "the first line does not name the licence");
  if (source->comments->len > 1)
    purpose = &g_array_index (source->comments, CComment, 1);
  if (purpose == NULL || purpose->line != 2 || purpose->next_token != 0)
    offend (offences, source, 2, "no comment says what the file is for");
}

static const Layer *
find_layer (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    if (g_str_has_prefix (path, layers[i].folder))
      return &layers[i];
  return NULL;
}

static gboolean
may_include (const Layer *layer, const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (layer->allowed) && layer->allowed[i] != NULL; i++)
    if (g_str_has_prefix (path, layer->allowed[i]))
      return TRUE;
  return FALSE;
}

/* The port names GCancellable, so its header alone may use gio's. */
static gboolean
may_domain_include (const char *source_path, const char *header)
{
  if (g_str_equal (header, "gio/gio.h"))
    return g_str_equal (source_path, "plugin/domain/video-generation-port.h");
  for (guint i = 0; i < G_N_ELEMENTS (domain_headers); i++)
    if (g_str_equal (header, domain_headers[i]))
      return TRUE;
  return FALSE;
}

void
lint_check_layers (const CSource *source, GPtrArray *offences)
{
  const Layer *layer = find_layer (source->path);
  const gboolean is_domain = g_str_has_prefix (source->path, "plugin/domain/");

  for (guint i = 0; layer != NULL && i < source->includes->len; i++)
    {
      const CInclude *include = &g_array_index (source->includes, CInclude, i);

      if (!include->is_system && !may_include (layer, include->path))
        offend (offences, source, include->line, "%s must not include \"%s\"", layer->folder,
                include->path);
      if (include->is_system && is_domain && !may_domain_include (source->path, include->path))
        offend (offences, source, include->line, "%s is pure: not <%s>", layer->folder,
                include->path);
    }
}

static gboolean
is_banned (const CSource *source, guint index, const Ban *ban)
{
  const CToken *token = &g_array_index (source->tokens, CToken, index);
  const gsize length = strlen (ban->word);

  if (!token->is_word || !g_str_has_prefix (source->path, ban->folder))
    return FALSE;
  if (token->length < length || strncmp (token->start, ban->word, length) != 0)
    return FALSE;
  return ban->is_prefix || token->length == length;
}

/* A name that is no call, such as a field called "sleep", is nobody's offence. */
static gboolean
is_use (const CSource *source, guint index)
{
  return c_source_token_is (source, index, "goto") || c_source_token_is (source, index + 1, "(");
}

void
lint_check_calls (const CSource *source, GPtrArray *offences)
{
  for (guint i = 0; i < source->tokens->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (bans); k++)
      if (is_banned (source, i, &bans[k]) && is_use (source, i))
        offend (offences, source, g_array_index (source->tokens, CToken, i).line, "%s: %s",
                bans[k].word, bans[k].reason);
}

/* The comment that ends right above a function. */
static const CComment *
find_doc_block (const CSource *source, const CFunction *function)
{
  for (guint i = source->comments->len; i > 0; i--)
    {
      const CComment *comment = &g_array_index (source->comments, CComment, i - 1);

      if (comment->next_token == function->first_token)
        return g_str_has_prefix (comment->text, "/**") ? comment : NULL;
    }
  return NULL;
}

static gboolean
is_documented_header (const char *path)
{
  return g_str_has_suffix (path, ".h")
         && (g_str_has_prefix (path, "host/") || g_str_has_prefix (path, "plugin/")
             || g_str_has_prefix (path, "include/"));
}

void
lint_check_doc_blocks (const CSource *source, GPtrArray *offences)
{
  static const char *const labels[] = { "Thread:", "Blocks:", "Errors:", "Returns:" };

  if (!is_documented_header (source->path))
    return;
  for (guint i = 0; i < source->functions->len; i++)
    {
      const CFunction *function = get_function (source, i);
      const CComment *comment = find_doc_block (source, function);
      const guint n_labels = function->returns ? 4 : 3;

      /* Declared for GLib's error macros, or another's function: nothing to say about it here. */
      if (g_str_has_suffix (function->name, "_error_quark")
          || g_str_has_prefix (function->name, "__"))
        continue;
      if (comment == NULL || strstr (comment->text, function->name) == NULL)
        {
          offend (offences, source, function->line, "%s() has no doc block", function->name);
          continue;
        }
      for (guint k = 0; k < n_labels; k++)
        if (strstr (comment->text, labels[k]) == NULL)
          offend (offences, source, function->line, "%s(): its doc block lacks \"%s\"",
                  function->name, labels[k]);
    }
}
