/* SPDX-License-Identifier: MIT */
/*
 * KillWorld: one emulator, with or without TLS and HTTP/2 in front of it, and as many scratch
 * workspaces as there are points; runs of pipeline_runner in them that are killed at a given stop
 * of a system call. The pipeline is as small as a whole one can be: three commands that do nothing,
 * and the plugin with three clips. Everything is in memory, if the machine has a tmpfs.
 *
 * Thread model: belongs to the thread that made it.
 */
#pragma once

#include "tests/crash/kill-judge.h"
#include "tests/fixtures/tls-front.h"

G_BEGIN_DECLS

/** KillTransport: what lies between the program and the service. */
typedef enum
{
  KILL_TRANSPORT_HTTP1,
  KILL_TRANSPORT_HTTP2, /* over TLS; paid requests speak HTTP/1.1 in it */
} KillTransport;

typedef struct _KillWorld KillWorld;

/** KillPoint: one workspace and what has happened in it. */
typedef struct
{
  KillWorld *world;                    /* (borrowed) */
  guint number;                        /* unique in the world */
  char *workspace;                     /* (owned) absolute path */
  gboolean doubts[KILL_JUDGE_N_CLIPS]; /* clips that a kill had found `submitting` */
  guint64 stops;                       /* of the last traced run */
  gboolean is_killed;                  /* the last traced run did not end by itself */
  int exit_code;                       /* of the last run */
} KillPoint;

/**
 * kill_world_new: starts the servers.
 * Thread: any, then the owner's. Blocks: until they answer.
 * Errors: G_IO_ERROR_NOT_FOUND: nginx, openssl or the permission to trace is missing: skip the
 * test. Returns: (transfer full) (nullable)
 */
KillWorld *kill_world_new (KillTransport transport, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * kill_world_get_emulator: the judge's source. Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none)
 */
EmulatorClient *kill_world_get_emulator (KillWorld *self);

/**
 * kill_world_get_front: what stands before it. Thread: owner. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable)
 */
TlsFront *kill_world_get_front (KillWorld *self);

/**
 * kill_world_free: accepts NULL. Thread: owner. Blocks: until the servers have ended. Errors: none.
 * Returns: nothing.
 */
void kill_world_free (KillWorld *self);

/**
 * kill_point_new: a fresh workspace whose wishes nobody else has.
 * Thread: owner. Blocks: disk. Errors: asserted. Returns: (transfer full)
 */
KillPoint *kill_point_new (KillWorld *world);

/**
 * kill_point_run_killed: `pipeline_runner run`, killed with all its processes.
 * @at: the stop of a system call to kill at; 0 = never
 * Thread: owner. Blocks: until nobody is left; the deadline fails. Errors: asserted; a jobs.json
 * that no longer parses is one. Returns: nothing.
 */
void kill_point_run_killed (KillPoint *self, guint64 at);

/**
 * kill_point_run: `pipeline_runner run`, to its end.
 * Thread: owner. Blocks: until it ends; the deadline fails. Errors: asserted. Returns: nothing.
 */
void kill_point_run (KillPoint *self);

/**
 * kill_point_dup_jobs: jobs.json as it is.
 * Thread: owner. Blocks: disk. Errors: none.
 * Returns: (transfer full) (nullable): NULL when there is none
 */
char *kill_point_dup_jobs (KillPoint *self);

/**
 * kill_point_free: removes the workspace. Accepts NULL.
 * Thread: owner. Blocks: disk. Errors: none. Returns: nothing.
 */
void kill_point_free (KillPoint *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KillWorld, kill_world_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KillPoint, kill_point_free)

G_END_DECLS
