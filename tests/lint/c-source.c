/* SPDX-License-Identifier: MIT */
/*
 * CSource: a tokenizer, a finder of functions, and a walker of statements that measures nesting.
 * Must not need a compiler: lint has to work on code that does not build. Any thread.
 */
#include "tests/lint/c-source.h"

#include <string.h>

/* Where the tokenizer stands. */
typedef struct
{
  CSource *source;
  const char *at;
  guint line;
  gboolean line_has_token; /* a '#' behind one is no directive */
} Scanner;

/* Where the walker stands. */
typedef struct
{
  const CSource *source;
  guint at;  /* token */
  guint end; /* token behind the body's closing brace */
  guint deepest;
} Walker;

static void
comment_clear (gpointer data)
{
  g_free (((CComment *)data)->text);
}

static void
include_clear (gpointer data)
{
  g_free (((CInclude *)data)->path);
}

static void
function_clear (gpointer data)
{
  g_free (((CFunction *)data)->name);
}

static const CToken *
get_token (const CSource *source, guint index)
{
  return &g_array_index (source->tokens, CToken, index);
}

gboolean
c_source_token_is (const CSource *source, guint index, const char *text)
{
  const CToken *token;

  if (index >= source->tokens->len)
    return FALSE;
  token = get_token (source, index);
  return strlen (text) == token->length && memcmp (text, token->start, token->length) == 0;
}

static void
advance_to (Scanner *scanner, const char *end)
{
  for (; scanner->at < end; scanner->at++)
    if (*scanner->at == '\n')
      {
        scanner->line++;
        scanner->line_has_token = FALSE;
      }
}

static void
scan_comment (Scanner *scanner)
{
  const gboolean is_line = scanner->at[1] == '/';
  const char *close = strstr (scanner->at + 2, is_line ? "\n" : "*/");
  const char *end = close == NULL ? scanner->at + strlen (scanner->at) : close + (is_line ? 0 : 2);
  const CComment comment = {
    .text = g_strndup (scanner->at, (gsize)(end - scanner->at)),
    .line = scanner->line,
    .next_token = scanner->source->tokens->len,
  };

  g_array_append_val (scanner->source->comments, comment);
  advance_to (scanner, end);
}

static void
note_include (Scanner *scanner, const char *directive)
{
  const char *open = directive + strcspn (directive, "<\"\n");
  const char *close;
  CInclude include = { .line = scanner->line };

  if (*open != '<' && *open != '"')
    return;
  close = open + 1 + strcspn (open + 1, ">\"\n");
  include.path = g_strndup (open + 1, (gsize)(close - open - 1));
  include.is_system = *open == '<';
  g_array_append_val (scanner->source->includes, include);
}

/* Passes over a directive and its continuation lines. */
static void
scan_directive (Scanner *scanner)
{
  const char *word = scanner->at + 1 + strspn (scanner->at + 1, " \t");
  const char *end = scanner->at;

  if (g_str_has_prefix (word, "include"))
    note_include (scanner, word);
  while (*end != '\0' && (*end != '\n' || end[-1] == '\\'))
    end++;
  advance_to (scanner, end);
}

static const char *
find_literal_end (const char *start)
{
  const char *end = start + 1;

  while (*end != '\0' && *end != *start)
    end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
  return *end == '\0' ? end : end + 1;
}

static void
scan_token (Scanner *scanner)
{
  const char *end = scanner->at + 1;
  CToken token = { .start = scanner->at, .line = scanner->line };

  if (g_ascii_isalpha (*scanner->at) || *scanner->at == '_')
    {
      token.is_word = TRUE;
      while (g_ascii_isalnum (*end) || *end == '_')
        end++;
    }
  else if (*scanner->at == '"' || *scanner->at == '\'')
    end = find_literal_end (scanner->at);
  else if (g_ascii_isdigit (*scanner->at))
    while (g_ascii_isalnum (*end) || *end == '.')
      end++;
  token.length = (gsize)(end - scanner->at);
  g_array_append_val (scanner->source->tokens, token);
  advance_to (scanner, end);
  scanner->line_has_token = TRUE;
}

