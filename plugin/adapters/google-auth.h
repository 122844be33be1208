/* SPDX-License-Identifier: MIT */
/*
 * GoogleAuth: one access token of Google's services for all who need it. The credentials are found
 * as Application Default Credentials are; the token is fetched once for all who wait, renewed
 * before it ends, and renewed once more when a service refused it.
 *
 * Environment: CLOUDSDK_CONFIG and HOME say where gcloud keeps its login,
 * GOOGLE_CLOUD_QUOTA_PROJECT overrides the project of the credentials that is billed for quota.
 */
#pragma once

#include "plugin/adapters/google-auth-error.h"
#include "plugin/adapters/http-client.h"

G_BEGIN_DECLS

typedef struct _GoogleAuth GoogleAuth;

/** GoogleAuthConfig: borrowed during google_auth_new(). */
typedef struct
{
  const char *credentials_file; /* (nullable) NULL = gcloud's login, then the metadata server */
  const char *metadata_host;    /* (nullable) host or host:port; NULL = metadata.google.internal */
  const HttpNetwork *network;   /* (nullable) as http_request_set_network() */
} GoogleAuthConfig;

/**
 * GoogleAuthFunc: the one answer to google_auth_get_token().
 * May call google_auth_get_token() and google_auth_forget_token(); must not free the GoogleAuth.
 * @token: (nullable): borrowed; a secret without control characters. NULL = see @error.
 * @error: (nullable): borrowed; GOOGLE_AUTH_ERROR or G_IO_ERROR_CANCELLED. Holds no secret.
 * Thread: the client's context.
 */
typedef void (*GoogleAuthFunc) (const char *token, const GError *error, gpointer user_data);

/**
 * google_auth_new: finds and checks the credentials; sends nothing.
 * Order: @config's file, the login of gcloud, the metadata server. A file that is there and cannot
 * be used is an error, never a reason to go on looking.
 * Source: https://google.aip.dev/auth/4110
 * @client: (transfer none): a client of HTTP_TRAFFIC_POLL; outlives the result.
 * Thread: the owner of the client's context, or any before it runs. Blocks: one small file.
 * Errors: GOOGLE_AUTH_ERROR_CREDENTIALS. No message holds a secret.
 * Returns: (transfer full) (nullable)
 */
GoogleAuth *google_auth_new (HttpClient *client,
                             const GoogleAuthConfig *config,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * google_auth_get_token: gives a token that is good for some time yet.
 * @cancellable: (nullable): ends this wait alone; the fetch goes on while anybody waits for it.
 * @callback: called exactly once, never before this has returned.
 * After a failed fetch there is a pause, in which the same error is given without asking anew.
 * Thread: the owner of the client's context. Blocks: no. Errors: through @callback.
 */
void google_auth_get_token (GoogleAuth *self,
                            GCancellable *cancellable,
                            GoogleAuthFunc callback,
                            gpointer user_data);

/**
 * google_auth_forget_token: a service answered 401 to @token: the next one is fetched anew. Does
 * so once for each token; one that comes again from the fetch is kept.
 * Thread: the owner of the client's context. Blocks: no. Errors: none.
 */
void google_auth_forget_token (GoogleAuth *self, const char *token);

/**
 * google_auth_get_retry_after_ms: how long the pause after a failed fetch lasts from now on.
 * Thread: the owner of the client's context. Blocks: no. Errors: none.
 * Returns: milliseconds, 0 = no pause.
 */
gint64 google_auth_get_retry_after_ms (GoogleAuth *self);

/**
 * google_auth_get_quota_project: the value of x-goog-user-project.
 * Thread: any. Blocks: no. Errors: none.
 * Returns: (transfer none) (nullable): NULL = send no such header.
 */
const char *google_auth_get_quota_project (GoogleAuth *self);

/**
 * google_auth_describe: where the credentials were found, for people; no secret.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none)
 */
const char *google_auth_describe (GoogleAuth *self);

/**
 * google_auth_get_warning: what is unwise about the credentials, for people; no secret.
 * Thread: any. Blocks: no. Errors: none. Returns: (transfer none) (nullable)
 */
const char *google_auth_get_warning (GoogleAuth *self);

/**
 * GoogleAuthClockFunc: boot time in milliseconds.
 * Thread: the client's context.
 */
typedef gint64 (*GoogleAuthClockFunc) (gpointer user_data);

/**
 * google_auth_set_clock: another clock than CLOCK_BOOTTIME, for tests.
 * @user_data: (borrowed) until @self is freed.
 * Thread: the owner of the client's context. Blocks: no. Errors: none.
 */
void google_auth_set_clock (GoogleAuth *self, GoogleAuthClockFunc clock, gpointer user_data);

/**
 * google_auth_free: ends a fetch and calls back whoever waits (G_IO_ERROR_CANCELLED) before it
 * returns, and who must not ask again then; wipes the secrets. Accepts NULL.
 * Thread: the owner of the client's context, not from a GoogleAuthFunc. Blocks: no. Errors: none.
 */
void google_auth_free (GoogleAuth *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GoogleAuth, google_auth_free)

G_END_DECLS
