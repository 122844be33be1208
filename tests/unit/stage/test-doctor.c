/* SPDX-License-Identifier: MIT */
/*
 * What the service's answer means for a run, and the list that findings are kept in.
 */
#include "plugin/stage/veo3-doctor.h"

#include <string.h>

#include "tests/unit/application/test-workspace.h"

/* The last finding that was told, copied. */
typedef struct
{
  guint n;
  PipelineFindingLevel levels[8];
  PipelineOutcome outcome;
  char *text;   /* (owned) */
  char *advice; /* (owned) (nullable) */
} Told;

static void
on_found (const PipelineFinding *finding, gpointer user_data)
{
  Told *told = user_data;

  g_assert_cmpuint (finding->struct_size, ==, sizeof *finding);
  g_assert_true (finding->advice != NULL || finding->level == PIPELINE_FINDING_OK);
  g_assert_cmpuint (told->n, <, G_N_ELEMENTS (told->levels));
  told->levels[told->n++] = finding->level;
  told->outcome = finding->outcome;
  g_free (told->text);
  g_free (told->advice);
  told->text = g_strdup (finding->text);
  told->advice = g_strdup (finding->advice);
}

static void
judge (const Veo3ServiceAnswer *answer, Told *told)
{
  g_autoptr (Veo3Findings) findings = veo3_findings_new ();

  *told = (Told){ .n = 0 };
  veo3_doctor_judge_answer (answer, findings);
  veo3_findings_tell (findings, on_found, told);
}

static void
told_clear (Told *told)
{
  g_free (told->text);
  g_free (told->advice);
}

/* Each class weighs what a run would feel of it, and the code says what to do. */
static void
test_classes (void)
{
  static const struct
  {
    Veo3ServiceClass klass;
    Veo3ErrorCode code;
    PipelineFindingLevel level;
    PipelineOutcome outcome;
    const char *advice;
  } cases[] = {
    { VEO3_SERVICE_READY, VEO3_ERROR_CODE_NONE, PIPELINE_FINDING_OK, PIPELINE_OUTCOME_COMPLETE,
      NULL },
    { VEO3_SERVICE_DENIED, VEO3_ERROR_CODE_CREDENTIALS, PIPELINE_FINDING_PROBLEM,
      PIPELINE_OUTCOME_DENIED, "mend the credentials" },
    { VEO3_SERVICE_DENIED, VEO3_ERROR_CODE_MODEL_GONE, PIPELINE_FINDING_PROBLEM,
      PIPELINE_OUTCOME_DENIED, "VEO3_MODEL" },
    { VEO3_SERVICE_DENIED, VEO3_ERROR_CODE_INVALID_REQUEST, PIPELINE_FINDING_PROBLEM,
      PIPELINE_OUTCOME_DENIED, "base-url" },
    { VEO3_SERVICE_NO_ANSWER, VEO3_ERROR_CODE_UNAVAILABLE, PIPELINE_FINDING_WARNING,
      PIPELINE_OUTCOME_COMPLETE, "try again later" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Veo3ServiceAnswer answer = { .klass = cases[i].klass, .code = cases[i].code };
      Told told;

      answer.message = (char *)"the service's words";
      judge (&answer, &told);
      g_assert_cmpuint (told.n, ==, 1);
      g_assert_cmpuint (told.levels[0], ==, cases[i].level);
      g_assert_cmpuint (told.outcome, ==, cases[i].outcome);
      if (cases[i].advice != NULL)
        {
          g_assert_cmpstr (told.text, ==, "the service's words");
          g_assert_nonnull (strstr (told.advice, cases[i].advice));
        }
      told_clear (&told);
    }
}

/* A clock that is more than 5 minutes off is a problem of access, in either direction; a service
 * that does not tell its time proves nothing. */
static void
test_clock (void)
{
  static const struct
  {
    gint64 ahead_s;
    const char *words; /* (nullable) NULL = fine */
  } cases[] = {
    { 0, NULL },
    { 300, NULL },
    { -300, NULL },
    { 301, "301 s ahead of the service's" },
    { -86400, "86400 s behind the service's" },
  };
  Veo3ServiceAnswer answer = { .klass = VEO3_SERVICE_READY };
  Told told;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      answer.server_time_s = 1795000000;
      answer.our_time_s = answer.server_time_s + cases[i].ahead_s;
      judge (&answer, &told);
      g_assert_cmpuint (told.n, ==, 2);
      g_assert_cmpuint (told.levels[1], ==,
                        cases[i].words != NULL ? PIPELINE_FINDING_PROBLEM : PIPELINE_FINDING_OK);
      g_assert_cmpuint (told.outcome, ==,
                        cases[i].words != NULL ? PIPELINE_OUTCOME_DENIED
                                               : PIPELINE_OUTCOME_COMPLETE);
      if (cases[i].words != NULL)
        g_assert_cmpstr (told.text, ==, cases[i].words);
      told_clear (&told);
    }
  answer.server_time_s = 0;
  judge (&answer, &told);
  g_assert_cmpuint (told.n, ==, 1);
  told_clear (&told);
}

/* A port without a service is fine. */
static void
test_nobody (void)
{
  Told told;

  judge (NULL, &told);
  g_assert_cmpuint (told.n, ==, 1);
  g_assert_cmpuint (told.levels[0], ==, PIPELINE_FINDING_OK);
  told_clear (&told);
}

/* A picture of the settings that is missing or none is a warning that names the setting. */
static void
test_pictures (void)
{
  static const PipelineSetting values[]
      = { { "reference-images", "good.png;text.png;absent.png", "pipeline.ini:9" } };
  g_autoptr (TestWorkspace) workspace = test_workspace_new ();
  g_autoptr (Veo3Settings) settings = veo3_settings_new (values, 1, NULL);
  const PipelineStageContext context = { .struct_size = sizeof context,
                                         .run = 1,
                                         .run_id = "r",
                                         .workspace = workspace->path,
                                         .settings = values,
                                         .n_settings = 1 };
  const Veo3DoctorCase look = { .context = &context, .settings = settings, .provider = "fake" };
  g_autoptr (Veo3Findings) findings = veo3_findings_new ();
  Told told = { .n = 0 };

  test_workspace_write (workspace, "good.png", "\x89PNG\r\n\x1a\nbits");
  test_workspace_write (workspace, "text.png", "words");
  veo3_doctor_look (&look, findings);
  veo3_findings_tell (findings, on_found, &told);
  g_assert_cmpuint (told.n, ==, 4);
  g_assert_cmpuint (told.levels[1], ==, PIPELINE_FINDING_OK);
  g_assert_cmpuint (told.levels[2], ==, PIPELINE_FINDING_WARNING);
  g_assert_cmpuint (told.levels[3], ==, PIPELINE_FINDING_WARNING);
  g_assert_nonnull (strstr (told.text, "reference-images (pipeline.ini:9): absent.png: "));
  told_clear (&told);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stage/doctor/classes", test_classes);
  g_test_add_func ("/stage/doctor/clock", test_clock);
  g_test_add_func ("/stage/doctor/nobody", test_nobody);
  g_test_add_func ("/stage/doctor/pictures", test_pictures);
  return g_test_run ();
}
