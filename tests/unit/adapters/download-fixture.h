/* SPDX-License-Identifier: MIT */
/*
 * DownloadFixture: ClipDownload between two scripted servers: the service, whose origin may see the
 * key, and a stranger, who may not. Records how the last download ended.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "plugin/adapters/clip-download.h"
#include "tests/unit/adapters/scripted-server.h"

G_BEGIN_DECLS

#define DOWNLOAD_FIXTURE_KEY "canary-91c3d7"
#define DOWNLOAD_FIXTURE_MAX_BYTES 400000

typedef struct
{
  GMainContext *context;     /* (owned) */
  ScriptedServer *service;   /* (owned) */
  ScriptedServer *stranger;  /* (owned) */
  HttpClient *client;        /* (owned) */
  ClipShelf *shelf;          /* (owned) (nullable) */
  CURLU *origin;             /* (owned) the service's, unless a test changes it */
  const char *key_header;    /* (static) */
  const char *path;          /* (static) of the clip at the service */
  GCancellable *cancellable; /* (owned) */
  char *folder;              /* (owned) */
  int dir_fd;                /* (owned) */
  guint calls;               /* downloads that have ended */
  Veo3DownloadClass klass;   /* of the last one */
  Veo3ErrorCode code;
  guint64 bytes;
  Veo3ClipMedia media;
  char *sha256;  /* (owned) (nullable) */
  char *message; /* (owned) (nullable) */
} DownloadFixture;

/**
 * download_fixture_set_up: servers, a client with a silence of 2 s, a shelf, a folder.
 * @data: unused
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: nothing.
 */
void download_fixture_set_up (DownloadFixture *self, gconstpointer data);

/**
 * download_fixture_set_client: replaces the client.
 * Thread: the test. Blocks: no. Errors: a failed assertion. Returns: nothing.
 */
void download_fixture_set_client (DownloadFixture *self, const HttpClientOptions *options);

/**
 * download_fixture_tear_down: insists that the stranger never saw the key, and that nothing but a
 * finished clip is in the folder once the shelf is gone.
 * @data: unused
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: nothing.
 */
void download_fixture_tear_down (DownloadFixture *self, gconstpointer data);

/**
 * download_fixture_begin: begins to fetch the path of the service: "/clip", if no test changes it.
 * Thread: the test. Blocks: no. Errors: none. Returns: nothing.
 */
void download_fixture_begin (DownloadFixture *self);

/**
 * download_fixture_wait: waits until so many downloads in all have ended; checks that the clip has
 * its name just when it is stored.
 * Thread: the test. Blocks: until then; the deadline fails. Errors: a failed assertion.
 * Returns: the class of the last one.
 */
Veo3DownloadClass download_fixture_wait (DownloadFixture *self, guint calls);

/**
 * download_fixture_fetch: download_fixture_begin() and its end.
 * Thread: the test. Blocks: until then. Errors: a failed assertion. Returns: the class.
 */
Veo3DownloadClass download_fixture_fetch (DownloadFixture *self);

/**
 * download_fixture_assert_stored: the last download stored exactly these bytes and told their
 * checksum. Takes the file away.
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: nothing.
 */
void download_fixture_assert_stored (DownloadFixture *self, const GByteArray *clip);

/**
 * download_fixture_has_part: is there a temporary file?
 * Thread: the test. Blocks: disk. Errors: none. Returns: TRUE if there is.
 */
gboolean download_fixture_has_part (const DownloadFixture *self);

/**
 * download_fixture_dup_header: a header of a request as received.
 * @name: as it is written there
 * Thread: any. Blocks: no. Errors: a failed assertion. Returns: (transfer full) (nullable): value
 */
char *download_fixture_dup_header (ScriptedServer *server, guint index, const char *name);

G_END_DECLS
