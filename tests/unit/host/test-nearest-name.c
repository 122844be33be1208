/* SPDX-License-Identifier: MIT */
/*
 * Purpose: tests of host/nearest-name.c.
 */
#include "host/nearest-name.h"

#include <string.h>

static const char *const keys[] = { "command", "plugin", "outputs", "timeout", "retries", NULL };

/* One change counts one: insert, delete, replace, swap of neighbours; case does not count. */
static void
test_distance (void)
{
  g_assert_cmpuint (nearest_name_distance ("", ""), ==, 0);
  g_assert_cmpuint (nearest_name_distance ("abc", ""), ==, 3);
  g_assert_cmpuint (nearest_name_distance ("timeout", "timout"), ==, 1);
  g_assert_cmpuint (nearest_name_distance ("timout", "timeout"), ==, 1);
  g_assert_cmpuint (nearest_name_distance ("timeout", "timoeut"), ==, 1);
  g_assert_cmpuint (nearest_name_distance ("timeout", "timeaut"), ==, 1);
  g_assert_cmpuint (nearest_name_distance ("CONTENT", "content"), ==, 0);
  g_assert_cmpuint (nearest_name_distance ("kitten", "sitting"), ==, 3);
}

/* Very long names are simply different, so that a hostile file cannot make this expensive. */
static void
test_long_names (void)
{
  g_autofree char *a = g_strnfill (65, 'a');
  g_autofree char *b = g_strnfill (100, 'a');

  g_assert_cmpuint (nearest_name_distance (a, a), ==, 0);
  g_assert_cmpuint (nearest_name_distance (a, b), ==, 100);
}

/* A slip finds its name; something else finds nothing; of two equally near, the first. */
static void
test_find (void)
{
  static const char *const twins[] = { "poll-min", "poll-max", NULL };

  g_assert_cmpstr (nearest_name_find ("comand", keys), ==, "command");
  g_assert_cmpstr (nearest_name_find ("Timeout", keys), ==, "timeout");
  g_assert_cmpstr (nearest_name_find ("output", keys), ==, "outputs");
  g_assert_null (nearest_name_find ("colour", keys));
  g_assert_null (nearest_name_find ("x", keys));
  g_assert_null (nearest_name_find ("", keys));
  g_assert_null (nearest_name_find ("command", NULL));
  g_assert_cmpstr (nearest_name_find ("poll-mix", twins), ==, "poll-min");
}

/* The hint is a ready tail of a message. */
static void
test_hint (void)
{
  g_autofree char *some = nearest_name_hint ("retry", (const char *const[]){ "retries", NULL });
  g_autofree char *near = nearest_name_hint ("plugins", keys);
  g_autofree char *none = nearest_name_hint ("zzzzzz", keys);

  g_assert_cmpstr (some, ==, "");
  g_assert_cmpstr (near, ==, " (did you mean 'plugin'?)");
  g_assert_cmpstr (none, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host/nearest-name/distance", test_distance);
  g_test_add_func ("/host/nearest-name/long-names", test_long_names);
  g_test_add_func ("/host/nearest-name/find", test_find);
  g_test_add_func ("/host/nearest-name/hint", test_hint);
  return g_test_run ();
}
