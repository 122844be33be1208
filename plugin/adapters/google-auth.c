/* SPDX-License-Identifier: MIT */
/*
 * The one token, the one fetch and those who wait. Everything runs on the client's context; there
 * are no locks. Who asks is put into a queue and answered from a turn of the loop, never from
 * within the call. A fetch may outlive its GoogleAuth by one turn:
 * it then finds nobody. Must not log, and must not let go of a token unwiped.
 */
#include "plugin/adapters/google-auth.h"

#include <string.h>
#include <time.h>

#include "plugin/adapters/google-credentials.h"
#include "plugin/adapters/google-token.h"
#include "plugin/adapters/secret.h"

#define RENEW_BEFORE_MS (300 * 1000) /* or a quarter of a shorter life */
#define SPARE_MS (10 * 1000)         /* or a tenth: a token must last for the way to the service */
#define PAUSE_TRANSIENT_MS 1000
#define PAUSE_CREDENTIALS_MS (30 * 1000)

/** Fetch: a request for a token on its way. */
typedef struct
{
  GoogleAuth *auth;             /* (borrowed) (nullable) NULL once that was freed */
  GoogleTokenQuestion question; /* (owned) */
  GCancellable *cancellable;    /* (owned) cancelled by us alone */
  char *body;                   /* (owned) GOOGLE_TOKEN_ANSWER_BYTES and a NUL; a secret */
  gsize length;
  gint64 started_ms;
} Fetch;

/** Waiter: a caller to be answered. */
typedef struct
{
  GoogleAuth *auth; /* (borrowed) */
  GoogleAuthFunc callback;
  gpointer user_data;        /* (borrowed) */
  GCancellable *cancellable; /* (owned) (nullable) */
  GSource *cancel_source;    /* (owned) (nullable) */
} Waiter;

struct _GoogleAuth
{
  HttpClient *client;             /* (borrowed) */
  GoogleCredentials *credentials; /* (owned) */
  HttpNetwork *network;           /* (owned) (nullable) */
  GQueue waiters;                 /* Waiter (owned) */
  GSource *turn;                  /* (owned) (nullable) who waits is looked at next */
  Fetch *fetch;                   /* (borrowed) (nullable) it owns itself until its answer */
  char *token;                    /* (owned) (nullable) a secret */
  gint64 renew_ms;                /* when to fetch another one */
  gint64 end_ms;                  /* when it is of no more use */
  char *refused;                  /* (owned) (nullable) the last one that was forgotten; a secret */
  GError *failure;                /* (owned) (nullable) of the last fetch */
  gint64 pause_until_ms;          /* no fetch before */
  GoogleAuthClockFunc clock;
  gpointer clock_data; /* (borrowed) */
  gboolean delivering;
};

G_DEFINE_QUARK (google_auth_error_quark, google_auth_error)

static gint64
read_boot_clock (gpointer user_data)
{
  struct timespec boot = { 0 };

  (void)user_data;
  (void)clock_gettime (CLOCK_BOOTTIME, &boot);
  return (gint64)boot.tv_sec * 1000 + boot.tv_nsec / 1000000;
}

static gint64
get_now_ms (GoogleAuth *self)
{
  return self->clock (self->clock_data);
}

static void
assert_context (GoogleAuth *self)
{
  g_assert (g_main_context_is_owner (http_client_get_context (self->client)));
}

static void
waiter_free (Waiter *self)
{
  if (self->cancel_source != NULL)
    g_source_destroy (self->cancel_source);
  g_clear_pointer (&self->cancel_source, g_source_unref);
  g_clear_object (&self->cancellable);
  g_free (self);
}

static void
answer_cancelled (Waiter *waiter)
{
  g_autoptr (GError) cancelled
      = g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "waiting for an access token was cancelled");

  waiter->callback (NULL, cancelled, waiter->user_data);
  waiter_free (waiter);
}

/* Answers those who wait now; who comes while it runs waits for the next turn. A token that a
 * callback forgets stays in memory as the refused one. */
static void
deliver (GoogleAuth *self, const char *token, const GError *error)
{
  self->delivering = TRUE;
  for (guint left = self->waiters.length; left > 0 && self->waiters.length > 0; left--)
    {
      Waiter *waiter = g_queue_pop_head (&self->waiters);

      if (g_cancellable_is_cancelled (waiter->cancellable))
        {
          answer_cancelled (waiter);
          continue;
        }
      waiter->callback (token, error, waiter->user_data);
      waiter_free (waiter);
    }
  self->delivering = FALSE;
}

