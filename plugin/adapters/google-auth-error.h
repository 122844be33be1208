/* SPDX-License-Identifier: MIT */
/*
 * GoogleAuthError: the errors of all that deals with Google's credentials, in terms of what the
 * caller can do.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** GoogleAuthError: why there is no token. */
typedef enum
{
  GOOGLE_AUTH_ERROR_CREDENTIALS, /* asking again is of no use; the message says what is */
  GOOGLE_AUTH_ERROR_TRANSIENT,   /* network, overload: ask again later */
} GoogleAuthError;

#define GOOGLE_AUTH_ERROR (google_auth_error_quark ())
GQuark google_auth_error_quark (void);

G_END_DECLS
