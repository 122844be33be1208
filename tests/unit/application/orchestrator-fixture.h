/* SPDX-License-Identifier: MIT */
/*
 * OrchestratorFixture: one orchestrator on a context of the test's own, with a workspace, a
 * scripted port and a reporter that remembers.
 */
#pragma once

#include "plugin/application/veo3-orchestrator.h"
#include "tests/unit/application/scripted-port.h"
#include "tests/unit/application/test-wait.h"
#include "tests/unit/application/test-workspace.h"

G_BEGIN_DECLS

typedef struct
{
  GMainContext *context; /* (owned) acquired, and the thread's default */
  TestWorkspace *workspace;
  Veo3Settings *settings;
  Veo3DurationHistory *history;
  Veo3Reporter reporter;
  Veo3Orchestrator *orchestrator; /* (nullable) */
  ScriptedPort *port;             /* (nullable) freed by the orchestrator */
  gboolean has_no_key;            /* the factory refuses */
  GPtrArray *lines;               /* (owned) "warning: text", "progress a generating" */
  gboolean is_awaited;
  gboolean is_ended;
} OrchestratorFixture;

/** orchestrator_fixture_set_up: milliseconds instead of seconds everywhere. For g_test_add(). */
void orchestrator_fixture_set_up (OrchestratorFixture *self, gconstpointer data);

/** orchestrator_fixture_tear_down: ends what still runs. For g_test_add(). */
void orchestrator_fixture_tear_down (OrchestratorFixture *self, gconstpointer data);

/** orchestrator_fixture_want: writes publishing-assets.json with one good prompt per variant. */
void orchestrator_fixture_want (OrchestratorFixture *self, const char *const *variants, guint n);

/** orchestrator_fixture_try: makes an orchestrator and starts it. */
gboolean orchestrator_fixture_try (OrchestratorFixture *self, GError **error);

/** orchestrator_fixture_order: makes an orchestrator and gives it an order. */
gboolean
orchestrator_fixture_order (OrchestratorFixture *self, const Veo3Order *order, GError **error);

/** orchestrator_fixture_start: the same, and it succeeds. */
void orchestrator_fixture_start (OrchestratorFixture *self);

/** orchestrator_fixture_await: sets is_awaited when it is told; asserts that this is not at once.
 */
void orchestrator_fixture_await (OrchestratorFixture *self);

/** orchestrator_fixture_end: sets is_ended when it is told; asserts that this is not at once. */
void orchestrator_fixture_end (OrchestratorFixture *self);

/** orchestrator_fixture_wait_call: waits for a call to be out. Returns: borrowed. */
ScriptedCall *
orchestrator_fixture_wait_call (OrchestratorFixture *self, ScriptedKind kind, const char *suffix);

/** orchestrator_fixture_wait_disk: waits until jobs.json contains @text. */
void orchestrator_fixture_wait_disk (OrchestratorFixture *self, const char *text);

/** orchestrator_fixture_wait_line: waits until a line that contains @text was reported. */
void orchestrator_fixture_wait_line (OrchestratorFixture *self, const char *text);

/** orchestrator_fixture_run_well: answers everything well until *@flag. */
void orchestrator_fixture_run_well (OrchestratorFixture *self, gboolean *flag);

/** orchestrator_fixture_finish: ends, with calls answered as a port answers aborted ones; frees. */
PipelineOutcome orchestrator_fixture_finish (OrchestratorFixture *self);

/** orchestrator_fixture_count_lines: reported lines that contain @text. */
guint orchestrator_fixture_count_lines (const OrchestratorFixture *self, const char *text);

G_END_DECLS
