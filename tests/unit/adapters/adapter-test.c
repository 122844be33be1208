/* SPDX-License-Identifier: MIT */
/*
 * Waiting on a context of one's own, with deadlines that fail. Must not use g_timeout_add(): it
 * would land on the default context, which nobody iterates here.
 */
#include "tests/unit/adapters/adapter-test.h"

typedef struct
{
  const guint *count;
  guint least;
} Awaited;

GMainContext *
adapter_test_push_context (void)
{
  GMainContext *context = g_main_context_new ();

  g_main_context_push_thread_default (context);
  return context;
}

void
adapter_test_pop_context (GMainContext *context)
{
  g_assert_false (g_main_context_pending (context));
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
}

static gboolean
on_tick (gpointer user_data)
{
  *(gboolean *)user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static GSource *
add_timer (GMainContext *context, guint interval_ms, gboolean *fired)
{
  GSource *source = g_timeout_source_new (interval_ms);

  g_source_set_callback (source, on_tick, fired, NULL);
  g_source_attach (source, context);
  return source;
}

static void
remove_timer (GSource *source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static gboolean
has_count (gpointer data)
{
  const Awaited *awaited = data;

  return *awaited->count >= awaited->least;
}

void
adapter_test_wait (GMainContext *context, const guint *count, guint least)
{
  Awaited awaited = { count, least };

  adapter_test_wait_until (context, has_count, &awaited);
}

void
adapter_test_wait_until (GMainContext *context, gboolean (*is_done) (gpointer data), gpointer data)
{
  gboolean too_late = FALSE;
  gboolean tick = FALSE;
  GSource *deadline = add_timer (context, ADAPTER_TEST_DEADLINE_MS, &too_late);
  GSource *look = add_timer (context, 5, &tick);

  while (!is_done (data))
    {
      g_assert_false (too_late);
      (void)g_main_context_iteration (context, TRUE);
    }
  remove_timer (deadline);
  remove_timer (look);
}

guint
adapter_test_iterate_for (GMainContext *context, guint duration_ms)
{
  gboolean over = FALSE;
  GSource *end = add_timer (context, duration_ms, &over);
  guint dispatched = 0;

  while (!over)
    dispatched += g_main_context_iteration (context, TRUE) ? 1 : 0;
  remove_timer (end);
  return dispatched - 1; /* our own timer */
}

void
adapter_test_on_seen (const HttpResponse *response, gpointer seen)
{
  Seen *self = seen;
  guint calls = self->calls + 1;

  seen_clear (self);
  *self = (Seen){ .calls = calls,
                  .end = response->end,
                  .sent = response->sent,
                  .transport = response->transport,
                  .status = response->status,
                  .content_length = response->content_length,
                  .body_bytes = response->body_bytes,
                  .message = g_strdup (response->message),
                  .location = g_strdup (response->location),
                  .retry_after = g_strdup (response->retry_after),
                  .type = g_strdup (response->content_type),
                  .etag = g_strdup (response->etag),
                  .body = g_strndup (response->body, response->body_length) };
}

HttpRequest *
adapter_test_request (const char *method, const char *base, const char *path)
{
  g_autofree char *text = g_strconcat (base, path, NULL);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (CURLU) url = http_url_parse (text, NULL, &local_error);
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  HttpRequest *request;

  g_assert_no_error (local_error);
  request = http_request_new (method, url, &local_error);
  g_assert_no_error (local_error);
  if (g_str_equal (method, "POST"))
    http_request_set_body (request, body);
  return request;
}

void
adapter_test_trust (HttpRequest *request, const char *ca_file)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (HttpNetwork) network = http_network_new (ca_file, NULL, NULL, &local_error);

  g_assert_no_error (local_error);
  http_request_set_network (request, network);
}

void
seen_clear (Seen *self)
{
  g_clear_pointer (&self->message, g_free);
  g_clear_pointer (&self->location, g_free);
  g_clear_pointer (&self->retry_after, g_free);
  g_clear_pointer (&self->type, g_free);
  g_clear_pointer (&self->etag, g_free);
  g_clear_pointer (&self->body, g_free);
}
