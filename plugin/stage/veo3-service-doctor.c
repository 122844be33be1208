/* SPDX-License-Identifier: MIT */
/*
 * The doctor of the composition root with the real adapters. No state, any thread; sends nothing.
 */
#include "plugin/stage/veo3-service-doctor.h"

#include <curl/curl.h>
#include <openssl/crypto.h>

#include "plugin/adapters/google-credentials.h"
#include "plugin/adapters/secret.h"
#include "plugin/stage/veo3-announcement.h"

#define DENIED(what, how)                                                                          \
  (Veo3Complaint)                                                                                  \
  {                                                                                                \
    .level = PIPELINE_FINDING_PROBLEM, .outcome = PIPELINE_OUTCOME_DENIED, .subject = (what),      \
    .advice = (how)                                                                                \
  }
#define WARNING(what, how)                                                                         \
  (Veo3Complaint)                                                                                  \
  {                                                                                                \
    .level = PIPELINE_FINDING_WARNING, .subject = (what), .advice = (how)                          \
  }

static void
look_at_libraries (Veo3Findings *findings)
{
  const curl_version_info_data *curl = curl_version_info (CURLVERSION_NOW);
  const Veo3Complaint no_tls
      = { .level = PIPELINE_FINDING_PROBLEM,
          .subject = "libcurl",
          .advice = "install a libcurl with TLS (Debian: apt-get install libcurl4)" };

  if (curl->ssl_version == NULL)
    veo3_findings_complain (findings, &no_tls, "%s, without TLS", curl->version);
  else
    veo3_findings_ok (findings, "libcurl", "%s, TLS by %s, %s HTTP/2", curl->version,
                      curl->ssl_version,
                      (curl->features & CURL_VERSION_HTTP2) != 0 ? "with" : "without");
  veo3_findings_ok (findings, "OpenSSL", "%s", OpenSSL_version (OPENSSL_VERSION));
}

static void
look_at_key (const Veo3DoctorCase *look, Veo3Findings *findings)
{
  const Veo3Settings *settings = look->settings;
  g_autoptr (GError) error = NULL;
  g_autoptr (SecretText) key = veo3_settings_dup_key (settings, &error);
  const Veo3Complaint missing
      = DENIED ("credentials", "set GEMINI_API_KEY, or api-key-file to a file with the key that is "
                               "yours alone; without a key a run goes on without clips");

  if (key == NULL)
    veo3_findings_complain (findings, &missing, "%s", error->message);
  else if (settings->api_key != NULL)
    veo3_findings_ok (findings, "credentials", "a key (%s)",
                      veo3_doctor_find_origin (look, "api-key"));
  else
    veo3_findings_ok (findings, "credentials", "a key in %s (%s)", settings->api_key_file,
                      veo3_doctor_find_origin (look, "api-key-file"));
}

static void
look_at_project (const Veo3DoctorCase *look, Veo3Findings *findings)
{
  const Veo3Settings *settings = look->settings;
  const Veo3Complaint missing
      = DENIED ("project", "set GOOGLE_CLOUD_PROJECT to the id of the project that pays");

  if (settings->project != NULL)
    veo3_findings_ok (findings, "project", "%s (%s), location %s (%s)", settings->project,
                      veo3_doctor_find_origin (look, "project"), settings->location,
                      veo3_doctor_find_origin (look, "location"));
  else
    veo3_findings_complain (findings, &missing, "none is set, and Vertex AI charges a project");
}

static void
look_at_sign_in (const Veo3DoctorCase *look, Veo3Findings *findings)
{
  const Veo3Settings *settings = look->settings;
  g_autoptr (GError) error = NULL;
  g_autoptr (GoogleCredentials) credentials
      = google_credentials_find (settings->credentials_file, settings->metadata_host, &error);
  const Veo3Complaint broken
      = DENIED ("credentials", "gcloud auth application-default login, or set "
                               "GOOGLE_APPLICATION_CREDENTIALS to a service account's key");
  const Veo3Complaint guessed
      = WARNING ("credentials", "unless this is a machine of Google's: gcloud auth "
                                "application-default login, or set "
                                "GOOGLE_APPLICATION_CREDENTIALS");
  const Veo3Complaint unwise = WARNING ("credentials", "chmod 600 the file");

  if (credentials == NULL)
    veo3_findings_complain (findings, &broken, "%s", error->message);
  else if (credentials->guessed)
    veo3_findings_complain (findings, &guessed, "%s, for nothing else was found",
                            credentials->description);
  else
    veo3_findings_ok (findings, "credentials", "%s", credentials->description);
  if (credentials != NULL && credentials->warning != NULL)
    veo3_findings_complain (findings, &unwise, "%s", credentials->warning);
}

/* ---- where requests would go ---- */

static void
take_announcement (gpointer sink, PipelineLogLevel level, const char *message)
{
  Veo3Findings *findings = sink;
  const Veo3Complaint abroad = WARNING ("service", "make sure that you trust it, or unset it");

  if (level >= PIPELINE_LOG_WARNING)
    veo3_findings_complain (findings, &abroad, "%s", message);
  else
    veo3_findings_ok (findings, "service", "%s", message);
}

static void
look_at_network (const Veo3DoctorCase *look, Veo3Findings *findings)
{
  const Veo3Settings *settings = look->settings;
  const Veo3Reporter reporter = { .log = take_announcement, .sink = findings };
  g_autoptr (HttpNetwork) network
      = http_network_new (settings->ca_file, settings->proxy, settings->no_proxy, NULL);

  if (settings->base_url == NULL)
    veo3_findings_ok (findings, "service", "Google's servers");
  /* What is wrong with it is check's to say. */
  if (network != NULL)
    veo3_announcement_tell (settings, network, &reporter);
}

void
veo3_service_doctor_look (const Veo3DoctorCase *look, Veo3Findings *findings)
{
  look_at_libraries (findings);
  look_at_network (look, findings);
  if (!g_str_equal (look->settings->provider, "vertex"))
    {
      look_at_key (look, findings);
      return;
    }
  look_at_project (look, findings);
  look_at_sign_in (look, findings);
}
