/* SPDX-License-Identifier: MIT */
/*
 * From settings and answers to findings. No state, any thread; reads files, sends nothing. Must not
 * show a secret, not even a part of one.
 */
#include "plugin/stage/veo3-doctor.h"

#include "plugin/application/veo3-clip-images.h"
#include "plugin/application/veo3-job-store.h"
#include <string.h>

/* Google's servers refuse a signed statement that is more than 5 minutes off. Source: RFC 7523
 * section 3, and the "Invalid JWT: Token must be a short-lived token" of oauth2.googleapis.com. */
#define CLOCK_LIMIT_S 300

const char *
veo3_doctor_find_origin (const Veo3DoctorCase *look, const char *key)
{
  for (gsize i = 0; i < look->context->n_settings; i++)
    if (strcmp (look->context->settings[i].key, key) == 0)
      return look->context->settings[i].origin;
  return "default";
}

/* ---- the model ---- */

/* Another server than the provider's own may have what the provider no longer has. */
static void
look_at_model (const Veo3DoctorCase *look, const Veo3Model *model, Veo3Findings *findings)
{
  const Veo3Settings *settings = look->settings;
  g_autofree char *warning
      = veo3_model_table_warn (settings->models, settings->provider, settings->model);
  Veo3Complaint complaint = { .level = PIPELINE_FINDING_WARNING, .subject = "model" };

  if (warning == NULL)
    {
      veo3_findings_ok (findings, "model", "%s (%s)", settings->model,
                        veo3_doctor_find_origin (look, "model"));
      return;
    }
  if (model->retired != NULL && settings->base_url == NULL)
    {
      complaint.level = PIPELINE_FINDING_PROBLEM;
      complaint.outcome = PIPELINE_OUTCOME_DENIED;
    }
  /* What to set instead is said already. */
  complaint.advice
      = veo3_model_is_listed (model)
            ? "`pipeline_runner doctor --online` asks whether it is still there, for nothing"
            : "check the name, or let `pipeline_runner doctor --online` ask for it";
  veo3_findings_complain (findings, &complaint, "%s", warning);
}

static void
look_at_price (const Veo3DoctorCase *look, const Veo3Model *model, Veo3Findings *findings)
{
  const Veo3Settings *settings = look->settings;
  const Veo3ClipOptions nothing = { 0 };
  Veo3ClipRequest request = { .duration_s = settings->duration_s };
  const Veo3Complaint complaint
      = { .level = PIPELINE_FINDING_WARNING,
          .subject = "price",
          .advice = "look it up before you spend; a copy of models.ini with it can be named with "
                    "models-file" };
  double usd;

  veo3_clip_options_merge (&settings->options, &nothing, &request.options);
  g_free (veo3_model_fit (model, &request));
  usd = veo3_model_estimate_usd (model, &request);
  if (usd < 0)
    veo3_findings_complain (findings, &complaint, "not known for this model and these settings");
  else
    veo3_findings_ok (findings, "price",
                      "about %.2f US dollars for a clip of %d s, %.2f for %u (as of %s)", usd,
                      request.duration_s, usd * settings->clip_count, settings->clip_count,
                      model->as_of != NULL ? model->as_of : "an unknown day");
  veo3_clip_request_clear (&request);
}

static void
look_at_ffmpeg (const Veo3DoctorCase *look, Veo3Findings *findings)
{
  const Veo3Complaint complaint
      = { .level = PIPELINE_FINDING_WARNING,
          .subject = "audio",
          .advice = "install ffmpeg (Debian: apt-get install ffmpeg), or set audio=keep" };
  g_autofree char *program = NULL;

  if (look->settings->options.audio != VEO3_AUDIO_STRIP)
    return;
  program = g_find_program_in_path ("ffmpeg");
  if (program != NULL)
    veo3_findings_ok (findings, "audio", "strip, by %s", program);
  else
    veo3_findings_complain (findings, &complaint,
                            "audio=strip (%s), but there is no ffmpeg to do it: clips would keep "
                            "their sound",
                            veo3_doctor_find_origin (look, "audio"));
}

