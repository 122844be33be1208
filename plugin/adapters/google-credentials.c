/* SPDX-License-Identifier: MIT */
/*
 * Finds, checks and reads credentials. No state, any thread. Only a path that does
 * not exist means "not there". What is read is wiped as far as it is ours; json-c's working buffer
 * is not. Must not show any value of a file but its type, and the name of the account.
 */
#include "plugin/adapters/google-credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/adapters/google-jwt.h"
#include "plugin/adapters/http-request.h"
#include "plugin/adapters/json-answer.h"
#include "plugin/adapters/secret.h"
#include "plugin/adapters/server-text.h"

#define DEFAULT_TOKEN_URI "https://oauth2.googleapis.com/token"
#define GCLOUD_FILE "application_default_credentials.json"
#define FILE_BYTES_MAX (64 * 1024)
#define NAME_CHARS 200
#define LOGIN_HINT "run: gcloud auth application-default login"

/** Source: a file that is being read. */
typedef struct
{
  char *shown; /* (owned) the path as people may see it */
  int fd;
  gboolean is_open;  /* others may read it */
  json_object *root; /* (owned) (nullable) holds secrets */
} Source;

static void G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (GOOGLE_AUTH_ERROR, GOOGLE_AUTH_ERROR_CREDENTIALS, format, args);
  va_end (args);
}

/* The strings of a JSON tree are blocks of json-c's that nobody else refers to. */
static void
wipe_strings (json_object *root)
{
  json_object_object_foreach (root, name, value)
    {
      (void)name;
      if (json_object_is_type (value, json_type_string))
        explicit_bzero ((char *)json_object_get_string (value),
                        (gsize)json_object_get_string_len (value));
      else if (json_object_is_type (value, json_type_object))
        wipe_strings (value);
    }
}

