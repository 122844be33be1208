/* SPDX-License-Identifier: MIT */
/*
 * A key goes wherever base-url says, and a pipeline file or a variable of the environment may be
 * somebody else's work: so it is said. No state; the worker's thread. Must not show more of a URL
 * than its host and port, nor anything of a proxy but these.
 */
#include "plugin/stage/veo3-announcement.h"

#include "plugin/adapters/http-request.h"

static void
tell_server (const Veo3Settings *settings, const Veo3Reporter *reporter)
{
  gboolean is_vertex = g_str_equal (settings->provider, "vertex");
  g_autoptr (CURLU) url = http_url_parse (settings->base_url, NULL, NULL);
  g_autofree char *place = url != NULL ? http_url_dup_authority (url) : NULL;

  if (place == NULL)
    return;
  if (http_url_is_loopback (url))
    veo3_reporter_say (reporter, PIPELINE_LOG_INFO,
                       "requests go to %s on this machine, not to Google's servers", place);
  else
    veo3_reporter_say (reporter, PIPELINE_LOG_WARNING,
                       "requests and %s go to %s, not to Google's servers, because %sbase-url is "
                       "set, continuing",
                       is_vertex ? "access tokens" : "the API key", place,
                       is_vertex ? "vertex-" : "");
}

void
veo3_announcement_tell (const Veo3Settings *settings,
                        const HttpNetwork *network,
                        const Veo3Reporter *reporter)
{
  if (settings->base_url != NULL)
    tell_server (settings, reporter);
  if (settings->metadata_host != NULL && g_str_equal (settings->provider, "vertex"))
    veo3_reporter_say (reporter, PIPELINE_LOG_INFO,
                       "the metadata server is %s, because metadata-host is set",
                       settings->metadata_host);
  if (network != NULL && network->proxy_name != NULL)
    veo3_reporter_say (reporter, PIPELINE_LOG_INFO, "requests go through the proxy %s",
                       network->proxy_name);
}