static void
fetch_free (Fetch *self)
{
  google_token_question_clear (&self->question);
  g_clear_object (&self->cancellable);
  if (self->body != NULL)
    explicit_bzero (self->body, GOOGLE_TOKEN_ANSWER_BYTES + 1);
  g_free (self->body);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fetch, fetch_free)

/* An HttpSinkFunc: unlike the client's own collection, this one is wiped. */
static gboolean
on_body (const guint8 *data, gsize length, gpointer user_data)
{
  Fetch *self = user_data;

  if (length > GOOGLE_TOKEN_ANSWER_BYTES - self->length)
    return FALSE;
  memcpy (self->body + self->length, data, length);
  self->length += length;
  return TRUE;
}

static void
keep_token (GoogleAuth *self, char *token, gint64 life_s, gint64 started_ms)
{
  gint64 life_ms = life_s * 1000;

  g_clear_pointer (&self->token, secret_free);
  self->token = token;
  self->renew_ms = started_ms + life_ms - MIN (RENEW_BEFORE_MS, life_ms / 4);
  self->end_ms = started_ms + life_ms - MIN (SPARE_MS, life_ms / 10);
  self->credentials->guessed = FALSE;
  self->pause_until_ms = 0;
  g_clear_error (&self->failure);
}

static void
keep_failure (GoogleAuth *self, GError *failure, gint64 retry_after_ms)
{
  gboolean is_transient = g_error_matches (failure, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_TRANSIENT);
  gint64 pause_ms = is_transient ? PAUSE_TRANSIENT_MS : PAUSE_CREDENTIALS_MS;

  g_clear_error (&self->failure);
  self->failure = failure;
  self->pause_until_ms = get_now_ms (self) + MAX (pause_ms, retry_after_ms);
}

static gboolean
has_token (GoogleAuth *self)
{
  return self->token != NULL && get_now_ms (self) < self->end_ms;
}

static void
read_answer (GoogleAuth *self, Fetch *fetch, const HttpResponse *response)
{
  g_autoptr (GError) local_error = NULL;
  gint64 retry_after_ms = 0;
  gint64 life_s = 0;
  char *token = NULL;

  if (response->end == HTTP_END_ANSWERED && response->status == 200)
    token = google_token_parse (fetch->body, fetch->length, &life_s, &local_error);
  else
    local_error = google_token_explain (self->credentials, &fetch->question, response,
                                        g_get_real_time () / G_USEC_PER_SEC, &retry_after_ms);
  if (token != NULL)
    keep_token (self, token, life_s, fetch->started_ms);
  if (token != NULL && !has_token (self))
    g_set_error (&local_error, GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_TRANSIENT,
                 "the access token of %s had ended when it arrived",
                 self->credentials->description);
  if (local_error != NULL)
    keep_failure (self, g_steal_pointer (&local_error), retry_after_ms);
}

static gboolean on_turn (gpointer user_data);

static void
schedule_turn (GoogleAuth *self)
{
  if (self->turn != NULL)
    return;
  self->turn = g_idle_source_new ();
  g_source_set_priority (self->turn, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->turn, "google-auth-turn");
  g_source_set_callback (self->turn, on_turn, self, NULL);
  g_source_attach (self->turn, http_client_get_context (self->client));
}

static void
on_answer (const HttpResponse *response, gpointer user_data)
{
  g_autoptr (Fetch) fetch = user_data;
  GoogleAuth *self = fetch->auth;

  if (self == NULL)
    return;
  self->fetch = NULL;
  /* When nobody had waited any more, it was cancelled. Somebody may wait by now. */
  if (!g_cancellable_is_cancelled (fetch->cancellable))
    read_answer (self, fetch, response);
  if (self->waiters.length > 0)
    schedule_turn (self);
}

static void
start_fetch (GoogleAuth *self)
{
  Fetch *fetch = g_new0 (Fetch, 1);
  g_autoptr (GError) local_error = NULL;
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;

  fetch->auth = self;
  fetch->cancellable = g_cancellable_new ();
  fetch->body = g_malloc0 (GOOGLE_TOKEN_ANSWER_BYTES + 1);
  fetch->started_ms = get_now_ms (self);
  self->fetch = fetch;
  if (!google_token_ask (self->credentials, self->network, now_s, &fetch->question, &local_error))
    {
      http_client_fail (self->client, local_error->message, on_answer, fetch);
      return;
    }
  http_request_set_sink (fetch->question.request, on_body, fetch);
  http_client_send (self->client, g_steal_pointer (&fetch->question.request), fetch->cancellable,
                    on_answer, fetch);
}

