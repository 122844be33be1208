/* SPDX-License-Identifier: MIT */
/*
 * Tests of Veo3ClipImages, Veo3PromptImages and Veo3ImageQueue: which files are pictures that may
 * be sent, that nothing outside of the workspace is one, and that what has changed is not sent.
 */
#include "plugin/application/veo3-clip-images.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin/application/veo3-image-queue.h"
#include "plugin/application/veo3-prompt-images.h"
#include "tests/unit/application/test-wait.h"
#include "tests/unit/application/test-workspace.h"

#define PNG "\x89PNG\r\n\x1a\n"
#define JPEG "\xff\xd8\xff\xe0"
#define SHA_OF_PNG "4c4b6a3be1314ab86138bef4314dde022e600960d8689a2c8f8631802d20dab6"

static gboolean
look (const TestWorkspace *workspace, const char *path, Veo3ClipImage **ret_image, GError **error)
{
  *ret_image = veo3_clip_image_new (VEO3_IMAGE_FIRST_FRAME, path);
  return veo3_clip_images_look (workspace->fd, *ret_image, error);
}

static void
assert_refused (const TestWorkspace *workspace, const char *path, const char *words)
{
  g_autoptr (Veo3ClipImage) image = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (look (workspace, path, &image, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, words) == NULL)
    g_error ("expected \"%s\" in: %s", words, error->message);
  g_assert_null (image->sha256);
  g_assert_null (image->mime_type);
}