static void
source_clear (Source *self)
{
  if (self->root != NULL)
    wipe_strings (self->root);
  g_clear_pointer (&self->root, json_object_put);
  g_clear_pointer (&self->shown, g_free);
  if (self->fd >= 0)
    (void)close (self->fd);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

static gboolean
check_file (Source *self, gsize *size_bytes, GError **error)
{
  struct stat info;

  if (fstat (self->fd, &info) != 0)
    {
      refuse (error, "the credentials file %s: %s", self->shown, g_strerror (errno));
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    {
      refuse (error, "the credentials file %s is not a regular file", self->shown);
      return FALSE;
    }
  if (info.st_uid != 0 && info.st_uid != geteuid ())
    {
      refuse (error, "the credentials file %s belongs to another user: use a copy of your own",
              self->shown);
      return FALSE;
    }
  if ((info.st_mode & 022) != 0)
    {
      refuse (error,
              "the credentials file %s can be changed by others (mode %04o); run: chmod 600 %s",
              self->shown, (unsigned)(info.st_mode & 07777), self->shown);
      return FALSE;
    }
  self->is_open = (info.st_mode & 044) != 0;
  if (info.st_size > FILE_BYTES_MAX)
    {
      refuse (error, "the credentials file %s is too big to be one", self->shown);
      return FALSE;
    }
  *size_bytes = (gsize)info.st_size;
  return TRUE;
}

static gboolean
read_all (int fd, char *buffer, gsize size_bytes, gsize *length)
{
  *length = 0;
  while (*length < size_bytes)
    {
      ssize_t n = read (fd, buffer + *length, size_bytes - *length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      if (n == 0)
        break;
      *length += (gsize)n;
    }
  return TRUE;
}

/* Fills in root. */
static gboolean
read_source (Source *self, GError **error)
{
  g_autofree char *buffer = NULL;
  gsize size_bytes;
  gsize length;
  gboolean ok;

  if (!check_file (self, &size_bytes, error))
    return FALSE;
  buffer = g_malloc (size_bytes + 1);
  ok = read_all (self->fd, buffer, size_bytes, &length);
  if (!ok)
    refuse (error, "the credentials file %s: %s", self->shown, g_strerror (errno));
  else
    {
      /* Its own message speaks of an answer, and no quotation is wanted here. */
      self->root = json_answer_parse (buffer, length, NULL);
      if (self->root == NULL)
        refuse (error, "the credentials file %s is not one JSON object", self->shown);
    }
  explicit_bzero (buffer, size_bytes + 1);
  return self->root != NULL;
}

/* Returns: (transfer full) (nullable): the member, which is no empty text. */
static char *
dup_member (const Source *source, const char *name, GError **error)
{
  const char *text = json_answer_get_string (source->root, name);

  if (text != NULL && *text != '\0')
    return g_strdup (text);
  refuse (error, "the credentials file %s: the member \"%s\" is missing or is not a text",
          source->shown, name);
  return NULL;
}

static gboolean
read_token_uri (GoogleCredentials *self, const Source *source, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (json_object_object_get_ex (source->root, "token_uri", NULL))
    self->token_uri = dup_member (source, "token_uri", error);
  else
    self->token_uri = g_strdup (DEFAULT_TOKEN_URI);
  if (self->token_uri == NULL)
    return FALSE;
  self->token_url = http_url_parse (self->token_uri, NULL, &local_error);
  if (self->token_url == NULL)
    refuse (error, "the credentials file %s: the member \"token_uri\" cannot be used: %s",
            source->shown, local_error->message);
  return self->token_url != NULL;
}

static gboolean
read_service_account (GoogleCredentials *self, const Source *source, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  g_autoptr (SecretText) pem = NULL;
  g_autofree char *name = NULL;

  self->client_email = dup_member (source, "client_email", error);
  if (self->client_email == NULL)
    return FALSE;
  pem = dup_member (source, "private_key", error);
  if (pem == NULL)
    return FALSE;
  self->key = google_jwt_read_key (pem, &local_error);
  if (self->key == NULL)
    {
      refuse (error, "the credentials file %s: the member \"private_key\" cannot be used: %s",
              source->shown, local_error->message);
      return FALSE;
    }
  if (json_object_object_get_ex (source->root, "private_key_id", NULL))
    {
      self->key_id = dup_member (source, "private_key_id", error);
      if (self->key_id == NULL)
        return FALSE;
    }
  name = server_text_clean (self->client_email, strlen (self->client_email), NAME_CHARS, NULL);
  self->description = g_strdup_printf ("the service account %s in %s", name, source->shown);
  return TRUE;
}

static gboolean
read_user (GoogleCredentials *self, const Source *source, GError **error)
{
  self->client_id = dup_member (source, "client_id", error);
  if (self->client_id == NULL)
    return FALSE;
  self->client_secret = dup_member (source, "client_secret", error);
  if (self->client_secret == NULL)
    return FALSE;
  self->refresh_token = dup_member (source, "refresh_token", error);
  if (self->refresh_token == NULL)
    return FALSE;
  self->description = g_strdup_printf ("the login of gcloud in %s", source->shown);
  return TRUE;
}

/* What a person may do who has credentials of a type that is not for us. */
static void
refuse_type (const Source *source, const char *type, GError **error)
{
  g_autofree char *shown = server_text_clean (type, strlen (type), NAME_CHARS, NULL);
  const char *hint = "use the key file of a service account, or " LOGIN_HINT;

  if (g_str_equal (type, "impersonated_service_account"))
    hint = "use the key file of that service account, or, without --impersonate-service-account, "
           "run: gcloud auth application-default login";
  refuse (error, "the credentials file %s: credentials of the type \"%s\" are not supported; %s",
          source->shown, shown, hint);
}

static gboolean
read_kind (GoogleCredentials *self, const Source *source, GError **error)
{
  const char *type = json_answer_get_string (source->root, "type");

  if (type == NULL
      && (json_answer_get (source->root, "installed", json_type_object) != NULL
          || json_answer_get (source->root, "web", json_type_object) != NULL))
    {
      refuse (error,
              "the credentials file %s describes an OAuth client and holds no credentials; use the"
              " key file of a service account, or " LOGIN_HINT,
              source->shown);
      return FALSE;
    }
  if (type == NULL)
    {
      refuse (error, "the credentials file %s: the member \"type\" is missing or is not a text",
              source->shown);
      return FALSE;
    }
  if (g_str_equal (type, "service_account"))
    self->kind = GOOGLE_CREDENTIALS_SERVICE_ACCOUNT;
  else if (g_str_equal (type, "authorized_user"))
    self->kind = GOOGLE_CREDENTIALS_USER;
  else
    {
      refuse_type (source, type, error);
      return FALSE;
    }
  return self->kind == GOOGLE_CREDENTIALS_USER ? read_user (self, source, error)
                                               : read_service_account (self, source, error);
}

/* The environment's word counts more than the file's. */
static gboolean
read_quota_project (GoogleCredentials *self, const Source *source, GError **error)
{
  const char *project = g_getenv ("GOOGLE_CLOUD_QUOTA_PROJECT");
  const char *place = "the variable GOOGLE_CLOUD_QUOTA_PROJECT";

  if (project == NULL || *project == '\0')
    {
      project = source != NULL ? json_answer_get_string (source->root, "quota_project_id") : NULL;
      place = "the member \"quota_project_id\" of the credentials file";
    }
  if (project == NULL || *project == '\0')
    return TRUE;
  if (strlen (project)
      != strspn (project, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_-"))
    {
      refuse (error, "%s is not the id of a project", place);
      return FALSE;
    }
  self->quota_project = g_strdup (project);
  return TRUE;
}

/* @missing: (out): there is no such file; no error is set then. */
static GoogleCredentials *
read_file (const char *path, gboolean *missing, GError **error)
{
  g_autoptr (GoogleCredentials) self = g_new0 (GoogleCredentials, 1);
  g_auto (Source) source = { .fd = -1 };

  *missing = FALSE;
  source.shown = server_text_clean (path, strlen (path), SERVER_TEXT_MESSAGE_CHARS, NULL);
  /* Not blocking: it may be a FIFO. Links are followed: secrets are often mounted as links. */
  source.fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (source.fd < 0)
    {
      *missing = errno == ENOENT || errno == ENOTDIR;
      if (!*missing)
        refuse (error, "the credentials file %s: %s", source.shown, g_strerror (errno));
      return NULL;
    }
  if (!read_source (&source, error) || !read_kind (self, &source, error)
      || !read_token_uri (self, &source, error) || !read_quota_project (self, &source, error))
    return NULL;
  if (source.is_open)
    self->warning
        = g_strdup_printf ("the credentials file %s can be read by others; run: chmod 600 %s",
                           source.shown, source.shown);
  return g_steal_pointer (&self);
}

static char *
dup_gcloud_path (void)
{
  const char *folder = g_getenv ("CLOUDSDK_CONFIG");

  if (folder != NULL && *folder != '\0')
    return g_build_filename (folder, GCLOUD_FILE, NULL);
  return g_build_filename (g_get_home_dir (), ".config", "gcloud", GCLOUD_FILE, NULL);
}

static GoogleCredentials *
use_metadata (const char *host, GError **error)
{
  g_autoptr (GoogleCredentials) self = g_new0 (GoogleCredentials, 1);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (HttpRequest) probe = NULL;

  self->kind = GOOGLE_CREDENTIALS_METADATA;
  self->guessed = host == NULL;
  self->metadata_host = g_strdup (host != NULL ? host : GOOGLE_METADATA_HOST);
  probe = http_request_new_metadata (self->metadata_host, "/", &local_error);
  if (probe == NULL)
    {
      refuse (error, "%s", local_error->message);
      return NULL;
    }
  self->description
      = g_strdup_printf ("the machine's account, of the metadata server %s", self->metadata_host);
  return read_quota_project (self, NULL, error) ? g_steal_pointer (&self) : NULL;
}

GoogleCredentials *
google_credentials_find (const char *file, const char *metadata_host, GError **error)
{
  g_autoptr (GoogleCredentials) self = NULL;
  g_autofree char *gcloud_path = NULL;
  gboolean named = file != NULL && *file != '\0';
  gboolean missing;

  if (!named)
    {
      gcloud_path = dup_gcloud_path ();
      file = gcloud_path;
    }
  self = read_file (file, &missing, error);
  if (self != NULL || !missing)
    return g_steal_pointer (&self);
  if (named)
    {
      g_autofree char *shown
          = server_text_clean (file, strlen (file), SERVER_TEXT_MESSAGE_CHARS, NULL);

      refuse (error, "the credentials file %s does not exist", shown);
      return NULL;
    }
  return use_metadata (metadata_host != NULL && *metadata_host != '\0' ? metadata_host : NULL,
                       error);
}

void
google_credentials_free (GoogleCredentials *self)
{
  if (self == NULL)
    return;
  g_free (self->description);
  g_free (self->warning);
  g_free (self->quota_project);
  g_clear_pointer (&self->token_url, curl_url_cleanup);
  g_free (self->token_uri);
  g_free (self->client_email);
  g_free (self->key_id);
  g_clear_pointer (&self->key, EVP_PKEY_free);
  g_free (self->client_id);
  secret_free (self->client_secret);
  secret_free (self->refresh_token);
  g_free (self->metadata_host);
  g_free (self);
}
