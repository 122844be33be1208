/* SPDX-License-Identifier: MIT */
/*
 * TestWorkspace: an empty folder of a test's own, removed with all that is in it.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *path; /* (owned) absolute */
  int fd;     /* (owned) */
} TestWorkspace;

/** test_workspace_new: makes the folder. Thread: any. Blocks: on the disk. Errors: assertions. */
TestWorkspace *test_workspace_new (void);

/** test_workspace_free: removes it with its contents. Accepts NULL. Thread: any. */
void test_workspace_free (TestWorkspace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestWorkspace, test_workspace_free)

/** test_workspace_path: where @name is, or would be. Thread: any. Returns: (transfer full). */
char *test_workspace_path (const TestWorkspace *self, const char *name);

/** test_workspace_write: makes or replaces a file. Thread: any. Errors: assertions. */
void test_workspace_write (const TestWorkspace *self, const char *name, const char *text);

/** test_workspace_read: a file's text. Thread: any. Errors: assertions. */
char *test_workspace_read (const TestWorkspace *self, const char *name);

/** test_workspace_exists: is there anything of that name? Thread: any. Errors: none. */
gboolean test_workspace_exists (const TestWorkspace *self, const char *name);

/** test_workspace_make_folder: makes a folder, with its parents. Thread: any. Errors: assertions.
 */
void test_workspace_make_folder (const TestWorkspace *self, const char *name);

/** test_workspace_count: entries of a folder whose name begins with @prefix. Thread: any. */
guint test_workspace_count (const TestWorkspace *self, const char *folder, const char *prefix);

G_END_DECLS
