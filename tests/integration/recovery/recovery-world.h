/* SPDX-License-Identifier: MIT */
/*
 * RecoveryWorld: a workspace in which one whole run of the real plugin has ended well against an
 * emulator, kept as a master copy. A test takes a fresh copy of it, changes what a run that had
 * ended otherwise would have left, starts the program, and asks the emulator's log what was sent
 * since. The operations in jobs.json are the emulator's own and can be polled as often as one
 * likes.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "tests/integration/veo3/veo3-test.h"

G_BEGIN_DECLS

typedef struct
{
  Veo3Test *test;        /* (owned) workspace "ws"; the master copy is "done" */
  char **variants;       /* (owned) (const after new) */
  guint log_start;       /* lines of the emulator's log when the present case began */
  json_object *document; /* (owned) (nullable) jobs.json of the present case, to be changed */
} RecoveryWorld;

/** RecoveryWish: what publishing-assets.json asks for. */
typedef struct
{
  const char *suffix;    /* (nullable) appended to every prompt */
  int duration_s;        /* of every clip */
  gboolean has_variants; /* the variants of the world are among the entries */
  gboolean is_reversed;  /* in reverse order */
  const char *extra;     /* (nullable) one more variant, in front */
} RecoveryWish;

/* What the world was made with. */
#define RECOVERY_SAME_WISH ((RecoveryWish){ .duration_s = 6, .has_variants = TRUE })

/**
 * recovery_world_use_memory: lets scratch folders lie in memory, where there is such a file system:
 * what the disk keeps is not the subject here, and a busy one makes every save slow.
 * Thread: main, before anything else. Blocks: no. Errors: none. Returns: nothing.
 */
void recovery_world_use_memory (void);

/**
 * recovery_world_new: lets a run make one clip of each variant and keeps what it left.
 * @variants: (array zero-terminated=1)
 * @script: (nullable): scenario of the emulator
 * Thread: any, then the owner's. Blocks: until the run has ended. Errors: asserted.
 * Returns: (transfer full)
 */
RecoveryWorld *recovery_world_new (const char *const *variants, const char *script);

/**
 * recovery_world_free: accepts NULL.
 * Thread: owner. Blocks: until the emulator has ended. Errors: none. Returns: nothing.
 */
void recovery_world_free (RecoveryWorld *self);

/**
 * recovery_world_begin: the workspace is as the run left it; requests are counted from here on.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void recovery_world_begin (RecoveryWorld *self);

/**
 * recovery_world_copy: copies a folder, all attributes kept.
 * @from: such as "ws"
 * @to: must not exist
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void recovery_world_copy (RecoveryWorld *self, const char *from, const char *to);

/**
 * recovery_world_interrupt: run.json becomes that of a process that died in VEO3_AWAIT.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void recovery_world_interrupt (RecoveryWorld *self);

/**
 * recovery_world_ask: writes the wishes, as CONTENT would and as CONTENT will.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void recovery_world_ask (RecoveryWorld *self, RecoveryWish wish);

/**
 * recovery_world_job: the job in the document of the present case.
 * Thread: owner. Blocks: no. Errors: asserted: no such job. Returns: (transfer none).
 */
json_object *recovery_world_job (RecoveryWorld *self, const char *variant);

/**
 * recovery_world_set: changes a member of that job.
 * @value: (nullable): a string; NULL = null
 * Thread: owner. Blocks: no. Errors: asserted. Returns: nothing.
 */
void recovery_world_set (RecoveryWorld *self,
                         const char *variant,
                         const char *member,
                         const char *value);

/**
 * recovery_world_save: writes the document to jobs.json.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void recovery_world_save (RecoveryWorld *self);

/**
 * recovery_world_put: puts bytes in the place of a file of the workspace.
 * @name: such as "veo3/jobs.json"
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: nothing.
 */
void recovery_world_put (RecoveryWorld *self, const char *name, const char *bytes, gsize length);

/**
 * recovery_world_clip: where the clip of a variant is.
 * Thread: owner. Blocks: no. Errors: none. Returns: (transfer full): absolute path.
 */
char *recovery_world_clip (RecoveryWorld *self, const char *variant);

/**
 * recovery_world_count: requests the emulator has received completely since the case began.
 * @kind: such as "submit"
 * @words: (nullable): only log lines that hold them
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: the number.
 */
guint recovery_world_count (RecoveryWorld *self, const char *kind, const char *words);

/**
 * recovery_world_count_submits: paid requests for one variant since the case began.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: the number.
 */
guint recovery_world_count_submits (RecoveryWorld *self, const char *variant);

/**
 * recovery_world_count_files: files in a folder of the workspace whose name begins with @prefix.
 * @folder: such as "veo3"
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: the number.
 */
guint recovery_world_count_files (RecoveryWorld *self, const char *folder, const char *prefix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RecoveryWorld, recovery_world_free)

G_END_DECLS
