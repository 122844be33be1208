/* SPDX-License-Identifier: MIT */
/*
 * Clips: a cache, a queue, and at most two ffmpeg children.
 *
 * Thread model: everything runs on the maker's thread; a child's end comes back through its main
 * context. Drawing text needs files, so each clip has a number in a temporary folder and ffmpeg
 * runs inside it: no path has to be quoted for its filter language. Must not know operations.
 */
#include "tests/emulator/clip-maker.h"

#include "tests/emulator/synthetic-clip.h"

#include <glib/gstdio.h>
#include <string.h>

#define MAX_CHILDREN 2u
#define FRAME_LONG 640
#define FRAME_SHORT 360
#define FONT_SIZE 26
#define LINE_CHARS_LANDSCAPE 34u
#define LINE_CHARS_PORTRAIT 19u
#define MAX_LINES 11u
#define FRAMES_PER_SECOND 24

struct _EmulatorClip
{
  EmulatorClipState state;
  gchar *text;            /* (owned) (const after new) */
  int duration_s;         /* (const after new) */
  gboolean portrait;      /* (const after new) */
  gint64 synthetic_bytes; /* (const after new) */
  guint number;           /* (const after new) names its files */
  GBytes *bytes;          /* (owned) (nullable) file of a READY clip drawn by ffmpeg */
  gchar *failure;         /* (owned) (nullable) */
};

struct _EmulatorClipMaker
{
  gchar *folder;       /* (owned) (const after new) */
  GHashTable *clips;   /* (owned) what it shows -> EmulatorClip (owned) */
  GQueue waiting;      /* EmulatorClip (owned) */
  GPtrArray *children; /* (owned) (element-type GSubprocess) running ffmpegs */
  guint last_number;
  gboolean closing;
};

typedef struct
{
  EmulatorClipMaker *maker; /* (borrowed) outlives its children */
  EmulatorClip *clip;       /* (owned) */
} Drawing;

static void start_waiting (EmulatorClipMaker *self);

static void
clip_clear (gpointer data)
{
  EmulatorClip *self = data;

  g_free (self->text);
  g_free (self->failure);
  g_clear_pointer (&self->bytes, g_bytes_unref);
}

EmulatorClip *
emulator_clip_ref (EmulatorClip *self)
{
  return g_rc_box_acquire (self);
}

void
emulator_clip_unref (EmulatorClip *self)
{
  if (self != NULL)
    g_rc_box_release_full (self, clip_clear);
}

EmulatorClipState
emulator_clip_get_state (EmulatorClip *self)
{
  return self->state;
}

const gchar *
emulator_clip_get_failure (EmulatorClip *self)
{
  return self->failure;
}

GBytes *
emulator_clip_dup_bytes (EmulatorClip *self)
{
  g_assert (self->state == EMULATOR_CLIP_READY);
  if (self->bytes != NULL)
    return g_bytes_ref (self->bytes);
  return synthetic_clip_new ((gsize)self->synthetic_bytes, self->duration_s,
                             g_str_hash (self->text));
}

static void
unref_clip (gpointer clip)
{
  emulator_clip_unref (clip);
}

EmulatorClipMaker *
emulator_clip_maker_new (GError **error)
{
  g_autofree gchar *folder = g_dir_make_tmp ("veo3-emulator-XXXXXX", error);
  EmulatorClipMaker *self;

  if (folder == NULL)
    return NULL;
  self = g_new0 (EmulatorClipMaker, 1);
  self->folder = g_steal_pointer (&folder);
  self->clips = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_clip);
  self->children = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&self->waiting);
  return self;
}

static void
remove_folder (const gchar *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree gchar *path = g_build_filename (folder, name, NULL);

      (void)g_unlink (path);
    }
  (void)g_rmdir (folder);
}

void
emulator_clip_maker_free (EmulatorClipMaker *self)
{
  if (self == NULL)
    return;
  self->closing = TRUE;
  g_queue_clear_full (&self->waiting, unref_clip);
  for (guint i = 0; i < self->children->len; i++)
    g_subprocess_force_exit (g_ptr_array_index (self->children, i));
  while (self->children->len > 0)
    g_main_context_iteration (NULL, TRUE);
  remove_folder (self->folder);
  g_ptr_array_unref (self->children);
  g_hash_table_unref (self->clips);
  g_free (self->folder);
  g_free (self);
}

static gchar *
build_file_path (EmulatorClipMaker *self, EmulatorClip *clip, const gchar *suffix)
{
  g_autofree gchar *name = g_strdup_printf ("%u%s", clip->number, suffix);

  return g_build_filename (self->folder, name, NULL);
}

