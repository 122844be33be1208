/* SPDX-License-Identifier: MIT */
/*
 * Something else lies where a file of ours should be, or may not be touched. What cannot be read or
 * written stops the run before anything is paid, by name; what can be done without is done without;
 * nothing waits for a FIFO, and nothing outside the workspace is changed through a link.
 *
 * What rights forbid is tried as a user without any: as nobody, when the tests run as root.
 *
 * Arguments: take only every n-th case.
 */
#include "tests/integration/disk/disk-test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define NOBODY 65534
#define NOBODY_TEXT "65534"
#define VICTIM "not to be touched"
/* Far less than a hang, more than a busy machine needs. */
#define QUICK_US (30 * G_USEC_PER_SEC)

/** Kind: what lies there. */
typedef enum
{
  KIND_LINK_TO_FILE,
  KIND_LINK_TO_NOTHING,
  KIND_LINK_TO_FOLDER,
  KIND_FOLDER,
  KIND_FIFO,
  KIND_SOCKET,
  N_KINDS,
} Kind;

static const char *const kind_names[]
    = { "link to a file", "link to nothing", "link to a folder", "folder", "FIFO", "socket" };

/** End: what is to become of the run. */
typedef enum
{
  END_STOPS,    /* exit 2 before anything is sent, the place is named */
  END_FAILS,    /* exit 1 before anything is sent, the place is named */
  END_NO_CLIPS, /* exit 0, nothing is sent, the place is named */
  END_WARNS,    /* exit 0 with all clips, the place is named */
  END_FINE,     /* exit 0 with all clips */
  END_LATER,    /* the clip, paid for, is fetched as soon as the way is free */
} End;

typedef struct
{
  const char *place; /* below the workspace */
  const char *named; /* what the message has to hold */
  End ends[N_KINDS];
} Row;

/* ---- a world per case ---- */

static Veo3Test *world;
static guint every = 1;

/* Returns: TRUE for each case that is to be tried. */
static gboolean
is_chosen (void)
{
  static guint n_cases;

  return n_cases++ % every == 0;
}

/* CONTENT writes nothing: publishing-assets.json is there, or something else is. */
static void
make_workspace (void)
{
  static guint n_made;
  g_autofree char *workspace = pipeline_fixture_path (world->fixture, "ws");
  g_autofree char *old = g_strdup_printf ("%s-%u", workspace, n_made++);
  g_autofree char *outside = pipeline_fixture_path (world->fixture, "outside/folder");
  g_autofree char *assets = NULL;

  g_assert_cmpint (g_rename (workspace, old), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (workspace, 0700), ==, 0);
  g_assert_cmpint (g_mkdir_with_parents (outside, 0700), ==, 0);
  pipeline_fixture_write (world->fixture, "outside/victim", VICTIM);
  veo3_test_set_prompts (world, "a", "a lighthouse", NULL);
  assets = pipeline_fixture_read (world->fixture, "ws/assets.json");
  pipeline_fixture_write (world->fixture, "ws/publishing-assets.json", assets);
  veo3_test_write_pipeline (world, "CONTENT;VEO3_AWAIT;ASSEMBLY",
                            "[stage CONTENT]\ncommand=true\n"
                            "[stage VEO3_AWAIT]\nplugin=veo3\n"
                            "[stage ASSEMBLY]\ncommand=true\n");
}

static void
make_socket (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  int folder_fd = open (folder, O_PATH | O_CLOEXEC);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  /* The whole path may be longer than an address. */
  (void)g_snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder_fd,
                    name);
  g_assert_cmpint (bind (fd, (const struct sockaddr *)&address, sizeof address), ==, 0);
  (void)close (fd);
  (void)close (folder_fd);
}

