/* SPDX-License-Identifier: MIT */
/*
 * GoogleCredentials: who we are to Google's services, found as Application Default Credentials are:
 * a named file, the login of gcloud, the metadata server of the machine.
 */
#pragma once

#include <curl/curl.h>
#include <openssl/evp.h>

#include "plugin/adapters/google-auth-error.h"

G_BEGIN_DECLS

#define GOOGLE_METADATA_HOST "metadata.google.internal"

/** GoogleCredentialsKind: by what a token is got. */
typedef enum
{
  GOOGLE_CREDENTIALS_SERVICE_ACCOUNT, /* a signed statement */
  GOOGLE_CREDENTIALS_USER,            /* the refresh token of a person's login */
  GOOGLE_CREDENTIALS_METADATA,        /* the machine's own service account */
} GoogleCredentialsKind;

/** GoogleCredentials: const after new, but for the last. */
typedef struct
{
  GoogleCredentialsKind kind;
  char *description;   /* (owned) for people: kind, name and place; no secret */
  char *warning;       /* (owned) (nullable) for people: what is unwise about the file */
  char *quota_project; /* (owned) (nullable) */
  CURLU *token_url;    /* (owned) (nullable) of the two kinds that come from a file */
  char *token_uri;     /* (owned) (nullable) the same as the file says it */
  char *client_email;  /* (owned) (nullable) of a service account */
  char *key_id;        /* (owned) (nullable) of a service account */
  EVP_PKEY *key;       /* (owned) (nullable) of a service account; a secret */
  char *client_id;     /* (owned) (nullable) of a user */
  char *client_secret; /* (owned) (nullable) of a user; a secret */
  char *refresh_token; /* (owned) (nullable) of a user; a secret */
  char *metadata_host; /* (owned) (nullable) of the machine */
  gboolean guessed;    /* nothing was configured or found, and no token came yet */
} GoogleCredentials;

/**
 * google_credentials_find: looks in the order of Application Default Credentials.
 * A file that is there and cannot be used is an error, never a reason to go on looking. Files must
 * be regular, of this user or of root, and not to be written by others; one that others may read is
 * used with a warning, for that is how they are downloaded and mounted.
 * Source: https://google.aip.dev/auth/4110, https://google.aip.dev/auth/4113.
 * @file: (nullable): the file that is configured.
 * @metadata_host: (nullable): the host that is configured.
 * Thread: any; reads the environment. Blocks: one small file.
 * Errors: GOOGLE_AUTH_ERROR_CREDENTIALS: the message names file and member, and what to do.
 * Returns: (transfer full) (nullable)
 */
GoogleCredentials *google_credentials_find (const char *file,
                                            const char *metadata_host,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * google_credentials_free: wipes the secrets. Accepts NULL.
 * Thread: any. Blocks: no. Errors: none.
 */
void google_credentials_free (GoogleCredentials *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GoogleCredentials, google_credentials_free)

G_END_DECLS
