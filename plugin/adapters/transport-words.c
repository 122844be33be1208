/* SPDX-License-Identifier: MIT */
/*
 * Tables of words. No state, any thread. The codes are OpenSSL's and stable; of its texts only the
 * reasons are compared, which are too. Must not decide anything: whether a request left is known
 * from elsewhere.
 */
#include "plugin/adapters/transport-words.h"

#include <openssl/x509_vfy.h>
#include <string.h>

#define CLOCK_HINT "or the clock of this machine is wrong"

/* Returns: (nullable): what is wrong with "the certificate of HOST". */
static const char *
explain_certificate (long verify_result, const char *text)
{
  /* libcurl compares the names itself, before it asks OpenSSL for a result. */
  if (strstr (text, "subject name") != NULL)
    return "is for another host; look at the base URL";
  switch (verify_result)
    {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "has expired, " CLOCK_HINT;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "is not valid yet, " CLOCK_HINT;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "is vouched for by nobody but itself; if it is a server of your own, name its "
             "certificate with ca-file";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "comes from an authority that is not trusted here; if it is a server of your own, or "
             "your company opens TLS on the way, name that authority with ca-file";
    case X509_V_ERR_CERT_REVOKED:
      return "has been revoked";
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return "is too weak to be trusted";
    default:
      return NULL;
    }
}

/* Returns: (nullable): what HOST does wrong. */
static const char *
explain_handshake (const char *text)
{
  static const struct
  {
    const char *reason;
    const char *words;
  } rows[] = {
    { "wrong version number", "does not speak TLS on this port" },
    { "packet length too long", "does not speak TLS on this port" },
    { "http request", "does not speak TLS on this port" },
    { "protocol version", "offers only versions of TLS that are too old (at least 1.2 is needed)" },
    { "unsupported protocol",
      "offers only versions of TLS that are too old (at least 1.2 is needed)" },
    { "handshake failure", "offers no encryption that is safe enough" },
    { "no cipher", "offers no encryption that is safe enough" },
    { "certificate required", "wants a certificate of its clients, which is not supported" },
    { "SSL connection timeout", "did not answer the greeting of TLS in time" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (strstr (text, rows[i].reason) != NULL)
      return rows[i].words;
  return NULL;
}

static char *
explain_proxy (const TransportFailure *failure)
{
  if (failure->proxy_status == 407)
    return g_strdup_printf ("the proxy %s wants a user name and a password, or others than these; "
                            "set proxy (HTTPS_PROXY)",
                            failure->proxy);
  return g_strdup_printf ("the proxy %s does not let us through to %s (HTTP %ld)", failure->proxy,
                          failure->place, failure->proxy_status);
}

/* Not each host is asked by way of the proxy: no-proxy. */
static gboolean
is_about_proxy (const TransportFailure *failure)
{
  g_autofree char *host = NULL;

  if (failure->proxy == NULL)
    return FALSE;
  host = g_strndup (failure->proxy, (gsize)(strrchr (failure->proxy, ':') - failure->proxy));
  return strstr (failure->text, "roxy") != NULL
         || (failure->code == CURLE_COULDNT_CONNECT && strstr (failure->text, host) != NULL);
}

char *
transport_words_explain (const TransportFailure *failure)
{
  const char *words = NULL;
  const char *subject = "";

  if (failure->proxy != NULL && failure->proxy_status >= 300)
    return explain_proxy (failure);
  if (failure->code == CURLE_SSL_CACERT_BADFILE)
    return g_strdup_printf ("ca-file cannot be used: %s", failure->text);
  if (failure->code == CURLE_PEER_FAILED_VERIFICATION)
    {
      words = explain_certificate (failure->verify_result, failure->text);
      subject = "the certificate of ";
    }
  else if (failure->code == CURLE_SSL_CONNECT_ERROR || failure->code == CURLE_RECV_ERROR
           || failure->code == CURLE_OPERATION_TIMEDOUT)
    words = explain_handshake (failure->text);
  if (words != NULL)
    return g_strdup_printf ("%s%s %s (%s)", subject, failure->place, words, failure->text);
  if (is_about_proxy (failure))
    return g_strdup_printf ("%s (by the proxy %s)", failure->text, failure->proxy);
  return g_strdup (failure->text);
}
