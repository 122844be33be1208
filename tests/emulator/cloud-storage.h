/* SPDX-License-Identifier: MIT */
/*
 * CloudStorage: the buckets into which Vertex writes clips, and the JSON API that reads them:
 * GET /storage/v1/b/{bucket}/o/{object}[?alt=media].
 * Source: https://cloud.google.com/storage/docs/json_api/v1/objects/get
 */
#pragma once

#include "tests/emulator/emulator-wire.h"
#include "tests/emulator/operation-store.h"

G_BEGIN_DECLS

#define CLOUD_STORAGE_PREFIX "/storage/v1/b/"

typedef struct _CloudStorage CloudStorage;

/**
 * cloud_storage_new:
 *
 * Thread: any, which is its owner then. Blocks: no. Errors: none.
 * Returns: (transfer full): a storage without any object
 */
CloudStorage *cloud_storage_new (void);

/**
 * cloud_storage_free:
 * @self: (nullable) (transfer full): a storage
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void cloud_storage_free (CloudStorage *self);

/**
 * cloud_storage_add:
 * @self: a storage
 * @uri: gs://BUCKET/OBJECT
 * @operation: (transfer none): outlives the storage; its clip is the object once it is done
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: nothing
 */
void cloud_storage_add (CloudStorage *self, const gchar *uri, Operation *operation);

/**
 * cloud_storage_find:
 * @self: a storage
 * @request: with a path below CLOUD_STORAGE_PREFIX, its object escaped as one segment
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): the operation whose clip is asked for, if it is there
 */
Operation *cloud_storage_find (CloudStorage *self, const EmulatorRequest *request);

/**
 * cloud_storage_serve:
 * @operation: of cloud_storage_find()
 * @request: alt, Range and If-Range count
 * @fault: (nullable): as gemini_files_serve_content()
 *
 * Answers with the object, or with what is to be said about it.
 *
 * Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer full): the answer
 */
EmulatorAnswer *cloud_storage_serve (Operation *operation,
                                     const EmulatorRequest *request,
                                     const EmulatorFault *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CloudStorage, cloud_storage_free)

G_END_DECLS
