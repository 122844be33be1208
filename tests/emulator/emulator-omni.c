/* SPDX-License-Identifier: MIT */
/*
 * The Interactions API over bare sockets, for the emulator's own tests.
 *
 * Thread model: synchronous, on the caller's thread.
 */
#include "tests/emulator/emulator-omni.h"

#include <string.h>

#define POLL_PAUSE_US 20000
#define PATH "/v1beta/interactions"

Exchange *
emulator_omni_post (EmulatorClient *emulator, const gchar *body)
{
  return emulator_test_request (emulator, "POST " PATH, EMULATOR_OMNI_HEADERS, body);
}

static Exchange *
post_prompt (EmulatorClient *emulator, const gchar *prompt, const gchar *members)
{
  g_autofree gchar *body = g_strdup_printf ("{\"model\":\"" EMULATOR_OMNI_MODEL
                                            "\",\"background\":true,\"input\":\"%s\"%s}",
                                            prompt, members);

  return emulator_omni_post (emulator, body);
}

Exchange *
emulator_omni_submit (EmulatorClient *emulator, const gchar *prompt)
{
  return post_prompt (emulator, prompt, "");
}

gchar *
emulator_omni_accept (EmulatorClient *emulator, const gchar *prompt, const gchar *members)
{
  g_autoptr (Exchange) answer = post_prompt (emulator, prompt, members);
  json_object *json = emulator_test_parse (answer);
  gchar *id = g_strdup (emulator_log_string (json, "id"));

  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_nonnull (id);
  g_assert_cmpstr (emulator_log_string (json, "object"), ==, "interaction");
  json_object_put (json);
  return id;
}

Exchange *
emulator_omni_get (EmulatorClient *emulator, const gchar *id)
{
  g_autofree gchar *path = g_strconcat (PATH "/", id, NULL);

  return emulator_test_get (emulator, path, NULL);
}

Exchange *
emulator_omni_cancel (EmulatorClient *emulator, const gchar *id)
{
  g_autofree gchar *line = g_strconcat ("POST " PATH "/", id, "/cancel", NULL);

  return emulator_test_request (emulator, line, EMULATOR_OMNI_HEADERS "Content-Length: 0\r\n",
                                NULL);
}

static gboolean
is_running (json_object *json)
{
  const gchar *status = emulator_log_string (json, "status");

  return g_strcmp0 (status, "queued") == 0 || g_strcmp0 (status, "in_progress") == 0;
}

json_object *
emulator_omni_poll (EmulatorClient *emulator, const gchar *id)
{
  const gint64 deadline_us = g_get_monotonic_time () + EMULATOR_TEST_DEADLINE_MS * 1000;

  while (TRUE)
    {
      g_autoptr (Exchange) answer = emulator_omni_get (emulator, id);
      json_object *json = emulator_test_parse (answer);

      g_assert_cmpuint (answer->status, ==, 200);
      if (!is_running (json))
        return json;
      json_object_put (json);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
      g_usleep (POLL_PAUSE_US);
    }
}

gchar *
emulator_omni_wait_for_uri (EmulatorClient *emulator, const gchar *id)
{
  json_object *json = emulator_omni_poll (emulator, id);
  const gchar *uri = emulator_log_string (json, "steps/2/content/1/uri");
  const gchar *base_url = emulator_client_get_base_url (emulator);
  gchar *path = NULL;

  g_assert_nonnull (uri);
  g_assert_true (g_str_has_prefix (uri, base_url));
  path = g_strdup (uri + strlen (base_url));
  json_object_put (json);
  return path;
}

gchar *
emulator_omni_find_id (const Exchange *stream)
{
  const gchar *id = strstr (stream->body, "\"id\":\"");

  if (id == NULL)
    return NULL;
  id += strlen ("\"id\":\"");
  return g_strndup (id, strcspn (id, "\""));
}
