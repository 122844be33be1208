/* SPDX-License-Identifier: MIT */
/*
 * EmulatorScenario: the defaults of an emulator and what is scripted for all prompts, read from a
 * key file.
 *
 *   [emulator]
 *   generation-time=10s          default 10 s, spread by generation-jitter
 *   generation-jitter=20         percent, per operation, a function of its id; default 0 as soon as
 *                                any generation time is given, else 20
 *   clip=ffmpeg                  or bytes:SIZE
 *   file-time=2s                 how long a clip's file is PROCESSING; default 0
 *   download=redirect            or direct: without the 302
 *   omni=uri status-last         how interactions are told of, see EmulatorManner
 *   locations=us-central1;...    in which there are Veo models; default us-central1
 *   quota-concurrent=3           operations at a time, of all wires; more are refused with 429
 *   quota-per-minute=10          accepted submits in any 60 s, likewise
 *   models=veo-a;veo-b           instead of the known ids
 *   retired-models=veo-c         404 "is no longer available"; `all` retires every model
 *
 *   [submit]                     also [poll], [download], [file], [cancel], [token], [metadata]
 *   faults=429 x1 retry-after=2; ok x3; 500
 *                                used up by the requests of that step in their order, then ok
 *   [token]
 *   lifetime=2s                  of access tokens; default an hour
 *   expires-in=1h                what is told of it, if not the truth
 *   [result]
 *   results=ok x2; error 13 x1   used up by the operations in the order of their creation
 *
 *   [prompt WORDS]               for prompts that contain WORDS; the first such group counts
 *   submit=..., poll=..., ...    as in directives, see prompt-plan.h
 *
 * The most specific level that speaks about a step decides alone: directives in the prompt, then
 * [prompt WORDS], then the groups for all.
 */
#pragma once

#include "tests/emulator/prompt-plan.h"

G_BEGIN_DECLS

typedef struct _EmulatorScenario EmulatorScenario;

/**
 * emulator_scenario_new:
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer full): a scenario without any fault and with the defaults
 */
EmulatorScenario *emulator_scenario_new (void);

/**
 * emulator_scenario_load:
 * @self: a fresh scenario
 * @path: key file
 * @error: return location
 *
 * Reads a scenario file strictly: an unknown group or key is an error.
 *
 * Thread: owner of the emulator. Blocks: on the file. Errors: those of GKeyFile and GFile;
 * G_IO_ERROR_INVALID_ARGUMENT; each names the file, and group and key where there is one.
 * Returns: TRUE when all of it was understood
 */
gboolean emulator_scenario_load (EmulatorScenario *self, const gchar *path, GError **error);

/**
 * emulator_scenario_free:
 * @self: (nullable) (transfer full): a scenario
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_scenario_free (EmulatorScenario *self);

/**
 * emulator_scenario_set_generation_time:
 * @self: a scenario
 * @generation_us: microseconds
 *
 * Sets the default generation time from the command line; it is stronger than the file's.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_scenario_set_generation_time (EmulatorScenario *self, gint64 generation_us);

/**
 * emulator_scenario_set_quotas:
 * @self: a scenario
 * @concurrent: operations at a time; 0 = as the file says
 * @per_minute: accepted submits in any 60 s; 0 = as the file says
 *
 * Sets quotas from the command line; they are stronger than the file's.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_scenario_set_quotas (EmulatorScenario *self, guint concurrent, guint per_minute);

/**
 * emulator_scenario_get_concurrent_quota:
 * @self: a scenario
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: operations at a time; 0 = any number
 */
guint emulator_scenario_get_concurrent_quota (EmulatorScenario *self);

/**
 * emulator_scenario_get_minute_quota:
 * @self: a scenario
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: accepted submits in any 60 s; 0 = any number
 */
guint emulator_scenario_get_minute_quota (EmulatorScenario *self);

/**
 * emulator_scenario_use_synthetic_clips:
 * @self: a scenario
 * @size_bytes: of each clip
 *
 * Makes synthetic clips the default, for machines without ffmpeg.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: nothing
 */
void emulator_scenario_use_synthetic_clips (EmulatorScenario *self, gint64 size_bytes);

/**
 * emulator_scenario_wants_ffmpeg:
 * @self: a scenario
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when clips are drawn by ffmpeg unless a prompt says otherwise
 */
gboolean emulator_scenario_wants_ffmpeg (EmulatorScenario *self);

/**
 * emulator_scenario_plan_prompt:
 * @self: a scenario
 * @prompt: as it arrived
 * @ret_text: (out) (transfer full): the prompt without directives
 * @error: return location
 *
 * Puts together what is scripted for a prompt. Generation time and clip are always set in the
 * answer (generation time: EMULATOR_UNSET_US = the scenario's own, see
 * emulator_scenario_get_generation_time()).
 *
 * Thread: owner of the emulator. Blocks: no. Errors: those of emulator_plan_read_directives().
 * Returns: (transfer full): a plan, or NULL
 */
EmulatorPlan *emulator_scenario_plan_prompt (EmulatorScenario *self,
                                             const gchar *prompt,
                                             gchar **ret_text,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * emulator_scenario_get_generation_time:
 * @self: a scenario
 * @operation_id: decides the jitter
 *
 * Says how long an operation takes whose plan does not say it.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: microseconds
 */
gint64 emulator_scenario_get_generation_time (EmulatorScenario *self, const gchar *operation_id);

/**
 * emulator_scenario_take_fault:
 * @self: a scenario
 * @step: what is asked
 *
 * Uses up one entry of the list for all prompts.
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): a fault, or NULL
 */
EmulatorFault *emulator_scenario_take_fault (EmulatorScenario *self, EmulatorStep step);

/**
 * emulator_scenario_take_outcome:
 * @self: a scenario
 *
 * Uses up one entry of [result].
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer none): an outcome; success once everything is used up
 */
EmulatorOutcome *emulator_scenario_take_outcome (EmulatorScenario *self);

/**
 * emulator_scenario_redirects_downloads:
 * @self: a scenario
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when a download is answered by a 302 first, as the real service does
 */
gboolean emulator_scenario_redirects_downloads (EmulatorScenario *self);

/**
 * emulator_scenario_get_token_lifetime:
 * @self: a scenario
 * @ret_expires_in_us: (out): what is told of it, in microseconds
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: how long an access token is good, in microseconds
 */
gint64 emulator_scenario_get_token_lifetime (EmulatorScenario *self, gint64 *ret_expires_in_us);

/**
 * emulator_scenario_get_locations:
 * @self: a scenario
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable) (array zero-terminated=1): instead of the known ones
 */
const gchar *const *emulator_scenario_get_locations (EmulatorScenario *self);

/**
 * emulator_scenario_get_models:
 * @self: a scenario
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable) (array zero-terminated=1): ids instead of the known ones
 */
const gchar *const *emulator_scenario_get_models (EmulatorScenario *self);

/**
 * emulator_scenario_retires:
 * @self: a scenario
 * @model: bare model id
 *
 * Thread: owner of the emulator. Blocks: no. Errors: none.
 * Returns: TRUE when the scenario has retired @model
 */
gboolean emulator_scenario_retires (EmulatorScenario *self, const gchar *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EmulatorScenario, emulator_scenario_free)

G_END_DECLS
