/* SPDX-License-Identifier: MIT */
/*
 * BlackHole: places on this machine from which no answer ever comes: a port that drops whoever
 * knocks, and a name server that is silent. Each is tried before it is handed out.
 *
 * Thread model: belongs to the test's thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  int listen_fd;     /* (owned) */
  GArray *fillers;   /* (owned) int (owned): who fills the queue of the port */
  char *url;         /* (owned) "http://127.0.0.1:PORT" */
  int name_server;   /* (owned) -1 = none */
  char *resolv_conf; /* (owned) (nullable) path */
} BlackHole;

/**
 * black_hole_new_port: a port of 127.0.0.1 whose queue is full: the kernel drops each SYN.
 * Thread: any. Blocks: some 100 ms. Errors: asserted.
 * Returns: (transfer full) (nullable): NULL when this kernel does not drop them
 */
BlackHole *black_hole_new_port (void);

/**
 * black_hole_new_name_server: takes this process into a network of its own, whose only name server
 * takes questions and never answers. There is no way back: for subprocesses of tests.
 * Thread: the only one of the process. Blocks: disk. Errors: asserted.
 * Returns: (transfer full)
 */
BlackHole *black_hole_new_name_server (void);

/**
 * black_hole_may_enter_network: may black_hole_new_name_server() be called?
 * Thread: any. Blocks: until a child that tries has ended. Errors: none.
 * Returns: FALSE where only root may, or nobody
 */
gboolean black_hole_may_enter_network (void);

/**
 * black_hole_was_asked: has a question reached the name server?
 * Thread: any. Blocks: no. Errors: none.
 * Returns: TRUE if one has
 */
gboolean black_hole_was_asked (BlackHole *self);

/**
 * black_hole_free: accepts NULL.
 * Thread: any. Blocks: no. Errors: none. Returns: nothing.
 */
void black_hole_free (BlackHole *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BlackHole, black_hole_free)

G_END_DECLS