static void
scan (CSource *source)
{
  Scanner scanner = { .source = source, .at = source->text, .line = 1 };

  while (*scanner.at != '\0')
    {
      if (g_ascii_isspace (*scanner.at))
        advance_to (&scanner, scanner.at + 1);
      else if (scanner.at[0] == '/' && (scanner.at[1] == '*' || scanner.at[1] == '/'))
        scan_comment (&scanner);
      else if (*scanner.at == '#' && !scanner.line_has_token)
        scan_directive (&scanner);
      else
        scan_token (&scanner);
    }
  source->n_lines
      = scanner.at > source->text && scanner.at[-1] == '\n' ? scanner.line - 1 : scanner.line;
}

/* The index behind the bracket that closes the one at @index. */
static guint
skip_brackets (const CSource *source, guint index)
{
  guint depth = 0;

  for (; index < source->tokens->len; index++)
    {
      const char c = *get_token (source, index)->start;

      if (c == '(' || c == '{' || c == '[')
        depth++;
      else if ((c == ')' || c == '}' || c == ']') && --depth == 0)
        return index + 1;
    }
  return index;
}

static gboolean
walker_is_at (const Walker *walker, const char *text)
{
  return walker->at < walker->end && c_source_token_is (walker->source, walker->at, text);
}

/* Passes over an expression, declaration or label. Returns: whether a block follows it: the body of
 * a macro that loops. */
static gboolean
walk_simple (Walker *walker)
{
  const guint first = walker->at;

  while (walker->at < walker->end)
    {
      const CToken *token = get_token (walker->source, walker->at);
      const CToken *before = walker->at > first ? token - 1 : NULL;

      if (*token->start == '{' && before != NULL && *before->start == ')'
          && token->line > before->line)
        return TRUE;
      if (*token->start == '(' || *token->start == '{' || *token->start == '[')
        {
          walker->at = skip_brackets (walker->source, walker->at);
          continue;
        }
      walker->at++;
      if (*token->start == ';')
        return FALSE;
    }
  return FALSE;
}

static void
walk_label (Walker *walker)
{
  while (walker->at < walker->end && !walker_is_at (walker, ":"))
    walker->at++;
  walker->at++;
}

static void walk_statement (Walker *walker, guint depth);

static void
walk_block (Walker *walker, guint depth)
{
  walker->at++;
  while (walker->at < walker->end && !walker_is_at (walker, "}"))
    walk_statement (walker, depth);
  walker->at++;
}

static void
walk_if (Walker *walker, guint depth)
{
  walker->at = skip_brackets (walker->source, walker->at + 1);
  walk_statement (walker, depth + 1);
  if (!walker_is_at (walker, "else"))
    return;
  walker->at++;
  /* A chain of "else if" reads as one decision. */
  walk_statement (walker, walker_is_at (walker, "if") ? depth : depth + 1);
}

static void
walk_statement (Walker *walker, guint depth)
{
  walker->deepest = MAX (walker->deepest, depth);
  if (walker_is_at (walker, "{"))
    walk_block (walker, depth);
  else if (walker_is_at (walker, "if"))
    walk_if (walker, depth);
  else if (walker_is_at (walker, "for") || walker_is_at (walker, "while")
           || walker_is_at (walker, "switch"))
    {
      walker->at = skip_brackets (walker->source, walker->at + 1);
      walk_statement (walker, depth + 1);
    }
  else if (walker_is_at (walker, "do"))
    {
      walker->at++;
      walk_statement (walker, depth + 1);
    }
  else if (walker_is_at (walker, "case") || walker_is_at (walker, "default"))
    walk_label (walker);
  else if (walk_simple (walker))
    walk_statement (walker, depth + 1);
}

/* Counts what stands between the parentheses at @open; "..." is no parameter. */
static guint
count_parameters (const CSource *source, guint open)
{
  const guint end = skip_brackets (source, open) - 1;
  guint n = 1;

  if (end == open + 1 || (end == open + 2 && c_source_token_is (source, open + 1, "void")))
    return 0;
  for (guint i = open + 1; i < end; i++)
    if (c_source_token_is (source, i, "("))
      i = skip_brackets (source, i) - 1;
    else if (c_source_token_is (source, i, ",") && !c_source_token_is (source, i + 1, "."))
      n++;
  return n;
}

