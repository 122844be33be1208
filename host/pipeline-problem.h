/* SPDX-License-Identifier: MIT */
/*
 * PipelineProblem: one finding about a pipeline file or an option. Checks collect all of them in
 * a list instead of stopping at the first, so that a file is mended in one go.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A list that has this many findings ends in one that says so, and takes no more: no file needs
 * them, and a hostile one must not fill the memory. */
#define PIPELINE_PROBLEMS_MAX 1000

typedef enum
{
  PIPELINE_PROBLEM_WARNING, /* shown; the run goes on */
  PIPELINE_PROBLEM_ERROR,   /* the pipeline cannot run */
} PipelineProblemSeverity;

/** PipelineProblem: where and what. */
typedef struct
{
  PipelineProblemSeverity severity;
  char *file;    /* (owned) path as the user gave it, or "--set GROUP.KEY" */
  guint line;    /* 1-based; 0 = about the whole file */
  char *message; /* (owned) what is wrong and what to write instead */
} PipelineProblem;

/**
 * pipeline_problems_new: an empty list.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (element-type PipelineProblem): free with g_ptr_array_unref().
 */
GPtrArray *pipeline_problems_new (void);

/**
 * pipeline_problems_add: appends a finding with a printf-style message.
 * @file: copied.
 * @line: 1-based; 0 = about the whole file.
 * Thread: the list's. Blocks: no. Errors: none. Returns: nothing.
 */
void pipeline_problems_add (GPtrArray *problems,
                            PipelineProblemSeverity severity,
                            const char *file,
                            guint line,
                            const char *format,
                            ...) G_GNUC_PRINTF (5, 6);

/**
 * pipeline_problems_have_errors: is there anything worse than a warning?
 * Thread: the list's. Blocks: no. Errors: none. Returns: the answer.
 */
gboolean pipeline_problems_have_errors (const GPtrArray *problems);

/**
 * pipeline_problems_are_full: will further findings be dropped? Then looking for them is a waste.
 * Thread: the list's. Blocks: no. Errors: none. Returns: the answer.
 */
gboolean pipeline_problems_are_full (const GPtrArray *problems);

/**
 * pipeline_problems_sort: orders by line within each file, keeping the order of files and of equal
 * lines.
 * Thread: the list's. Blocks: no. Errors: none. Returns: nothing.
 */
void pipeline_problems_sort (GPtrArray *problems);

/**
 * pipeline_problem_to_string: "file:line: message"; warnings: "file:line: warning: message".
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): one line; control characters of the file are shown escaped.
 */
char *pipeline_problem_to_string (const PipelineProblem *problem);

G_END_DECLS
