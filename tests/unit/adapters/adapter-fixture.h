/* SPDX-License-Identifier: MIT */
/*
 * AdapterFixture: a port between two scripted servers: the service, and a stranger that it may
 * name or redirect to. Records how the last call ended; the key is a canary that is searched in
 * everything.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "plugin/adapters/adapter-call.h"
#include "plugin/adapters/http-client.h"
#include "tests/unit/adapters/scripted-server.h"

G_BEGIN_DECLS

#define ADAPTER_FIXTURE_KEY "canary-7f3a91"
#define ADAPTER_FIXTURE_CLIP_NAME "clip.mp4"

/** AdapterMake: what is tested. */
typedef struct
{
  /* Returns: (transfer full): a port to @base_url that uses ADAPTER_FIXTURE_KEY. */
  VideoGenerationPort *(*make) (HttpClient *const *clients, const char *base_url, AdapterLog log);

  const char *key_line; /* header line with the key, "x-goog-api-key: ..." */
} AdapterMake;

typedef struct
{
  const AdapterMake *what;   /* (borrowed) */
  GMainContext *context;     /* (owned) */
  ScriptedServer *service;   /* (owned) */
  ScriptedServer *stranger;  /* (owned) */
  HttpClient *clients[3];    /* (owned) by HttpTraffic */
  VideoGenerationPort *port; /* (owned) */
  GCancellable *cancellable; /* (owned) of all calls */
  GString *log;              /* (owned) what the port wrote, a line each */
  char *folder;              /* (owned) */
  int dir_fd;                /* (owned) */
  guint calls;               /* that have ended */
  int klass;                 /* of the last one */
  Veo3ErrorCode code;
  gint64 retry_after_ms;
  guint64 bytes;
  char *text;    /* (owned) (nullable) operation name, clip URI or checksum */
  char *message; /* (owned) (nullable) */
} AdapterFixture;

/**
 * adapter_fixture_set_up: servers, clients with a silence of 2 s, the port, a folder.
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: nothing.
 */
void adapter_fixture_set_up (AdapterFixture *self, const AdapterMake *what);

/**
 * adapter_fixture_tear_down: insists that the key went to the service alone, in its header, and
 * that nothing but a finished clip is in the folder.
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: nothing.
 */
void adapter_fixture_tear_down (AdapterFixture *self);

/**
 * adapter_fixture_submit: submits a clip of 6 s for the key "run_broll" and waits for the end.
 * Thread: the test. Blocks: until then. Errors: a failed assertion. Returns: the class.
 */
Veo3SubmitClass adapter_fixture_submit (AdapterFixture *self);

/**
 * adapter_fixture_poll: polls an operation and waits for the answer.
 * Thread: the test. Blocks: until then. Errors: a failed assertion. Returns: the class.
 */
Veo3PollClass adapter_fixture_poll (AdapterFixture *self, const char *operation);

/**
 * adapter_fixture_cancel: has an operation stopped and waits for the answer.
 * Thread: the test. Blocks: until then. Errors: a failed assertion. Returns: the class.
 */
Veo3CancelClass adapter_fixture_cancel (AdapterFixture *self, const char *operation);

/**
 * adapter_fixture_begin_download: begins to fetch a clip.
 * Thread: the test. Blocks: no. Errors: none. Returns: nothing.
 */
void adapter_fixture_begin_download (AdapterFixture *self, const char *uri);

/**
 * adapter_fixture_download: fetches a clip and waits for the end; checks that there is a file just
 * when it is stored.
 * Thread: the test. Blocks: until then. Errors: a failed assertion. Returns: the class.
 */
Veo3DownloadClass adapter_fixture_download (AdapterFixture *self, const char *uri);

/**
 * adapter_fixture_wait: waits until so many calls in all have ended, each of them once.
 * Thread: the test. Blocks: until then; the deadline fails. Errors: a failed assertion.
 * Returns: nothing.
 */
void adapter_fixture_wait (AdapterFixture *self, guint calls);

/**
 * adapter_fixture_dup_clip: the stored clip.
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: (transfer full)
 */
GBytes *adapter_fixture_dup_clip (AdapterFixture *self);

G_END_DECLS