static void
put (const char *place, Kind kind)
{
  g_autofree char *path
      = g_build_filename (pipeline_fixture_get_folder (world->fixture), "ws", place, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *victim = pipeline_fixture_path (world->fixture, "outside/victim");
  g_autofree char *outside = pipeline_fixture_path (world->fixture, "outside/folder");
  int result = 0;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  (void)unlink (path);
  switch (kind)
    {
    case KIND_LINK_TO_FILE:
      result = symlink (victim, path);
      break;
    case KIND_LINK_TO_NOTHING:
      result = symlink ("../outside/nothing", path);
      break;
    case KIND_LINK_TO_FOLDER:
      result = symlink (outside, path);
      break;
    case KIND_FOLDER:
      result = mkdir (path, 0700);
      break;
    case KIND_FIFO:
      result = mkfifo (path, 0600);
      break;
    case KIND_SOCKET:
      make_socket (path);
      break;
    case N_KINDS:
      g_assert_not_reached ();
    }
  g_assert_cmpint (result, ==, 0);
}

static void
assert_outside_untouched (void)
{
  g_autofree char *text = pipeline_fixture_read (world->fixture, "outside/victim");
  g_autofree char *folder = pipeline_fixture_path (world->fixture, "outside/folder");

  g_assert_cmpstr (text, ==, VICTIM);
  g_assert_cmpint (rmdir (folder), ==, 0); /* it is empty */
  g_assert_false (pipeline_fixture_has (world->fixture, "outside/nothing"));
}

/* ---- the judgement ---- */

static void
assert_end (const PipelineResult *result, End end, const char *named, guint n_sent)
{
  static const int codes[] = { 2, 1, 0, 0, 0 };
  gboolean has_clip = end == END_WARNS || end == END_FINE;

  g_assert_cmpint (result->exit_code, ==, codes[end]);
  g_assert_cmpuint (n_sent, ==, has_clip ? 1 : 0);
  if (end != END_FINE)
    veo3_test_assert_says (result->err, named);
  if (end == END_STOPS && strstr (result->err, g_strerror (EACCES)) == NULL
      && strstr (result->err, "put the file itself there") == NULL)
    veo3_test_assert_says (result->err, "move it out of the way");
  if (has_clip)
    veo3_test_assert_job (world, "a", "status", "completed");
  g_assert_cmpint (result->run_us, <, QUICK_US);
}

/* An empty folder in the way of a clip: the run says so and waits; it is never removed for the
 * user. */
static PipelineResult *
run_and_clear (const char *place)
{
  g_autofree char *path
      = g_build_filename (pipeline_fixture_get_folder (world->fixture), "ws", place, NULL);
  g_autoptr (PipelineProcess) process = veo3_test_start (world, "run", NULL);

  veo3_test_await_said (process, "warning: veo3: clip a: veo3/a.mp4: cannot ");
  veo3_test_await_said (process, "Is a directory");
  g_assert_cmpint (rmdir (path), ==, 0);
  return pipeline_process_wait (process);
}

static void
try_row (const Row *row, Kind kind)
{
  guint n_before = veo3_test_count (world, "submit");
  End end = row->ends[kind];
  g_autoptr (PipelineResult) result = NULL;

  make_workspace ();
  put (row->place, kind);
  g_test_message ("---- %s is a %s", row->place, kind_names[kind]);
  result = end == END_LATER ? run_and_clear (row->place) : veo3_test_run (world, "run", NULL);
  assert_end (result, end == END_LATER ? END_FINE : end, row->named,
              veo3_test_count (world, "submit") - n_before);
  assert_outside_untouched ();
}

#define ALL(end)                                                                                   \
  {                                                                                                \
    end, end, end, end, end, end                                                                   \
  }

/* Whatever lies in the place of each file of ours. */
static void
test_in_the_way (void)
{
  static const Row rows[] = {
    { "veo3/jobs.json", "jobs.json", ALL (END_STOPS) },
    { "veo3",
      "veo3: is not a folder",
      { END_STOPS, END_STOPS, END_STOPS, END_FINE, END_STOPS, END_STOPS } },
    { "run.json", "run.json", ALL (END_STOPS) },
    { ".pipeline.lock", ".pipeline.lock", ALL (END_STOPS) },
    { "events.jsonl", "events.jsonl", ALL (END_WARNS) },
    { "publishing-assets.json", "publishing-assets.json", ALL (END_NO_CLIPS) },
    { "logs", "logs", { END_FAILS, END_FAILS, END_FAILS, END_FINE, END_FAILS, END_FAILS } },
    { "veo3/jobs.json.A1b2C3", "", ALL (END_FINE) },
    { "run.json.A1b2C3", "", ALL (END_FINE) },
    { "veo3/a.mp4", "", { END_FINE, END_FINE, END_FINE, END_LATER, END_FINE, END_FINE } },
    { "veo3/.a.mp4.part", "", { END_FINE, END_FINE, END_FINE, END_LATER, END_FINE, END_FINE } },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    for (guint kind = 0; kind < N_KINDS; kind++)
      if (is_chosen ())
        try_row (&rows[i], kind);
}

/* ---- rights ---- */

/** Right: what may not be read, written or entered. */
typedef struct
{
  const char *place;   /* below the workspace, "" = itself */
  const char *content; /* NULL = a folder */
  mode_t mode;
  const char *named; /* what the message has to hold */
  End end;
} Right;

/* Returns: a wrapper that makes the program run as a user without rights; NULL = we are one. */
static const char *const *
get_wrapper (void)
{
  static const char *wrapper[]
      = { NULL, "--reuid", NOBODY_TEXT, "--regid", NOBODY_TEXT, "--clear-groups", NULL };

  if (geteuid () != 0)
    return NULL;
  if (wrapper[0] == NULL)
    wrapper[0] = g_find_program_in_path ("setpriv");
  return wrapper;
}

static PipelineResult *
run_without_rights (const char *command)
{
  const char *arguments[] = { command, "-w", "ws", NULL };
  g_autoptr (PipelineProcess) process
      = pipeline_fixture_start (world->fixture, get_wrapper (), arguments);

  return pipeline_process_wait (process);
}

static int
give_away (const char *path, const struct stat *info, int type, struct FTW *where)
{
  (void)info;
  (void)type;
  (void)where;
  return lchown (path, NOBODY, NOBODY);
}

/* Everything of the world belongs to the user without rights. */
static void
give_world_away (void)
{
  if (geteuid () == 0)
    g_assert_cmpint (nftw (pipeline_fixture_get_folder (world->fixture), give_away, 16, FTW_PHYS),
                     ==, 0);
}

/* Returns: FALSE when this build cannot be reached, or nobody cannot be become. */
static gboolean
can_run_without_rights (void)
{
  g_autoptr (PipelineResult) result = NULL;

  if (geteuid () == 0 && get_wrapper ()[0] == NULL)
    return FALSE;
  make_workspace ();
  give_world_away ();
  result = run_without_rights ("validate");
  return result->exit_code == 0;
}

static void
try_right (const Right *right)
{
  guint n_before = veo3_test_count (world, "submit");
  g_autofree char *name = g_build_filename ("ws", right->place, NULL);
  g_autofree char *path = pipeline_fixture_path (world->fixture, name);
  g_autofree char *text = NULL;
  g_autoptr (PipelineResult) result = NULL;

  make_workspace ();
  if (right->content != NULL)
    pipeline_fixture_write (world->fixture, name, right->content);
  else
    g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  give_world_away ();
  g_assert_cmpint (chmod (path, right->mode), ==, 0);
  g_test_message ("---- %s has mode %03o", name, right->mode);
  /* Who waits for a folder that cannot be written does not wait for ever. */
  pipeline_fixture_set_environment (world->fixture, "VEO3_TIMEOUT_S",
                                    right->end == END_NO_CLIPS ? "1" : NULL);
  result = run_without_rights ("run");
  g_assert_cmpint (chmod (path, 0700), ==, 0);
  assert_end (result, right->end, right->named, veo3_test_count (world, "submit") - n_before);
  if (right->end != END_FINE)
    veo3_test_assert_says (result->err, g_strerror (EACCES));
  if (right->content == NULL || right->end == END_WARNS || right->end == END_FINE)
    return;
  text = pipeline_fixture_read (world->fixture, name);
  g_assert_cmpstr (text, ==, right->content);
}

/* A user without rights: works as root does, and what may not be read or written stops the run
 * before anything is paid, and keeps its bytes. */
static void
test_rights (void)
{
  static const char assets[]
      = "{\"veo3_prompts\": [{\"variant\": \"a\", \"prompt\": \"a lighthouse\"}]}";
  static const Right rights[] = {
    { "", NULL, 0700, "", END_FINE },
    { "", NULL, 0500, ".pipeline.lock", END_STOPS },
    { "", NULL, 0000, "workspace", END_STOPS },
    { "veo3", NULL, 0500, "veo3/jobs.json: cannot be saved", END_NO_CLIPS },
    { "veo3", NULL, 0000, "veo3", END_STOPS },
    { "veo3/jobs.json", "{\"schema_version\": 1, \"jobs\": []}", 0000, "veo3/jobs.json",
      END_STOPS },
    { "veo3/jobs.json", "{\"schema_version\": 1, \"jobs\": []}", 0400, "", END_FINE },
    { "run.json", "{}", 0000, "run.json", END_STOPS },
    { ".pipeline.lock", "", 0000, ".pipeline.lock", END_STOPS },
    { "events.jsonl", "", 0400, "events.jsonl", END_WARNS },
    { "publishing-assets.json", assets, 0000, "publishing-assets.json", END_NO_CLIPS },
    { "logs", NULL, 0500, "logs", END_FAILS },
  };

  if (!can_run_without_rights ())
    {
      g_test_skip ("a user without rights cannot reach this build");
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (rights); i++)
    if (is_chosen ())
      try_right (&rights[i]);
}

static void
add_tests (void)
{
  g_test_add_func ("/disk/odd-files/in-the-way", test_in_the_way);
  g_test_add_func ("/disk/odd-files/rights", test_rights);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  if (argc > 1)
    every = MAX (1, (guint)strtoul (argv[1], NULL, 10));
  world = veo3_test_new (VEO3_TEST_WIRE, "[emulator]\nclip=bytes:4KiB\n");
  add_tests ();
  status = g_test_run ();
  veo3_test_free (world);
  return status;
}
