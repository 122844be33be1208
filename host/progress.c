/* SPDX-License-Identifier: MIT */
/*
 * progress.c: see progress.h.
 *
 * The block of live lines is always at the bottom, the cursor behind its last line. To change
 * anything the block is erased (cursor up, erase to the end of the screen) and written again, in
 * one write, so that a reader never sees half of it. One timer source: its ready time is the
 * earliest allowed redraw while something has changed, the next full second while live lines show
 * an elapsed time, and off otherwise.
 */
#include "host/progress.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "host/terminal-text.h"

#define REDRAW_GAP_US (250 * G_TIME_SPAN_MILLISECOND)
#define FALLBACK_COLUMNS 80u
#define FALLBACK_ROWS 24u

typedef struct
{
  guint64 run;
  ProgressKind kind;
  char *name;   /* (owned) escaped */
  char *status; /* (owned) escaped */
  char *detail; /* (owned) (nullable) escaped */
  PipelineProgressState state;
  gboolean is_settled; /* finished and printed above the block; kept to know a repetition */
  gint64 since_us;     /* monotonic: first news of it, or of its new life */
} Line;

struct _Progress
{
  int fd;
  gboolean is_live;    /* a terminal that can be redrawn */
  gboolean has_colour; /* likewise */
  GHashTable *labels;  /* (owned) run -> escaped label or "" */
  GPtrArray *lines;    /* (owned) Line, in order of appearance */
  GString *above;      /* (owned) finished lines and messages that the next redraw prints */
  guint shown_lines;   /* rows of the block on the screen */
  gboolean is_dirty;
  gint64 last_draw_us; /* monotonic */
  GSource *timer;      /* (owned) (nullable) */
};

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->name);
  g_free (line->status);
  g_free (line->detail);
  g_free (line);
}

static void
write_all (int fd, const char *text, gsize length)
{
  while (length > 0)
    {
      ssize_t written = write (fd, text, length);

      if (written <= 0)
        return; /* nobody reads any more: progress is not worth an error */
      text += written;
      length -= (gsize)written;
    }
}

static const char *
colour_of (PipelineProgressState state)
{
  switch (state)
    {
    case PIPELINE_PROGRESS_WAITING:
      return "\033[2m";
    case PIPELINE_PROGRESS_ACTIVE:
      return "\033[36m";
    case PIPELINE_PROGRESS_DONE:
      return "\033[32m";
    case PIPELINE_PROGRESS_FAILED:
      return "\033[31m";
    case PIPELINE_PROGRESS_ATTENTION:
      return "\033[33m";
    }
  return "";
}

static const char *
mark_of (PipelineProgressState state)
{
  switch (state)
    {
    case PIPELINE_PROGRESS_WAITING:
      return "·";
    case PIPELINE_PROGRESS_ACTIVE:
      return "▸";
    case PIPELINE_PROGRESS_DONE:
      return "✓";
    case PIPELINE_PROGRESS_FAILED:
      return "✗";
    case PIPELINE_PROGRESS_ATTENTION:
      return "!";
    }
  return " ";
}

static gboolean
state_is_final (PipelineProgressState state)
{
  return state == PIPELINE_PROGRESS_DONE || state == PIPELINE_PROGRESS_FAILED;
}

static void
append_label (Progress *self, GString *out, guint64 run)
{
  const char *label = g_hash_table_lookup (self->labels, &run);

  if (label != NULL && label[0] != '\0')
    g_string_append_printf (out, "%s: ", label);
}

/* A stage that waits has ended an attempt: its status tells how long that took. */
static gboolean
has_clock (const Line *line)
{
  gboolean is_between_attempts
      = line->kind == PROGRESS_STAGE && line->state == PIPELINE_PROGRESS_WAITING;

  return !state_is_final (line->state) && !is_between_attempts;
}

/* The words of a line, without mark and colour. */
static char *
words_of (Progress *self, const Line *line, gint64 now_us)
{
  GString *out = g_string_new (NULL);

  append_label (self, out, line->run);
  g_string_append_printf (out, "%s%s: %s", line->kind == PROGRESS_ITEM ? "  " : "", line->name,
                          line->status);
  if (line->detail != NULL && line->detail[0] != '\0')
    g_string_append_printf (out, " (%s)", line->detail);
  if (self->is_live && has_clock (line))
    {
      g_autofree char *elapsed = terminal_text_duration (now_us - line->since_us);

      g_string_append_printf (out, " %s", elapsed);
    }
  return g_string_free (out, FALSE);
}