static gboolean
on_turn (gpointer user_data)
{
  GoogleAuth *self = user_data;
  gboolean in_pause = get_now_ms (self) < self->pause_until_ms;

  g_clear_pointer (&self->turn, g_source_unref);
  if (has_token (self))
    {
      /* Nobody waits for a renewal, and one that fails harms nobody while the old token lasts. */
      if (get_now_ms (self) >= self->renew_ms && self->fetch == NULL && !in_pause)
        start_fetch (self);
      deliver (self, self->token, NULL);
    }
  else if (self->fetch == NULL && in_pause && self->failure != NULL)
    deliver (self, NULL, self->failure);
  else if (self->fetch == NULL)
    start_fetch (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_waiter_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Waiter *waiter = user_data;
  GoogleAuth *self = waiter->auth;

  (void)cancellable;
  g_queue_remove (&self->waiters, waiter);
  /* A renewal that nobody waits for goes on: the old token is in use. */
  if (self->waiters.length == 0 && self->fetch != NULL && !has_token (self))
    g_cancellable_cancel (self->fetch->cancellable);
  answer_cancelled (waiter);
  return G_SOURCE_REMOVE;
}

GoogleAuth *
google_auth_new (HttpClient *client, const GoogleAuthConfig *config, GError **error)
{
  g_autoptr (GoogleAuth) self = g_new0 (GoogleAuth, 1);

  self->client = client;
  self->clock = read_boot_clock;
  self->network = http_network_ref (config->network);
  self->credentials
      = google_credentials_find (config->credentials_file, config->metadata_host, error);
  return self->credentials != NULL ? g_steal_pointer (&self) : NULL;
}

void
google_auth_get_token (GoogleAuth *self,
                       GCancellable *cancellable,
                       GoogleAuthFunc callback,
                       gpointer user_data)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  assert_context (self);
  waiter->auth = self;
  waiter->callback = callback;
  waiter->user_data = user_data;
  if (cancellable != NULL)
    {
      waiter->cancellable = g_object_ref (cancellable);
      waiter->cancel_source = g_cancellable_source_new (cancellable);
      g_source_set_static_name (waiter->cancel_source, "google-auth-cancel");
      g_source_set_callback (waiter->cancel_source, G_SOURCE_FUNC (on_waiter_cancelled), waiter,
                             NULL);
      g_source_attach (waiter->cancel_source, http_client_get_context (self->client));
    }
  g_queue_push_tail (&self->waiters, waiter);
  schedule_turn (self);
}

void
google_auth_forget_token (GoogleAuth *self, const char *token)
{
  assert_context (self);
  if (g_strcmp0 (token, self->token) != 0 || g_strcmp0 (token, self->refused) == 0)
    return;
  g_clear_pointer (&self->refused, secret_free);
  self->refused = g_steal_pointer (&self->token);
}

gint64
google_auth_get_retry_after_ms (GoogleAuth *self)
{
  return MAX (self->pause_until_ms - get_now_ms (self), 0);
}

const char *
google_auth_get_quota_project (GoogleAuth *self)
{
  return self->credentials->quota_project;
}

const char *
google_auth_describe (GoogleAuth *self)
{
  return self->credentials->description;
}

const char *
google_auth_get_warning (GoogleAuth *self)
{
  return self->credentials->warning;
}

void
google_auth_set_clock (GoogleAuth *self, GoogleAuthClockFunc clock, gpointer user_data)
{
  self->clock = clock;
  self->clock_data = user_data;
}

void
google_auth_free (GoogleAuth *self)
{
  if (self == NULL)
    return;
  g_assert (!self->delivering);
  if (self->fetch != NULL)
    {
      self->fetch->auth = NULL;
      g_cancellable_cancel (self->fetch->cancellable);
    }
  while (self->waiters.length > 0)
    answer_cancelled (g_queue_pop_head (&self->waiters));
  if (self->turn != NULL)
    g_source_destroy (self->turn);
  g_clear_pointer (&self->turn, g_source_unref);
  secret_free (self->token);
  secret_free (self->refused);
  g_clear_error (&self->failure);
  g_clear_pointer (&self->credentials, google_credentials_free);
  g_clear_pointer (&self->network, http_network_unref);
  g_free (self);
}
