/* SPDX-License-Identifier: MIT */
/*
 * Veo3JobCodec: jobs.json as text <-> the jobs of a run. What it does not know survives rewriting.
 * No I/O: the store's files are Veo3JobStore's.
 */
#pragma once

#include "plugin/application/veo3-json.h"
#include "plugin/domain/veo3-job.h"

G_BEGIN_DECLS

#define VEO3_JOBS_SCHEMA_VERSION 1

/** Veo3JobDocument: jobs.json. Belongs to one thread at a time. */
typedef struct
{
  char *run_id;              /* (owned) (nullable) */
  char *provider;            /* (owned) (nullable) */
  char *model;               /* (owned) (nullable) */
  gboolean has_version;      /* it is ours, not the Python original's */
  gboolean has_foreign_keys; /* without a version, and with keys that are not made by our rule */
  /* (owned) the document as it was read or last written; the home of unknown members */
  Veo3JsonObject *root;
  GHashTable *objects; /* (owned) idempotent_key -> Veo3JobImage: the jobs' own JSON */
} Veo3JobDocument;

/**
 * veo3_job_document_new: an empty document. Thread: any. Blocks: no. Returns: (transfer full).
 * Errors: none.
 */
Veo3JobDocument *veo3_job_document_new (void);

/** veo3_job_document_free: accepts NULL. Thread: the owner's. Blocks: no. Errors: none. */
void veo3_job_document_free (Veo3JobDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Veo3JobDocument, veo3_job_document_free)

/**
 * veo3_job_codec_parse: reads a document.
 * @name: what the file is called in messages
 * @ret_jobs: (out) (transfer full) (element-type Veo3Job): untouched on failure
 * Thread: any. Blocks: no.
 * Errors: G_IO_ERROR_INVALID_DATA: not JSON, or a field that makes no sense, named;
 *   G_IO_ERROR_NOT_SUPPORTED: written by a newer version.
 * Returns: (transfer full) (nullable)
 */
Veo3JobDocument *veo3_job_codec_parse (const char *name,
                                       const char *text,
                                       gsize length_bytes,
                                       GPtrArray **ret_jobs,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * veo3_job_codec_format: writes the jobs.
 *
 * The text of each job that has changed is parsed again and its operation name compared before it
 * is given out: without memory json-c saves null in place of a string.
 * @jobs: (element-type Veo3Job)
 * Thread: the document's. Blocks: no.
 * Errors: G_IO_ERROR_FAILED: out of memory inside json-c.
 * Returns: (transfer full) (nullable)
 */
char *veo3_job_codec_format (Veo3JobDocument *document,
                             GPtrArray *jobs,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