static void
append_wrapped_word (GString *wrapped, gsize *line_chars, const gchar *word, gsize max_chars)
{
  const gsize word_chars = (gsize)g_utf8_strlen (word, -1);

  if (*line_chars > 0 && *line_chars + 1 + word_chars > max_chars)
    {
      g_string_append_c (wrapped, '\n');
      *line_chars = 0;
    }
  if (*line_chars > 0)
    {
      g_string_append_c (wrapped, ' ');
      *line_chars += 1;
    }
  g_string_append (wrapped, word);
  *line_chars += word_chars;
}

/* The prompt in lines that fit into the frame; what is too long for it is left out at the end. */
static gchar *
wrap_text (const gchar *text, gsize max_chars)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t\r\n", -1);
  g_autoptr (GString) wrapped = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;
  gsize line_chars = 0;

  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (*words[i] != '\0')
        append_wrapped_word (wrapped, &line_chars, words[i], max_chars);
    }
  lines = g_strsplit (wrapped->str, "\n", -1);
  if (g_strv_length (lines) > MAX_LINES)
    {
      g_free (lines[MAX_LINES]);
      lines[MAX_LINES] = g_strdup ("…");
      for (gsize i = MAX_LINES + 1; lines[i] != NULL; i++)
        g_clear_pointer (&lines[i], g_free);
    }
  return g_strjoinv ("\n", lines);
}

/* A colour of full saturation and half brightness: white text stays readable on it. */
static guint
colour_of_hue (guint hue_degrees)
{
  const gdouble position = (hue_degrees % 360) / 60.0;
  const gdouble high = 150;
  const gdouble part = position - (guint)position;
  const guint up = (guint)(high * part);
  const guint down = (guint)(high * (1 - part));
  const guint top = (guint)high;

  switch ((guint)position)
    {
    case 0:
      return top << 16 | up << 8;
    case 1:
      return down << 16 | top << 8;
    case 2:
      return top << 8 | up;
    case 3:
      return down << 8 | top;
    case 4:
      return up << 16 | top;
    default:
      return top << 16 | down;
    }
}

static gchar *
build_background (EmulatorClip *clip)
{
  const guint hue = g_str_hash (clip->text) % 360;

  return g_strdup_printf (
      "gradients=s=%dx%d:r=%d:d=%d:speed=0.03:nb_colors=3:c0=0x%06x:c1=0x%06x:c2=0x%06x",
      clip->portrait ? FRAME_SHORT : FRAME_LONG, clip->portrait ? FRAME_LONG : FRAME_SHORT,
      FRAMES_PER_SECOND, clip->duration_s, colour_of_hue (hue), colour_of_hue (hue + 50),
      colour_of_hue (hue + 110));
}

static gchar *
build_filters (EmulatorClip *clip)
{
  return g_strdup_printf (
      "drawtext=textfile=%u.txt:expansion=none:font=DejaVu Sans:fontsize=%d:fontcolor=white:"
      "line_spacing=8:box=1:boxcolor=black@0.45:boxborderw=14:x=(w-text_w)/2:y=(h-text_h)/2,"
      "drawtext=text=emulated clip:font=DejaVu Sans:fontsize=16:fontcolor=white@0.8:"
      "x=(w-text_w)*t/%d:y=h-28",
      clip->number, FONT_SIZE, clip->duration_s);
}

static GStrv
build_command (EmulatorClip *clip)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree gchar *background = build_background (clip);
  g_autofree gchar *filters = build_filters (clip);
  g_autofree gchar *tone = g_strdup_printf ("sine=frequency=%u:sample_rate=48000:duration=%d",
                                            196 + g_str_hash (clip->text) % 330, clip->duration_s);
  g_autofree gchar *duration = g_strdup_printf ("%d", clip->duration_s);
  g_autofree gchar *output = g_strdup_printf ("%u.mp4", clip->number);

  g_strv_builder_add_many (builder, "ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error",
                           "-y", "-f", "lavfi", "-i", background, "-f", "lavfi", "-i", tone, "-vf",
                           filters, "-af", "volume=0.1", "-c:v", "libx264", "-preset", "ultrafast",
                           "-crf", "27", "-threads", "1", "-pix_fmt", "yuv420p", "-c:a", "aac",
                           "-b:a", "64k", "-ac", "2", "-t", duration, "-movflags", "+faststart",
                           output, NULL);
  return g_strv_builder_end (builder);
}

static void
fail_clip (EmulatorClip *clip, const gchar *why)
{
  clip->state = EMULATOR_CLIP_FAILED;
  clip->failure = g_strdup_printf ("the emulator could not draw the clip: %s", why);
  g_printerr ("veo3_emulator: %s, continuing\n", clip->failure);
}

