/* SPDX-License-Identifier: MIT */
/*
 * PortTest: the real port to the Gemini API on a context of the test's own, with limits of the
 * test's choice and a folder for clips; it records how each call ended.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "plugin/adapters/http-client.h"
#include "plugin/domain/video-generation-port.h"

G_BEGIN_DECLS

#define PORT_TEST_KEY "canary-5b20c4"
#define PORT_TEST_MODEL "veo-3.1-generate-preview"
#define PORT_TEST_OPERATION "models/" PORT_TEST_MODEL "/operations/3kq8w1x0zt5a"
#define PORT_TEST_ACCEPTED "{\"name\":\"" PORT_TEST_OPERATION "\"}"
#define PORT_TEST_CLIP                                                                             \
  "https://generativelanguage.googleapis.com/v1beta/files/q7d2m0c9xk41:download?alt=media"

/** PortCall: the three operations of the port. */
typedef enum
{
  PORT_SUBMIT,
  PORT_POLL,
  PORT_DOWNLOAD,
  PORT_N_CALLS,
} PortCall;

/** PortEnd: how a call ended. */
typedef struct
{
  int klass; /* a Veo3SubmitClass, Veo3PollClass or Veo3DownloadClass */
  Veo3ErrorCode code;
  gint64 took_us; /* since it was begun */
  char *message;  /* (owned) (nullable) */
} PortEnd;

typedef struct
{
  GMainContext *context;         /* (owned) the thread's default as long as this lives */
  HttpClient *clients[3];        /* (owned) by HttpTraffic */
  VideoGenerationPort *port;     /* (owned) */
  GCancellable *cancellable;     /* (owned) */
  char *folder;                  /* (owned) */
  int dir_fd;                    /* (owned) */
  guint calls;                   /* that have ended */
  gint64 begun_us[PORT_N_CALLS]; /* the last one of each */
  PortEnd ends[PORT_N_CALLS];    /* the last one of each */
} PortTest;

/**
 * port_test_new: a port and its three clients.
 * @base_url: of the service
 * @ca_file: (nullable): whom to trust
 * @options: (nullable): limits of all three clients
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: (transfer full)
 */
PortTest *
port_test_new (const char *base_url, const char *ca_file, const HttpClientOptions *options);

/**
 * port_test_new_through: the same on another way.
 * @network: (nullable): whom to trust and which proxy to use
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: (transfer full)
 */
PortTest *port_test_new_through (const char *base_url,
                                 const HttpNetwork *network,
                                 const HttpClientOptions *options);

/**
 * port_test_begin: begins a call on the usual request, operation or clip.
 * Thread: the test. Blocks: no. Errors: none; the call tells. Returns: nothing.
 */
void port_test_begin (PortTest *self, PortCall call);

/**
 * port_test_wait: waits until so many calls in all have ended, each of them once.
 * Thread: the test. Blocks: until then; the deadline fails. Errors: a failed assertion.
 * Returns: nothing.
 */
void port_test_wait (PortTest *self, guint calls);

/**
 * port_test_call: port_test_begin() and its end.
 * Thread: the test. Blocks: until then. Errors: a failed assertion.
 * Returns: the class, as in PortEnd
 */
int port_test_call (PortTest *self, PortCall call);

/**
 * port_test_free: insists that nothing but finished clips is in the folder. Accepts NULL.
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: nothing.
 */
void port_test_free (PortTest *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PortTest, port_test_free)

G_END_DECLS
