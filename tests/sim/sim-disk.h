/* SPDX-License-Identifier: MIT */
/*
 * SimDisk: a folder with one file in it, as a disk really keeps it: what a reader sees, what a
 * power cut would leave, and everything that a power cut might leave in between.
 *
 * A save is five steps: create a temporary file, write it, fsync it, rename it, fsync the folder.
 * Until the folder's fsync any of the names given since the last one may be the durable one, and
 * until the file's fsync any beginning of its text.
 */
#pragma once

#include "plugin/domain/veo3-job.h"
#include "plugin/domain/veo3-random.h"
#include "tests/sim/sim-trace.h"

G_BEGIN_DECLS

/** The most clips of a schedule. */
#define SIM_MAX_CLIPS 16

/** SimRecord: what a jobs.json says about one clip. */
typedef struct
{
  gint8 status;    /* Veo3JobStatus, -1 = it does not name the clip */
  guint operation; /* number in the name of its operation, 0 = none */
  guint64 known;   /* set of all operations that it names, by sim_operation_get_bit() */
} SimRecord;

/** How many operations of one clip can be told apart; the last one is none of the service's. */
#define SIM_MAX_OPERATIONS 64

/**
 * sim_operation_get_bit: the place of an operation in the set of its clip's operations.
 * Thread: any. Blocks: no. Errors: none. Returns: 0 for no operation
 */
guint64 sim_operation_get_bit (guint number);

/**
 * sim_operation_parse: the number in an operation's name, ".../op-17".
 * @name: (nullable): may go on behind the name
 * Thread: any. Blocks: no. Errors: none. Returns: 0 = there is none
 */
guint sim_operation_parse (const char *name);

/** SimFile: one jobs.json, in memory for the whole schedule. */
typedef struct
{
  char *text;                       /* (owned) as it was meant */
  gsize length_bytes;               /* of @text */
  gsize written_bytes;              /* that a reader sees */
  gboolean is_synced;               /* a power cut takes nothing of it */
  SimRecord records[SIM_MAX_CLIPS]; /* what @text says, read without our codec */
} SimFile;

/** SimSaveStep: what the save in flight does next. */
typedef enum
{
  SIM_SAVE_CREATE,
  SIM_SAVE_WRITE,
  SIM_SAVE_FSYNC_FILE,
  SIM_SAVE_RENAME,
  SIM_SAVE_FSYNC_FOLDER,
} SimSaveStep;

/** SimSaveState: what came of a step. */
typedef enum
{
  SIM_SAVE_GOES_ON,
  SIM_SAVE_DURABLE, /* the save reports success */
  SIM_SAVE_FAILED,  /* the save reports an error */
} SimSaveState;

/** SimReadState: what reading jobs.json brought. */
typedef enum
{
  SIM_READ_TEXT,
  SIM_READ_ABSENT,
  SIM_READ_ERROR, /* EIO, EACCES, EMFILE…: nobody knows whether there is one */
} SimReadState;

/** SimDisk: read freely. */
typedef struct
{
  Veo3Random *random;        /* (borrowed) */
  SimTrace *trace;           /* (borrowed) */
  GPtrArray *files;          /* (owned) (element-type SimFile) of the whole schedule */
  SimFile *durable;          /* (borrowed) (nullable) what the last fsync of the folder kept */
  GPtrArray *pending;        /* (borrowed elements) renamed to jobs.json since then, oldest first */
  SimFile *saving;           /* (borrowed) (nullable) the save in flight */
  SimSaveStep step;          /* of it */
  SimFile *sound;            /* (borrowed) (nullable) what a foreign hand has damaged */
  gboolean skips_file_fsync; /* a seeded bug */
  gboolean skips_folder_fsync; /* a seeded bug */
  gboolean writes_in_place;    /* a seeded bug */
} SimDisk;

/**
 * sim_disk_init: an empty workspace.
 * Thread: the schedule's, like everything of the simulation. Blocks: no. Errors: none.
 */
void sim_disk_init (SimDisk *disk, Veo3Random *random, SimTrace *trace);

/** sim_disk_clear: frees what it owns. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_disk_clear (SimDisk *disk);

/**
 * sim_disk_begin_save: a save begins; none is in flight.
 * @text: (transfer full)
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_disk_begin_save (SimDisk *disk, char *text);

/**
 * sim_disk_step: the save in flight does its next step.
 * @fails: with an error of the disk
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: what came of it
 */
SimSaveState sim_disk_step (SimDisk *disk, gboolean fails);

/**
 * sim_disk_sync_folder: the folder's own fsync, as a start does it.
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: FALSE if @fails
 */
gboolean sim_disk_sync_folder (SimDisk *disk, gboolean fails);

/**
 * sim_disk_read: what a reader sees now.
 * @fails: with an error of the disk
 * @ret_file: (out) (transfer none): untouched unless there is a text
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: what came of it
 */
SimReadState sim_disk_read (SimDisk *disk, gboolean fails, const SimFile **ret_file);

/** sim_disk_kill: the process dies and its save with it. Thread: the schedule's. Blocks: no.
 * Errors: none. */
void sim_disk_kill (SimDisk *disk);

/** sim_disk_cut_power: only what the disk holds survives, and chance picks what that is.
 * Thread: the schedule's. Blocks: no. Errors: none. */
void sim_disk_cut_power (SimDisk *disk);

/**
 * sim_disk_get_n_possible: how many documents a power cut could leave.
 * Thread: the schedule's. Blocks: no. Errors: none. Returns: at least 1
 */
guint sim_disk_get_n_possible (const SimDisk *disk);

/**
 * sim_disk_get_possible: one of them.
 * Thread: the schedule's. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): NULL = no file at all
 */
const SimFile *sim_disk_get_possible (const SimDisk *disk, guint index);

/**
 * sim_disk_place: jobs.json is there, durable, before anything has happened.
 * @text: (transfer full)
 * Thread: the schedule's. Blocks: no. Errors: none.
 */
void sim_disk_place (SimDisk *disk, char *text);

/** sim_disk_damage: a foreign hand cuts jobs.json in the middle, or a newer version of ours has
 * written it. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_disk_damage (SimDisk *disk);

/** sim_disk_mend: …and puts it back as it was. Thread: the schedule's. Blocks: no. Errors: none. */
void sim_disk_mend (SimDisk *disk);

G_END_DECLS
