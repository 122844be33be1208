/* SPDX-License-Identifier: MIT */
/*
 * ClipShelf: beginnings of clips whose transfer was cut, until the next try. They are kept as open
 * files: what another process, or a run before, has left behind is never continued, since nobody
 * knows any more what it is the beginning of.
 */
#pragma once

#include "plugin/adapters/clip-file.h"
#include "plugin/adapters/clip-resume.h"

G_BEGIN_DECLS

/* So many at most; each keeps two files open. */
#define CLIP_SHELF_MAX 32

typedef struct _ClipShelf ClipShelf;

/** ClipShelfPlace: what identifies a beginning. Borrowed by calls. */
typedef struct
{
  int dir_fd;            /* the folder it is in */
  const char *file_name; /* final name in it */
  const char *address;   /* where it comes from */
} ClipShelfPlace;

/**
 * clip_shelf_new: an empty one.
 * Thread: the worker, like every function here. Blocks: no. Errors: none.
 * Returns: (transfer full)
 */
ClipShelf *clip_shelf_new (void);

/**
 * clip_shelf_put: keeps a beginning, unless there are too many.
 * @file: (transfer full): its beginning
 * @resume: (inout): emptied
 * Thread: the worker. Blocks: on fstat(2), unlink(2). Errors: none.
 */
void
clip_shelf_put (ClipShelf *self, const ClipShelfPlace *place, ClipFile *file, ClipResume *resume);

/**
 * clip_shelf_take: gives back what was kept for a place. What is there of another address, or was
 * touched by others, is dropped.
 * @ret_resume: (out caller-allocates): what is known of it; zeroed before
 * Thread: the worker. Blocks: on fstat(2), unlink(2). Errors: none.
 * Returns: (transfer full) (nullable): NULL = begin anew
 */
ClipFile *clip_shelf_take (ClipShelf *self, const ClipShelfPlace *place, ClipResume *ret_resume);

/**
 * clip_shelf_free: drops what is kept. Accepts NULL.
 * Thread: the worker. Blocks: on unlink(2). Errors: none.
 */
void clip_shelf_free (ClipShelf *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ClipShelf, clip_shelf_free)

G_END_DECLS
