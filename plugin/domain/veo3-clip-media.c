/* SPDX-License-Identifier: MIT */
/*
 * Lengths, shapes and sizes with their tolerances. Pure. Must not be stricter than the services are
 * exact: a warning about each clip is one that nobody reads.
 */
#include "plugin/domain/veo3-clip-media.h"

#define DURATION_SLACK_MS 500
#define SIZE_SLACK_PIXELS 8
#define SHAPE_SLACK_PERCENT 2

static void
add_difference (GString *text, char *difference)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "", difference);
  g_free (difference);
}

static void
compare_duration (const Veo3ClipMedia *media, const Veo3ClipRequest *request, GString *text)
{
  gint64 asked_ms = (gint64)request->duration_s * 1000;

  if (media->duration_ms <= 0 || request->duration_s <= 0
      || ABS (media->duration_ms - asked_ms) <= DURATION_SLACK_MS)
    return;
  add_difference (text,
                  g_strdup_printf ("asked for %d s, got %d.%d s", request->duration_s,
                                   media->duration_ms / 1000, media->duration_ms % 1000 / 100));
}

/* "9:16" */
static gboolean
read_shape (const char *ratio, gint64 *ret_width, gint64 *ret_height)
{
  char *end = NULL;

  *ret_width = (gint64)g_ascii_strtoull (ratio, &end, 10);
  if (end == ratio || *end != ':')
    return FALSE;
  ratio = end + 1;
  *ret_height = (gint64)g_ascii_strtoull (ratio, &end, 10);
  return end != ratio && *end == '\0' && *ret_width > 0 && *ret_width<G_MAXUINT16 && * ret_height> 0
         && *ret_height < G_MAXUINT16;
}

static void
compare_shape (const Veo3ClipMedia *media, const char *ratio, GString *text)
{
  gint64 width, height, expected, slack;

  if (ratio == NULL || !read_shape (ratio, &width, &height))
    return;
  expected = media->height * width / height;
  slack = MAX (expected * SHAPE_SLACK_PERCENT / 100, SIZE_SLACK_PIXELS);
  if (ABS (media->width - expected) > slack)
    add_difference (text, g_strdup_printf ("asked for %s, got %dx%d", ratio, media->width,
                                           media->height));
}

/* "720p" and "4k" name the shorter side. Returns 0 for a name that names none. */
static int
read_shorter_side (const char *resolution)
{
  char *end = NULL;
  guint64 lines = g_ascii_strtoull (resolution, &end, 10);

  if (g_ascii_strcasecmp (resolution, "4k") == 0)
    return 2160;
  return end != resolution && g_ascii_strcasecmp (end, "p") == 0 && lines <= G_MAXUINT16
             ? (int)lines
             : 0;
}

static void
compare_size (const Veo3ClipMedia *media, const char *resolution, GString *text)
{
  int side = resolution != NULL ? read_shorter_side (resolution) : 0;

  if (side != 0 && ABS (MIN (media->width, media->height) - side) > SIZE_SLACK_PIXELS)
    add_difference (text, g_strdup_printf ("asked for %s, got %dx%d", resolution, media->width,
                                           media->height));
}

char *
veo3_clip_media_compare (const Veo3ClipMedia *media, const Veo3ClipRequest *request)
{
  g_autoptr (GString) text = g_string_new (NULL);

  compare_duration (media, request, text);
  if (media->width > 0 && media->height > 0)
    {
      compare_shape (media, request->options.aspect_ratio, text);
      compare_size (media, request->options.resolution, text);
    }
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}
