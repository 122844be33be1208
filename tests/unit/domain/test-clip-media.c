/* SPDX-License-Identifier: MIT */
/* When a clip counts as something else than what was asked for. */
#include "plugin/domain/veo3-clip-media.h"

/** Row: what was asked for and what came. */
typedef struct
{
  int duration_s;
  const char *ratio;      /* (nullable) */
  const char *resolution; /* (nullable) */
  Veo3ClipMedia media;
  const char *difference; /* (nullable) NULL = none */
} Row;

static const Row rows[] = {
  { 6, "9:16", "720p", { 6000, 720, 1280, TRUE }, NULL },
  { 6, "9:16", "720p", { 6042, 720, 1280, FALSE }, NULL },
  { 6, "9:16", "720p", { 6500, 720, 1280, TRUE }, NULL },
  { 6, "9:16", "720p", { 5500, 720, 1280, TRUE }, NULL },
  { 6, "9:16", "720p", { 6501, 720, 1280, TRUE }, "asked for 6 s, got 6.5 s" },
  { 6, "9:16", "720p", { 4000, 720, 1280, TRUE }, "asked for 6 s, got 4.0 s" },
  { 6, "9:16", "720p", { 6000, 1280, 720, TRUE }, "asked for 9:16, got 1280x720" },
  { 6, "16:9", "720p", { 6000, 1280, 720, TRUE }, NULL },
  { 6, "16:9", "1080p", { 6000, 1920, 1088, TRUE }, NULL },
  { 6, "16:9", "1080p", { 6000, 1920, 1072, TRUE }, NULL },
  { 6, "16:9", "1080p", { 6000, 1280, 720, TRUE }, "asked for 1080p, got 1280x720" },
  { 6, "9:16", "4k", { 6000, 2160, 3840, TRUE }, NULL },
  { 6, "9:16", "4K", { 6000, 720, 1280, TRUE }, "asked for 4K, got 720x1280" },
  { 6, "1:1", "720p", { 6000, 720, 720, TRUE }, NULL },
  { 6, "9:16", NULL, { 6000, 180, 320, TRUE }, NULL },
  /* small pictures are rounded as well */
  { 6, "9:16", NULL, { 6000, 184, 320, TRUE }, NULL },
  { 6, "9:16", NULL, { 6000, 720, 1200, TRUE }, "asked for 9:16, got 720x1200" },
  { 8,
    "9:16",
    "1080p",
    { 4000, 1280, 720, TRUE },
    "asked for 8 s, got 4.0 s; asked for 9:16, got 1280x720; asked for 1080p, got 1280x720" },
  /* what nobody said is not compared */
  { 6, NULL, NULL, { 6000, 1280, 720, TRUE }, NULL },
  { 6, "9:16", "720p", { 0, 0, 0, FALSE }, NULL },
  { 0, "9:16", "720p", { 6000, 720, 1280, TRUE }, NULL },
  { 6, "9:16", "720p", { 6000, 720, 0, TRUE }, NULL },
  /* what nobody understands neither */
  { 6, "tall", "hd", { 6000, 1280, 720, TRUE }, NULL },
  { 6, "9:0", "p", { 6000, 1280, 720, TRUE }, NULL },
  { 6, "0:9", "720px", { 6000, 1280, 700, TRUE }, NULL },
  { 6, "99999999999999999999:16", "99999999999999999999p", { 6000, 1280, 700, TRUE }, NULL },
};

/* Length, shape and size are compared as services round them. */
static void
test_compare (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *ratio = g_strdup (rows[i].ratio);
      g_autofree char *resolution = g_strdup (rows[i].resolution);
      const Veo3ClipRequest request = { .duration_s = rows[i].duration_s,
                                        .options.aspect_ratio = ratio,
                                        .options.resolution = resolution };
      g_autofree char *difference = veo3_clip_media_compare (&rows[i].media, &request);

      g_test_message ("row %zu", i);
      g_assert_cmpstr (difference, ==, rows[i].difference);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/veo3/clip-media/compare", test_compare);
  return g_test_run ();
}