/* Mapped, not read: the file is gone from the folder at once, its pages stay as long as the clip.
 */
static void
adopt_file (EmulatorClipMaker *self, EmulatorClip *clip)
{
  g_autoptr (GError) local_error = NULL;
  g_autofree gchar *output = build_file_path (self, clip, ".mp4");
  g_autofree gchar *text = build_file_path (self, clip, ".txt");
  g_autoptr (GMappedFile) mapped = g_mapped_file_new (output, FALSE, &local_error);

  (void)g_unlink (output);
  (void)g_unlink (text);
  if (mapped == NULL)
    {
      fail_clip (clip, local_error->message);
      return;
    }
  clip->bytes = g_mapped_file_get_bytes (mapped);
  clip->state = EMULATOR_CLIP_READY;
}

static void
on_drawn (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Drawing *drawing = data;
  g_autoptr (EmulatorClip) clip = drawing->clip;
  g_autoptr (GError) local_error = NULL;
  g_autofree gchar *words = NULL;
  EmulatorClipMaker *self = drawing->maker;
  GSubprocess *child = G_SUBPROCESS (source);

  if (!g_subprocess_communicate_utf8_finish (child, result, NULL, &words, &local_error))
    fail_clip (clip, local_error->message);
  else if (self->closing)
    clip->state = EMULATOR_CLIP_FAILED;
  else if (!g_subprocess_get_successful (child))
    fail_clip (clip, words != NULL ? g_strstrip (words) : "ffmpeg failed");
  else
    adopt_file (self, clip);
  g_ptr_array_remove_fast (self->children, child);
  start_waiting (self);
}

static gboolean
write_text_file (EmulatorClipMaker *self, EmulatorClip *clip, GError **error)
{
  g_autofree gchar *path = build_file_path (self, clip, ".txt");
  g_autofree gchar *wrapped
      = wrap_text (clip->text, clip->portrait ? LINE_CHARS_PORTRAIT : LINE_CHARS_LANDSCAPE);

  return g_file_set_contents (path, wrapped, -1, error);
}

static void
start_drawing (EmulatorClipMaker *self, EmulatorClip *clip)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_auto (GStrv) command = build_command (clip);
  g_autoptr (GError) local_error = NULL;
  GSubprocess *child = NULL;
  Drawing *drawing;

  g_subprocess_launcher_set_cwd (launcher, self->folder);
  if (write_text_file (self, clip, &local_error))
    child = g_subprocess_launcher_spawnv (launcher, (const gchar *const *)command, &local_error);
  if (child == NULL)
    {
      fail_clip (clip, local_error->message);
      return;
    }
  g_ptr_array_add (self->children, child);
  drawing = g_new0 (Drawing, 1);
  drawing->maker = self;
  drawing->clip = emulator_clip_ref (clip);
  g_subprocess_communicate_utf8_async (child, NULL, NULL, on_drawn, drawing);
}

static void
start_waiting (EmulatorClipMaker *self)
{
  while (!self->closing && self->children->len < MAX_CHILDREN && !g_queue_is_empty (&self->waiting))
    {
      g_autoptr (EmulatorClip) clip = g_queue_pop_head (&self->waiting);

      start_drawing (self, clip);
    }
}

static EmulatorClip *
clip_new (EmulatorClipMaker *self, const EmulatorClipSpec *spec)
{
  EmulatorClip *clip = g_rc_box_new0 (EmulatorClip);

  clip->text = g_strdup (spec->text);
  clip->duration_s = spec->duration_s;
  clip->portrait = spec->portrait;
  clip->synthetic_bytes = spec->synthetic_bytes;
  clip->number = ++self->last_number;
  clip->state = spec->synthetic_bytes > 0 ? EMULATOR_CLIP_READY : EMULATOR_CLIP_PENDING;
  return clip;
}

EmulatorClip *
emulator_clip_maker_get (EmulatorClipMaker *self, const EmulatorClipSpec *spec)
{
  g_autofree gchar *shown
      = g_strdup_printf ("%d %d %" G_GINT64_FORMAT " %s", spec->duration_s, spec->portrait ? 1 : 0,
                         spec->synthetic_bytes, spec->text);
  EmulatorClip *clip = g_hash_table_lookup (self->clips, shown);

  if (clip != NULL && clip->state != EMULATOR_CLIP_FAILED)
    return emulator_clip_ref (clip);
  clip = clip_new (self, spec);
  g_hash_table_replace (self->clips, g_steal_pointer (&shown), emulator_clip_ref (clip));
  if (clip->state == EMULATOR_CLIP_PENDING)
    {
      g_queue_push_tail (&self->waiting, emulator_clip_ref (clip));
      start_waiting (self);
    }
  return clip;
}
