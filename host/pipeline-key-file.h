/* SPDX-License-Identifier: MIT */
/*
 * PipelineKeyFile: a pipeline file as groups and entries with their line numbers, plus the
 * `--set` overrides. GKeyFile decides what a value means (escapes, lists); the scanner in front of
 * it sees what GKeyFile lets pass or stops at: it reports every bad line, duplicate groups and
 * keys. Knows the syntax only, not which keys exist. Parse, override, then read only; any one
 * thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A larger file is no pipeline. */
#define PIPELINE_KEY_FILE_MAX_BYTES (1024 * 1024)

/** PipelineKeyFileEntry: one `key=value`. */
typedef struct
{
  char *key;   /* (owned) */
  char *raw;   /* (owned) value as written, outer blanks removed; of overrides escaped likewise */
  char *value; /* (owned) (nullable) decoded as a string; NULL = bad escape (reported) */
  guint line;  /* 1-based; 0 = from `--set` */
} PipelineKeyFileEntry;

/** PipelineKeyFileGroup: one `[name]`, or a group that only `--set` speaks of. */
typedef struct
{
  char *name;         /* (owned) */
  guint line;         /* 1-based; 0 = from `--set` */
  GPtrArray *entries; /* (owned) PipelineKeyFileEntry, in file order, keys unique */
  GHashTable *by_key; /* (owned) key -> entry (borrowed) */
} PipelineKeyFileGroup;

/** PipelineKeyFile: the whole of it. */
typedef struct
{
  char *file;          /* (owned) name for messages */
  GPtrArray *groups;   /* (owned) PipelineKeyFileGroup, in file order, names unique */
  GHashTable *by_name; /* (owned) name -> group (borrowed) */
} PipelineKeyFile;

/**
 * pipeline_key_file_parse: scans text. CRLF line ends are fine.
 * @data: (array length=length): need not be NUL-terminated nor UTF-8 (reported).
 * @file: name for messages.
 * @problems: (inout): gets every finding.
 * Thread: any. Blocks: no. Errors: none; see @problems.
 * Returns: (transfer full): what could be read, even with errors: of duplicates the first.
 */
PipelineKeyFile *
pipeline_key_file_parse (const char *data, gsize length, const char *file, GPtrArray *problems);

/**
 * pipeline_key_file_override: applies one `GROUP.KEY=VALUE`. GROUP is `input`, `pipeline`,
 * `stage X` or `X` for short (upper case), `plugin NAME` or `NAME` for short. VALUE is taken
 * literally: no escapes. A later override of the same key wins.
 * Thread: any. Blocks: no. Errors: none; see @problems.
 * Returns: nothing.
 */
void
pipeline_key_file_override (PipelineKeyFile *self, const char *assignment, GPtrArray *problems);

/**
 * pipeline_key_file_group: finds a group.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none) (nullable).
 */
const PipelineKeyFileGroup *pipeline_key_file_group (const PipelineKeyFile *self, const char *name);

/**
 * pipeline_key_file_entry: finds an entry.
 * @group: (nullable).
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none) (nullable).
 */
const PipelineKeyFileEntry *pipeline_key_file_entry (const PipelineKeyFileGroup *group,
                                                     const char *key);

/**
 * pipeline_key_file_origin: where an entry stands, for the `file` of a problem; its line goes with
 * it.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full): the file's name, or "--set GROUP.KEY".
 */
char *pipeline_key_file_origin (const PipelineKeyFile *self,
                                const PipelineKeyFileGroup *group,
                                const PipelineKeyFileEntry *entry);

/**
 * pipeline_key_file_list: splits an entry's value at ';' the way GKeyFile does; blanks around
 * elements and empty elements are dropped.
 * @entry: (nullable): NULL gives an empty list.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (array zero-terminated=1).
 */
char **pipeline_key_file_list (const PipelineKeyFileEntry *entry);

/**
 * pipeline_key_file_free: frees it.
 * @self: (transfer full) (nullable).
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void pipeline_key_file_free (PipelineKeyFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PipelineKeyFile, pipeline_key_file_free)

G_END_DECLS