static void
assert_type (const TestWorkspace *workspace, const char *path, const char *mime_type)
{
  g_autoptr (Veo3ClipImage) image = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (look (workspace, path, &image, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (image->mime_type, ==, mime_type);
  g_assert_cmpuint (strlen (image->sha256), ==, 64);
  g_assert_null (image->bytes);
}

/* The type is that of the content, whatever the name says; folders on the way are fine. */
static void
test_types (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (Veo3ClipImage) image = NULL;

  test_workspace_write (workspace, "in/deep/a.jpg", PNG);
  test_workspace_write (workspace, "b", JPEG "more");
  assert_type (workspace, "in/deep/a.jpg", "image/png");
  assert_type (workspace, "./in/deep/a.jpg", "image/png");
  assert_type (workspace, "b", "image/jpeg");
  g_assert_true (look (workspace, "in/deep/a.jpg", &image, NULL));
  g_assert_cmpstr (image->sha256, ==, SHA_OF_PNG);
}

/* What is no picture, or no file, is refused in words, and nothing blocks. */
static void
test_foreign (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *large = test_workspace_path (workspace, "large.png");

  test_workspace_write (workspace, "empty.png", "");
  test_workspace_write (workspace, "text.png", "GIF89a");
  test_workspace_write (workspace, "cut.png", "\x89PNG");
  test_workspace_write (workspace, "large.png", PNG);
  test_workspace_make_folder (workspace, "folder.png");
  g_assert_cmpint (mkfifoat (workspace->fd, "fifo.png", 0600), ==, 0);
  assert_refused (workspace, "none.png", "none.png: No such file");
  assert_refused (workspace, "in/none.png", "in/none.png: No such file");
  assert_refused (workspace, "empty.png", "empty.png: is empty");
  assert_refused (workspace, "text.png", "text.png: is neither a PNG nor a JPEG picture");
  assert_refused (workspace, "cut.png", "cut.png: is neither");
  assert_refused (workspace, "folder.png", "folder.png: is not a regular file");
  assert_refused (workspace, "fifo.png", "fifo.png: is not a regular file");
  assert_refused (workspace, "text.png/x", "text.png/x: Not a directory");
  g_assert_cmpint (truncate (large, VEO3_CLIP_IMAGE_MAX_BYTES), ==, 0);
  assert_type (workspace, "large.png", "image/png");
  g_assert_cmpint (truncate (large, VEO3_CLIP_IMAGE_MAX_BYTES + 1), ==, 0);
  assert_refused (workspace, "large.png", "large.png: is larger than 20971520 bytes");
}

/* A path that leads out in words is not even tried, and one that cannot be shown is not shown. */
static void
test_paths (void)
{
  static const char *const bad[] = { "/etc/hostname", "../a.png", "a/../../b.png", "..", "" };
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *endless = g_strnfill (2000, 'x');

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_refused (workspace, bad[i], *bad[i] != '\0' ? "within the workspace" : "is empty");
  assert_refused (workspace, "a\nb.png", "its path is no path of a file");
  assert_refused (workspace, "a\x1b[2J.png", "its path is no path of a file");
  assert_refused (workspace, "\xff.png", "its path is no path of a file");
  assert_refused (workspace, endless, "its path is no path of a file");
  g_assert_null (veo3_clip_images_find_path_problem ("a..b/..c.png"));
}

/* A workspace whose links lead to a good picture outside of it. */
static TestWorkspace *
make_linked (TestWorkspace *outside)
{
  TestWorkspace *workspace = test_workspace_new ();
  g_autofree char *file = test_workspace_path (outside, "a.png");

  test_workspace_write (outside, "a.png", PNG);
  test_workspace_write (workspace, "in/a.png", PNG);
  g_assert_cmpint (symlinkat (file, workspace->fd, "link.png"), ==, 0);
  g_assert_cmpint (symlinkat (outside->path, workspace->fd, "folder"), ==, 0);
  g_assert_cmpint (symlinkat (outside->path, workspace->fd, "in/folder"), ==, 0);
  g_assert_cmpint (symlinkat ("in", workspace->fd, "inner"), ==, 0);
  return workspace;
}

static void
assert_links_refused (const TestWorkspace *workspace)
{
  static const char *const paths[]
      = { "link.png", "folder/a.png", "in/folder/a.png", "inner/a.png" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    assert_refused (workspace, paths[i], paths[i]);
  assert_type (workspace, "in/a.png", "image/png");
}

/* No link is followed, neither as the file nor as a folder on the way, not even within. */
static void
test_links (void)
{
  g_autoptr (TestWorkspace) outside = test_workspace_new ();
  g_autoptr (TestWorkspace) workspace = make_linked (outside);

  assert_links_refused (workspace);
}

/* Takes openat2 away from this process. Returns whether that can be done here. */
static gboolean
forbid_openat2 (void)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, 0), /* the number of the call */
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { .len = G_N_ELEMENTS (code), .filter = code };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0
         && syscall (SYS_openat2, AT_FDCWD, ".", NULL, (gsize)0) < 0 && errno == ENOSYS;
}

/* The same where the kernel has no openat2. */
static void
test_links_old_kernel (void)
{
  g_autoptr (TestWorkspace) outside = test_workspace_new ();
  g_autoptr (TestWorkspace) workspace = make_linked (outside);
  int status = -1;
  pid_t child = fork ();

  if (child == 0)
    {
      if (!forbid_openat2 ())
        _exit (77);
      assert_links_refused (workspace);
      assert_refused (workspace, "in/none.png", "No such file");
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
    g_test_skip ("openat2 cannot be taken away here");
  else
    g_assert_cmpint (status, ==, 0);
}

static GPtrArray *
order (const TestWorkspace *workspace, const char *first, const char *second)
{
  Veo3ClipOptions options = { 0 };
  Veo3ClipImage *image = veo3_clip_image_new (VEO3_IMAGE_REFERENCE, first);

  g_assert_true (veo3_clip_images_look (workspace->fd, image, NULL));
  veo3_clip_options_add_image (&options, image);
  image = veo3_clip_image_new (VEO3_IMAGE_REFERENCE, second);
  g_assert_true (veo3_clip_images_look (workspace->fd, image, NULL));
  veo3_clip_options_add_image (&options, image);
  return options.images;
}

/* What was ordered comes with its bytes; the order itself holds none. */
static void
test_load (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GPtrArray) ordered = NULL;
  g_autoptr (GPtrArray) loaded = NULL;
  g_autoptr (GError) error = NULL;
  const Veo3ClipImage *second;
  gsize length_bytes = 0;
  const char *data;

  test_workspace_write (workspace, "a", PNG "a");
  test_workspace_write (workspace, "b", JPEG "b");
  ordered = order (workspace, "a", "b");
  loaded = veo3_clip_images_load (workspace->fd, ordered, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (loaded->len, ==, 2);
  second = g_ptr_array_index (loaded, 1);
  g_assert_cmpint (second->role, ==, VEO3_IMAGE_REFERENCE);
  g_assert_cmpstr (second->mime_type, ==, "image/jpeg");
  data = g_bytes_get_data (second->bytes, &length_bytes);
  g_assert_cmpmem (data, length_bytes, JPEG "b", strlen (JPEG "b"));
  g_assert_null (((const Veo3ClipImage *)g_ptr_array_index (ordered, 1))->bytes);
}

/* A picture that is gone, or another one by now, is not loaded, and the message says which. */
static void
test_changed (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GPtrArray) ordered = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();

  test_workspace_write (workspace, "a", PNG "a");
  test_workspace_write (workspace, "b", PNG "b");
  ordered = order (workspace, "a", "b");
  test_workspace_write (workspace, "b", PNG "c");
  g_assert_null (veo3_clip_images_load (workspace->fd, ordered, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_assert_nonnull (strstr (error->message, "reference_images: b: is not the picture any more"));
  g_clear_error (&error);
  g_assert_cmpint (unlinkat (workspace->fd, "b", 0), ==, 0);
  g_assert_null (veo3_clip_images_load (workspace->fd, ordered, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "reference_images: b: No such file"));
  g_clear_error (&error);
  g_cancellable_cancel (cancelled);
  g_assert_null (veo3_clip_images_load (workspace->fd, ordered, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Three of the largest pictures may be sent at once, and not a byte more. */
static void
test_together (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autofree char *path = test_workspace_path (workspace, "a");
  g_auto (Veo3ClipOptions) ordered = { 0 };
  g_autoptr (GPtrArray) loaded = NULL;
  g_autoptr (GPtrArray) more = NULL;
  g_autoptr (GError) error = NULL;

  test_workspace_write (workspace, "a", PNG);
  test_workspace_write (workspace, "b", PNG);
  g_assert_cmpint (truncate (path, VEO3_CLIP_IMAGE_MAX_BYTES), ==, 0);
  for (guint i = 0; i < 3; i++)
    veo3_clip_options_add_image (&ordered, veo3_clip_image_new (VEO3_IMAGE_REFERENCE, "a"));
  loaded = veo3_clip_images_load (workspace->fd, ordered.images, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (loaded->len, ==, 3);
  veo3_clip_options_add_image (&ordered, veo3_clip_image_new (VEO3_IMAGE_REFERENCE, "b"));
  more = veo3_clip_images_load (workspace->fd, ordered.images, NULL, &error);
  g_assert_null (more);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
}

static Veo3Prompt *
make_prompt (const char *variant, const char *path)
{
  Veo3Prompt *prompt = g_new0 (Veo3Prompt, 1);

  prompt->variant = g_strdup (variant);
  prompt->prompt = g_strdup ("p");
  if (path != NULL)
    veo3_clip_options_add_image (&prompt->options,
                                 veo3_clip_image_new (VEO3_IMAGE_LAST_FRAME, path));
  return prompt;
}

static void
settle (const TestWorkspace *workspace, GPtrArray *prompts, const Veo3ClipOptions *fallback)
{
  g_autoptr (Veo3PromptImages) images = veo3_prompt_images_new (prompts, fallback);

  g_assert_nonnull (images);
  veo3_prompt_images_look (images, workspace->fd, NULL);
  veo3_prompt_images_settle (images, prompts, fallback);
}

/* Each prompt has its pictures with their digests, or those of the settings; one whose picture
 * cannot be used has a problem that names entry, field and file, or the setting. */
static void
test_prompts (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GPtrArray) prompts = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_prompt_free);
  g_auto (Veo3ClipOptions) fallback = { 0 };
  const Veo3Prompt *prompt;

  g_assert_null (veo3_prompt_images_new (NULL, &fallback));
  g_ptr_array_add (prompts, make_prompt ("a", NULL));
  g_assert_null (veo3_prompt_images_new (prompts, &fallback));
  g_ptr_array_add (prompts, make_prompt ("b", "own.png"));
  g_ptr_array_add (prompts, make_prompt ("c", "gone.png"));
  test_workspace_write (workspace, "own.png", PNG "own");
  test_workspace_write (workspace, "all.png", PNG);
  veo3_clip_options_add_image (&fallback, veo3_clip_image_new (VEO3_IMAGE_REFERENCE, "all.png"));
  settle (workspace, prompts, &fallback);
  prompt = g_ptr_array_index (prompts, 0);
  g_assert_cmpstr (prompt->problem, ==, NULL);
  g_assert_cmpuint (veo3_clip_options_count_images (&prompt->options, VEO3_IMAGE_REFERENCE), ==, 1);
  g_assert_cmpstr (((const Veo3ClipImage *)g_ptr_array_index (prompt->options.images, 0))->sha256,
                   ==, SHA_OF_PNG);
  prompt = g_ptr_array_index (prompts, 1);
  g_assert_cmpstr (prompt->problem, ==, NULL);
  g_assert_cmpuint (prompt->options.images->len, ==, 1);
  g_assert_nonnull (((const Veo3ClipImage *)g_ptr_array_index (prompt->options.images, 0))->sha256);
  prompt = g_ptr_array_index (prompts, 2);
  g_assert_cmpstr (prompt->problem, ==,
                   "publishing-assets.json: veo3_prompts[2].last_frame: gone.png: No such file or "
                   "directory");
}

/* A picture of the settings that cannot be used costs every clip that would be made from it. */
static void
test_setting (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (GPtrArray) prompts = g_ptr_array_new_with_free_func ((GDestroyNotify)veo3_prompt_free);
  g_auto (Veo3ClipOptions) fallback = { 0 };
  Veo3Prompt *bad = make_prompt ("b", NULL);

  bad->problem = g_strdup ("first");
  g_ptr_array_add (prompts, make_prompt ("a", NULL));
  g_ptr_array_add (prompts, bad);
  veo3_clip_options_add_image (&fallback, veo3_clip_image_new (VEO3_IMAGE_REFERENCE, "all.png"));
  settle (workspace, prompts, &fallback);
  g_assert_cmpstr (((const Veo3Prompt *)g_ptr_array_index (prompts, 0))->problem, ==,
                   "setting reference-images: all.png: No such file or directory");
  g_assert_cmpstr (bad->problem, ==, "first");
}

/* ---- the queue ---- */

typedef struct
{
  Veo3ImageQueue *queue;
  guint index;
  guint *n_told;
  gboolean *is_done; /* (nullable) */
  int expected;      /* code of the error, 0 = loaded */
  GCancellable *cancellable;
} Request;

static void
on_loaded (GPtrArray *images, const GError *error, gpointer user_data)
{
  g_autoptr (GPtrArray) loaded = images;
  Request *request = user_data;

  g_assert_cmpuint (request->index, ==, (*request->n_told)++);
  g_assert_true ((loaded != NULL) == (request->expected == 0));
  if (request->expected != 0)
    g_assert_error (error, G_IO_ERROR, request->expected);
  if (request->is_done != NULL)
    *request->is_done = TRUE;
}

/* Loads are told in their order, each once, none before it was asked for in full; one that was
 * called off is told as well. */
static void
test_queue (void)
{
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (Veo3ImageQueue) queue = veo3_image_queue_new (workspace->fd);
  g_autoptr (GPtrArray) good = NULL;
  gboolean is_done = FALSE;
  guint n_told = 0;
  Request requests[4];

  test_workspace_write (workspace, "a", PNG);
  good = order (workspace, "a", "a");
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();

      requests[i] = (Request){ .index = i, .n_told = &n_told };
      if (i == 2)
        {
          requests[i].expected = G_IO_ERROR_CANCELLED;
          g_cancellable_cancel (cancellable);
        }
      if (i == 3)
        requests[i].is_done = &is_done;
      veo3_image_queue_load (queue, good, cancellable, on_loaded, &requests[i]);
    }
  g_assert_cmpuint (n_told, ==, 0);
  test_wait_for_flag (NULL, &is_done);
  g_assert_cmpuint (n_told, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/clip-images/types", test_types);
  g_test_add_func ("/veo3/clip-images/foreign", test_foreign);
  g_test_add_func ("/veo3/clip-images/paths", test_paths);
  g_test_add_func ("/veo3/clip-images/links", test_links);
  g_test_add_func ("/veo3/clip-images/links-old-kernel", test_links_old_kernel);
  g_test_add_func ("/veo3/clip-images/load", test_load);
  g_test_add_func ("/veo3/clip-images/changed", test_changed);
  g_test_add_func ("/veo3/clip-images/together", test_together);
  g_test_add_func ("/veo3/clip-images/prompts", test_prompts);
  g_test_add_func ("/veo3/clip-images/setting", test_setting);
  g_test_add_func ("/veo3/clip-images/queue", test_queue);
  return g_test_run ();
}
