/* SPDX-License-Identifier: MIT */
/*
 * CSource: a C file as tokens, comments, includes and functions, as far as the lint rules need
 * them.
 *
 * It does not preprocess: directives are skipped, except that includes are noted. It knows the
 * layout that the tree's formatter makes. For tests; any thread; shares nothing.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** CToken: a word, a number, a literal or one character of punctuation. */
typedef struct
{
  const char *start; /* (borrowed) in the source's text */
  gsize length;
  guint line;
  gboolean is_word; /* identifier or keyword */
} CToken;

/** CComment: one comment, delimiters included. */
typedef struct
{
  char *text; /* (owned) */
  guint line;
  guint next_token; /* index of the first token behind it */
} CComment;

/** CInclude: one include directive. */
typedef struct
{
  char *path; /* (owned) without delimiters */
  guint line;
  gboolean is_system; /* in angle brackets */
} CInclude;

/** CFunction: a definition or a declaration at file level. */
typedef struct
{
  char *name;        /* (owned) */
  guint line;        /* of the name */
  guint first_token; /* of the whole declaration, return type included */
  guint last_line;   /* of the closing brace; that of the name for a declaration */
  guint n_parameters;
  guint nesting; /* deepest statement below the body: 0 = straight code */
  gboolean is_definition;
  gboolean returns; /* something other than void */
} CFunction;

/** CSource: fields are read-only outside. */
typedef struct
{
  char *path; /* (owned) relative to the tree; decides which rules apply */
  char *text; /* (owned) */
  guint n_lines;
  GArray *tokens;    /* (owned) of CToken */
  GArray *comments;  /* (owned) of CComment */
  GArray *includes;  /* (owned) of CInclude */
  GArray *functions; /* (owned) of CFunction */
} CSource;

/**
 * c_source_new: reads a text.
 * @path: what the rules shall take it for
 * @text: NUL-terminated
 * Thread: any. Blocks: no. Errors: none: what is no C gives odd tokens.
 * Returns: (transfer full)
 */
CSource *c_source_new (const char *path, const char *text);

/**
 * c_source_free: frees a source.
 * @source: (transfer full) (nullable)
 * Thread: any. Blocks: no. Errors: none.
 */
void c_source_free (CSource *source);

/**
 * c_source_token_is: is the token at an index exactly this text?
 * @index: beyond the end is no token, and none
 * Thread: any. Blocks: no. Errors: none.
 * Returns: whether it is
 */
gboolean c_source_token_is (const CSource *source, guint index, const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CSource, c_source_free)

G_END_DECLS