static void
append_row (Progress *self, GString *out, const Line *line, guint columns)
{
  g_autofree char *words = words_of (self, line, g_get_monotonic_time ());
  g_autofree char *fitted = terminal_text_fit (words, columns > 3 ? columns - 3 : 1);
  const char *colour = self->has_colour ? colour_of (line->state) : "";
  const char *end = self->has_colour ? "\033[0m" : "";

  g_string_append_printf (out, "%s%s%s %s\n", colour, mark_of (line->state), end, fitted);
}

static void
erase_block (Progress *self, GString *out)
{
  if (self->shown_lines > 0)
    g_string_append_printf (out, "\033[%uA\r\033[J", self->shown_lines);
  self->shown_lines = 0;
}

static guint
count_live (const Progress *self)
{
  guint live = 0;

  for (guint i = 0; i < self->lines->len; i++)
    {
      const Line *line = g_ptr_array_index (self->lines, i);

      live += line->is_settled ? 0 : 1;
    }
  return live;
}

static void
append_block (Progress *self, GString *out)
{
  struct winsize size = { 0 };
  guint columns = FALLBACK_COLUMNS;
  guint rows = FALLBACK_ROWS;
  guint live = count_live (self);
  guint visible = 0;

  if (ioctl (self->fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0)
    {
      columns = size.ws_col;
      rows = size.ws_row;
    }
  /* A block as high as the screen could not be erased: the top would have scrolled away. */
  visible = MIN (live, rows > 3 ? rows - 2 : 1);
  for (guint i = 0; i < self->lines->len && self->shown_lines < visible; i++)
    {
      const Line *line = g_ptr_array_index (self->lines, i);

      if (line->is_settled)
        continue;
      append_row (self, out, line, columns);
      self->shown_lines++;
    }
  if (visible < live)
    {
      g_autofree char *more = g_strdup_printf ("  and %u more", live - visible);
      g_autofree char *fitted = terminal_text_fit (more, columns - 1);

      g_string_append_printf (out, "%s\n", fitted);
      self->shown_lines++;
    }
}

static void
schedule (Progress *self)
{
  gint64 ready_us = -1;

  if (self->timer == NULL)
    return;
  if (self->is_dirty)
    ready_us = self->last_draw_us + REDRAW_GAP_US;
  else if (count_live (self) > 0)
    ready_us = self->last_draw_us + G_TIME_SPAN_SECOND;
  g_source_set_ready_time (self->timer, ready_us);
}

/* Writes what is new over the block and the block again below it, in one write. */
static void
redraw (Progress *self)
{
  g_autoptr (GString) out = g_string_new (NULL);

  erase_block (self, out);
  g_string_append_len (out, self->above->str, (gssize)self->above->len);
  g_string_truncate (self->above, 0);
  append_block (self, out);
  write_all (self->fd, out->str, out->len);
  self->is_dirty = FALSE;
  self->last_draw_us = g_get_monotonic_time ();
  schedule (self);
}

static void
mark_dirty (Progress *self)
{
  self->is_dirty = TRUE;
  schedule (self);
}

static gboolean
on_redraw_due (gpointer user_data)
{
  Progress *self = user_data;
  struct pollfd state = { .fd = self->fd, .events = POLLOUT };

  /* A terminal stopped with Ctrl-S must not stop the runs. */
  if (poll (&state, 1, 0) == 1 && (state.revents & POLLOUT) != 0)
    redraw (self);
  else
    self->last_draw_us = g_get_monotonic_time ();
  schedule (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch_timer (GSource *source, GSourceFunc callback, gpointer user_data)
{
  (void)source;
  return callback (user_data);
}

static GSourceFuncs timer_funcs = { .dispatch = dispatch_timer };

static gboolean
terminal_can_redraw (int fd)
{
  const char *term = g_getenv ("TERM");

  return isatty (fd) && term != NULL && term[0] != '\0' && strcmp (term, "dumb") != 0;
}

Progress *
progress_new (int fd)
{
  Progress *self = g_new0 (Progress, 1);
  const char *no_colour = g_getenv ("NO_COLOR");

  self->fd = fd;
  self->is_live = terminal_can_redraw (fd);
  self->has_colour = self->is_live && (no_colour == NULL || no_colour[0] == '\0');
  self->labels = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->lines = g_ptr_array_new_with_free_func (line_free);
  self->above = g_string_new (NULL);
  if (self->is_live)
    {
      self->timer = g_source_new (&timer_funcs, sizeof (GSource));
      g_source_set_static_name (self->timer, "progress redraw");
      g_source_set_callback (self->timer, on_redraw_due, self, NULL);
      g_source_attach (self->timer, NULL);
    }
  return self;
}

void
progress_free (Progress *self)
{
  if (self == NULL)
    return;
  progress_flush (self);
  if (self->timer != NULL)
    {
      g_source_destroy (self->timer);
      g_source_unref (self->timer);
    }
  g_hash_table_unref (self->labels);
  g_ptr_array_unref (self->lines);
  g_string_free (self->above, TRUE);
  g_free (self);
}

void
progress_flush (Progress *self)
{
  if (self->is_live && self->is_dirty)
    redraw (self);
}

void
progress_begin_run (Progress *self, guint64 run, const char *label)
{
  guint64 *key = g_new (guint64, 1);

  *key = run;
  g_hash_table_replace (self->labels, key, terminal_text_escape (label));
}

void
progress_end_run (Progress *self, guint64 run)
{
  for (guint i = 0; i < self->lines->len;)
    {
      const Line *line = g_ptr_array_index (self->lines, i);

      if (line->run != run)
        {
          i++;
          continue;
        }
      if (self->is_live && !line->is_settled)
        {
          append_row (self, self->above, line, G_MAXUINT);
          mark_dirty (self);
        }
      g_ptr_array_remove_index (self->lines, i);
    }
  g_hash_table_remove (self->labels, &run);
}

static Line *
find_line (Progress *self, const ProgressNews *news, const char *name)
{
  for (guint i = 0; i < self->lines->len; i++)
    {
      Line *line = g_ptr_array_index (self->lines, i);

      if (line->run == news->run && line->kind == news->kind && strcmp (line->name, name) == 0)
        return line;
    }
  return NULL;
}

static Line *
new_line (Progress *self, const ProgressNews *news, const char *name)
{
  Line *line = g_new0 (Line, 1);

  line->run = news->run;
  line->kind = news->kind;
  line->name = g_strdup (name);
  line->since_us = g_get_monotonic_time ();
  g_ptr_array_add (self->lines, line);
  return line;
}

static void
show_plain (Progress *self, const Line *line)
{
  g_autofree char *words = words_of (self, line, 0);
  g_autofree char *row = g_strconcat (words, "\n", NULL);

  write_all (self->fd, row, strlen (row));
}

static void
show_live (Progress *self, Line *line)
{
  if (state_is_final (line->state))
    {
      append_row (self, self->above, line, G_MAXUINT);
      line->is_settled = TRUE;
    }
  mark_dirty (self);
}

void
progress_update (Progress *self, const ProgressNews *news)
{
  g_autofree char *name = terminal_text_escape (news->name);
  g_autofree char *status = terminal_text_escape (news->status);
  Line *line = find_line (self, news, name);
  gboolean is_change
      = line == NULL || line->state != news->state || strcmp (line->status, status) != 0;

  if (line == NULL)
    line = new_line (self, news, name);
  if (line->is_settled && !is_change)
    return;
  if (line->is_settled)
    line->since_us = g_get_monotonic_time ();

  line->is_settled = FALSE;
  line->state = news->state;
  g_free (line->status);
  line->status = g_steal_pointer (&status);
  g_free (line->detail);
  line->detail = news->detail != NULL ? terminal_text_escape (news->detail) : NULL;

  if (self->is_live)
    show_live (self, line);
  else if (is_change)
    show_plain (self, line);
}

void
progress_message (Progress *self, guint64 run, PipelineLogLevel level, const char *message)
{
  static const char *const words[] = { "", "", "warning: ", "error: " };
  static const char *const colours[] = { "", "", "\033[33m", "\033[31m" };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *escaped = terminal_text_escape (message);

  if (level == PIPELINE_LOG_DEBUG)
    return;
  append_label (self, out, run);
  g_string_append_printf (out, "%s%s%s%s\n", self->has_colour ? colours[level] : "", words[level],
                          self->has_colour && colours[level][0] != '\0' ? "\033[0m" : "", escaped);
  if (!self->is_live)
    {
      write_all (self->fd, out->str, out->len);
      return;
    }
  g_string_append_len (self->above, out->str, (gssize)out->len);
  mark_dirty (self);
}