static gboolean
returns_something (const CSource *source, guint first, guint name)
{
  for (guint i = first; i < name; i++)
    if (c_source_token_is (source, i, "void"))
      return c_source_token_is (source, i + 1, "*");
  return TRUE;
}

/* Notes the function whose parameters open at @open. Returns: the index behind it. */
static guint
add_function (CSource *source, guint first, guint open)
{
  const CToken *name = get_token (source, open - 1);
  guint after = skip_brackets (source, open);
  CFunction function = {
    .name = g_strndup (name->start, name->length),
    .line = name->line,
    .last_line = name->line,
    .first_token = first,
    .n_parameters = count_parameters (source, open),
    .returns = returns_something (source, first, open - 1),
  };

  function.is_definition = c_source_token_is (source, after, "{");
  if (function.is_definition)
    {
      Walker walker = { .source = source, .at = after, .end = skip_brackets (source, after) };

      walk_block (&walker, 0);
      after = walker.end;
      function.last_line = get_token (source, after - 1)->line;
      function.nesting = walker.deepest;
    }
  g_array_append_val (source->functions, function);
  return after;
}

/* A macro call at file level, such as G_DEFINE_QUARK (…), written in capitals, without semicolon.
 */
static gboolean
is_macro_call (const CSource *source, guint index)
{
  const CToken *token = get_token (source, index);

  for (gsize i = 0; i < token->length; i++)
    if (!g_ascii_isupper (token->start[i]) && !g_ascii_isdigit (token->start[i])
        && token->start[i] != '_')
      return FALSE;
  return token->is_word && c_source_token_is (source, index + 1, "(");
}

/* Passes over one thing at file level, noting it when it is a function. Returns: what is behind. */
static guint
find_function (CSource *source, guint first)
{
  const gboolean is_typedef = c_source_token_is (source, first, "typedef");
  guint i = first;

  if (is_macro_call (source, first))
    return skip_brackets (source, first + 1);
  while (i < source->tokens->len)
    {
      if (c_source_token_is (source, i, ";"))
        return i + 1;
      if (c_source_token_is (source, i, "(") && !is_typedef && i > first
          && get_token (source, i - 1)->is_word && !is_macro_call (source, i - 1))
        {
          i = add_function (source, first, i);
          if (c_source_token_is (source, i - 1, "}"))
            return i;
          while (i < source->tokens->len && !c_source_token_is (source, i, ";"))
            i++;
          return i + 1;
        }
      if (c_source_token_is (source, i, "(") || c_source_token_is (source, i, "{")
          || c_source_token_is (source, i, "["))
        i = skip_brackets (source, i);
      else
        i++;
    }
  return i;
}

CSource *
c_source_new (const char *path, const char *text)
{
  CSource *source = g_new0 (CSource, 1);

  source->path = g_strdup (path);
  source->text = g_strdup (text);
  source->tokens = g_array_new (FALSE, FALSE, sizeof (CToken));
  source->comments = g_array_new (FALSE, FALSE, sizeof (CComment));
  source->includes = g_array_new (FALSE, FALSE, sizeof (CInclude));
  source->functions = g_array_new (FALSE, FALSE, sizeof (CFunction));
  g_array_set_clear_func (source->comments, comment_clear);
  g_array_set_clear_func (source->includes, include_clear);
  g_array_set_clear_func (source->functions, function_clear);
  scan (source);
  for (guint i = 0; i < source->tokens->len;)
    {
      /* Words in capitals alone, such as G_BEGIN_DECLS, belong to nothing. */
      if (c_source_token_is (source, i, "G_BEGIN_DECLS")
          || c_source_token_is (source, i, "G_END_DECLS"))
        i++;
      else
        i = find_function (source, i);
    }
  return source;
}

void
c_source_free (CSource *source)
{
  if (source == NULL)
    return;
  g_array_unref (source->tokens);
  g_array_unref (source->comments);
  g_array_unref (source->includes);
  g_array_unref (source->functions);
  g_free (source->path);
  g_free (source->text);
  g_free (source);
}