/* Those of the settings; check looks at the prompts'. A stage may still have to make them. */
static void
look_at_pictures (const Veo3DoctorCase *look, Veo3Findings *findings)
{
  const Veo3Complaint complaint
      = { .level = PIPELINE_FINDING_WARNING,
          .subject = "picture",
          .advice = "put a PNG or JPEG picture there before the clips are asked for; those without "
                    "it fail" };
  GPtrArray *images = look->settings->options.images;
  g_autoptr (Veo3JobStore) store
      = images != NULL ? veo3_job_store_new (look->context->workspace, NULL) : NULL;

  for (guint i = 0; store != NULL && i < images->len; i++)
    {
      const Veo3ClipImage *wanted = g_ptr_array_index (images, i);
      g_autoptr (Veo3ClipImage) image = veo3_clip_image_new (wanted->role, wanted->path);
      const char *field = veo3_clip_images_get_field (image->role);
      g_autofree char *key = g_strdelimit (g_strdup (field), "_", '-');
      g_autoptr (GError) error = NULL;

      if (veo3_clip_images_look (veo3_job_store_get_workspace_fd (store), image, &error))
        veo3_findings_ok (findings, "picture", "%s (%s)", image->path,
                          veo3_doctor_find_origin (look, key));
      else
        veo3_findings_complain (findings, &complaint, "%s (%s): %s", key,
                                veo3_doctor_find_origin (look, key), error->message);
    }
}

void
veo3_doctor_look (const Veo3DoctorCase *look, Veo3Findings *findings)
{
  const Veo3Settings *settings = look->settings;

  if (look->provider != NULL)
    veo3_findings_ok (findings, "provider", "%s", look->provider);
  else
    {
      const Veo3Model *model
          = veo3_model_table_find (settings->models, settings->provider, settings->model);

      veo3_findings_ok (findings, "provider", "%s (%s)", settings->provider,
                        veo3_doctor_find_origin (look, "provider"));
      look_at_model (look, model, findings);
      look_at_price (look, model, findings);
    }
  look_at_ffmpeg (look, findings);
  look_at_pictures (look, findings);
}

/* ---- the service ---- */

static void
judge_clock (const Veo3ServiceAnswer *answer, Veo3Findings *findings)
{
  gint64 ahead_s = answer->our_time_s - answer->server_time_s;
  const Veo3Complaint complaint
      = { .level = PIPELINE_FINDING_PROBLEM,
          .outcome = PIPELINE_OUTCOME_DENIED,
          .subject = "clock",
          .advice = "set the clock (timedatectl set-ntp true): sign-ins are refused more than 5 "
                    "minutes off" };

  if (answer->server_time_s == 0)
    return;
  if (ABS (ahead_s) <= CLOCK_LIMIT_S)
    veo3_findings_ok (findings, "clock", "as the service's");
  else
    veo3_findings_complain (findings, &complaint, "%" G_GINT64_FORMAT " s %s the service's",
                            ABS (ahead_s), ahead_s > 0 ? "ahead of" : "behind");
}

static const char *
advise (const Veo3ServiceAnswer *answer)
{
  if (answer->code == VEO3_ERROR_CODE_CREDENTIALS)
    return "mend the credentials, or use others; a run would exit with 3";
  if (answer->code == VEO3_ERROR_CODE_MODEL_GONE)
    return "set VEO3_MODEL or VEO3_PROVIDER to what your account offers";
  return "check provider, model, base-url and api-version";
}

void
veo3_doctor_judge_answer (const Veo3ServiceAnswer *answer, Veo3Findings *findings)
{
  Veo3Complaint complaint = { .level = PIPELINE_FINDING_WARNING,
                              .subject = "online",
                              .advice = "try again later; if it stays, check the network, the "
                                        "proxy and base-url" };
  const char *message;

  if (answer == NULL)
    {
      veo3_findings_ok (findings, "online", "there is no service to ask");
      return;
    }
  message = answer->message != NULL ? answer->message : "no reason given";
  switch (answer->klass)
    {
    case VEO3_SERVICE_READY:
      veo3_findings_ok (findings, "online", "the service takes the credentials and has the model");
      break;
    case VEO3_SERVICE_DENIED:
      complaint.level = PIPELINE_FINDING_PROBLEM;
      complaint.outcome = PIPELINE_OUTCOME_DENIED;
      complaint.advice = advise (answer);
      veo3_findings_complain (findings, &complaint, "%s", message);
      break;
    case VEO3_SERVICE_NO_ANSWER:
      veo3_findings_complain (findings, &complaint, "%s", message);
      break;
    }
  judge_clock (answer, findings);
}

void
veo3_service_answer_free (Veo3ServiceAnswer *self)
{
  if (self == NULL)
    return;
  g_free (self->message);
  g_free (self);
}
