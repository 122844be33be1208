/* SPDX-License-Identifier: MIT */
/*
 * ErrorsTest: the three real ports between scripted servers, and the answers with which Google's
 * services turn a call away. Bodies are those of tests/fixtures/answers, as the services send them.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include "tests/unit/adapters/adapter-fixture.h"

G_BEGIN_DECLS

/** ErrorsProvider: whose answer it is; a row of a table may hold for several. */
typedef enum
{
  ERRORS_GEMINI = 1 << 0,
  ERRORS_VERTEX = 1 << 1,
  ERRORS_OMNI = 1 << 2,
  ERRORS_VEO = ERRORS_GEMINI | ERRORS_VERTEX,
  ERRORS_KEYED = ERRORS_GEMINI | ERRORS_OMNI, /* by an API key instead of a token */
  ERRORS_ALL = ERRORS_VEO | ERRORS_OMNI,
} ErrorsProvider;

/** ErrorsAnswer: what one request gets. */
typedef struct
{
  guint status;        /* 0 = none: the connection is reset */
  const char *headers; /* (nullable) lines that end in "\r\n" */
  const char *body;    /* (nullable) itself, or "@NAME" of a file of tests/fixtures/answers */
  gsize cut_at;        /* > 0: the body ends there, and the connection with it */
} ErrorsAnswer;

typedef struct
{
  AdapterFixture base;
  ErrorsProvider provider;
  ScriptedServer *tokens; /* (owned) gives Vertex AI's port its token */
} ErrorsTest;

/**
 * errors_test_set_up: the port of one provider.
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: nothing.
 */
void errors_test_set_up (ErrorsTest *self, ErrorsProvider provider);

/**
 * errors_test_tear_down: as adapter_fixture_tear_down().
 * Thread: the test. Blocks: disk. Errors: a failed assertion. Returns: nothing.
 */
void errors_test_tear_down (ErrorsTest *self);

/**
 * errors_test_answer: the next request gets this.
 * Thread: the test. Blocks: one small file. Errors: a failed assertion. Returns: nothing.
 */
void errors_test_answer (ErrorsTest *self, const ErrorsAnswer *answer);

/**
 * errors_test_get_operation: a name as the provider makes them.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *errors_test_get_operation (const ErrorsTest *self);

/**
 * errors_test_assert_message: the last call's message has these words, is one line, and the secret
 * is not in it.
 * @words: (nullable)
 * Thread: the test. Blocks: no. Errors: a failed assertion. Returns: nothing.
 */
void errors_test_assert_message (const ErrorsTest *self, const char *words);

/** ErrorsFunc: tries all that @self's provider may answer. Thread: the test. */
typedef void (*ErrorsFunc) (ErrorsTest *self);

/**
 * errors_test_add: a test for each of the three providers, "PATH/gemini" and so on.
 * Thread: the test. Blocks: no. Errors: none. Returns: nothing.
 */
void errors_test_add (const char *path, ErrorsFunc func);

G_END_DECLS
