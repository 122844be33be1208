/* SPDX-License-Identifier: MIT */
/*
 * Veo3ModelTable: the facts of data/models.ini, which is built into the plugin, or of the file that
 * a user puts in its place. Read once per set of settings, then constant.
 */
#pragma once

#include <gio/gio.h>

#include "plugin/domain/veo3-model.h"

G_BEGIN_DECLS

/** Veo3ModelTable: opaque; constant after new. */
typedef struct _Veo3ModelTable Veo3ModelTable;

/**
 * veo3_model_table_new: reads a table.
 * @models_file: (nullable): absolute path; NULL = the built-in one
 * Thread: any. Blocks: briefly, on the disk, if there is a file.
 * Errors: G_IO_ERROR_INVALID_ARGUMENT: the file cannot be used; names file, group and key, and says
 *   what to do.
 * Returns: (transfer full) (nullable)
 */
Veo3ModelTable *veo3_model_table_new (const char *models_file,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_model_table_new_from_text: the same from a text.
 * @name: of the text, for messages
 * Thread: any. Blocks: no. Errors: like veo3_model_table_new().
 * Returns: (transfer full) (nullable)
 */
Veo3ModelTable *veo3_model_table_new_from_text (const char *text,
                                                const char *name,
                                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/** veo3_model_table_free: accepts NULL. Thread: the owner's. Blocks: no. Errors: none. */
void veo3_model_table_free (Veo3ModelTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3ModelTable, veo3_model_table_free)

/**
 * veo3_model_table_find: the entry for a model: its own, else the provider's for all others.
 * @self: (nullable): NULL = nothing is known of any model
 * @id: (nullable): NULL = the provider's default
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none): lives as long as the table; one that forbids nothing if there is
 * neither
 */
const Veo3Model *
veo3_model_table_find (const Veo3ModelTable *self, const char *provider, const char *id);

/**
 * veo3_model_table_get_default: the model of a provider that is used when none is set.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): its id
 */
const char *veo3_model_table_get_default (const Veo3ModelTable *self, const char *provider);

/**
 * veo3_model_table_get_models: everything that is listed, in the file's order.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (element-type Veo3Model)
 */
GPtrArray *veo3_model_table_get_models (const Veo3ModelTable *self);

/**
 * veo3_model_table_warn: what people should know of a model before it is used: that nobody has
 * listed it, that it is retired and what to set instead.
 * @self: (nullable)
 * @id: (nullable): NULL = the provider's default
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer full) (nullable): a line; NULL = nothing
 */
char *veo3_model_table_warn (const Veo3ModelTable *self, const char *provider, const char *id);

G_END_DECLS
