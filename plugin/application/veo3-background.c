/* SPDX-License-Identifier: MIT */
/*
 * One GTask for each piece of work. The work is handed over and back whole: at no time do two
 * threads look at it.
 */
#include "plugin/application/veo3-background.h"

#include <gio/gio.h>

#include "plugin/domain/thread-handoff.h"

typedef struct
{
  gpointer work; /* (borrowed) whose it is changes hands */
  Veo3BackgroundFunc func;
  Veo3BackgroundFunc done;
} Errand;

static void
work_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Errand *errand = task_data;

  (void)source;
  (void)cancellable;
  thread_handoff_take (errand);
  errand->func (errand->work);
  thread_handoff_give (errand);
  g_task_return_boolean (task, TRUE);
}

static void
on_worked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* Freed here and not by the task, whose last reference may be the helper thread's. */
  g_autofree Errand *errand = g_task_get_task_data (G_TASK (result));

  (void)source;
  (void)user_data;
  thread_handoff_take (errand);
  errand->done (errand->work);
}

void
veo3_background_run (const char *name,
                     gpointer work,
                     Veo3BackgroundFunc func,
                     Veo3BackgroundFunc done)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, on_worked, NULL);
  Errand *errand = g_new0 (Errand, 1);

  *errand = (Errand){ .work = work, .func = func, .done = done };
  g_task_set_name (task, name);
  g_task_set_task_data (task, errand, NULL);
  thread_handoff_give (errand);
  g_task_run_in_thread (task, work_in_thread);
}
