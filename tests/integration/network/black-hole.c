/* SPDX-License-Identifier: MIT */
/*
 * Without firewall rules: a full queue of connections nobody accepts makes the kernel drop more of
 * them, and a private network and mount namespace has its own resolv.conf. Must not change anything
 * outside of this process.
 */
#include "tests/integration/network/black-hole.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A queue of length 0 holds one; a few more for kernels that round up. */
#define FILLERS_MAX 8
/* On loopback a handshake takes microseconds. */
#define DROPPED_AFTER_MS 150

static struct sockaddr_in
loopback (guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  return address;
}

static BlackHole *
black_hole_new (void)
{
  BlackHole *self = g_new0 (BlackHole, 1);

  self->listen_fd = -1;
  self->name_server = -1;
  self->fillers = g_array_new (FALSE, FALSE, sizeof (int));
  return self;
}

/* Returns: TRUE if one more was let in. */
static gboolean
add_filler (BlackHole *self, const struct sockaddr_in *address)
{
  struct pollfd filler = { .fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
                           .events = POLLOUT };

  g_assert_cmpint (filler.fd, >=, 0);
  g_array_append_val (self->fillers, filler.fd);
  if (connect (filler.fd, (const struct sockaddr *)address, sizeof *address) == 0)
    return TRUE;
  g_assert_cmpint (errno, ==, EINPROGRESS);
  return poll (&filler, 1, DROPPED_AFTER_MS) != 0;
}

BlackHole *
black_hole_new_port (void)
{
  g_autoptr (BlackHole) self = black_hole_new ();
  struct sockaddr_in address = loopback (0);
  socklen_t length = sizeof address;

  self->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listen_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listen_fd, 0), ==, 0);
  g_assert_cmpint (getsockname (self->listen_fd, (struct sockaddr *)&address, &length), ==, 0);
  self->url = g_strdup_printf ("http://127.0.0.1:%u", ntohs (address.sin_port));
  for (guint i = 0; i < FILLERS_MAX; i++)
    if (!add_filler (self, &address))
      return g_steal_pointer (&self);
  return NULL;
}

static gboolean
bring_up_loopback (void)
{
  struct ifreq request = { .ifr_flags = IFF_UP | IFF_RUNNING };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean is_up;

  g_strlcpy (request.ifr_name, "lo", sizeof request.ifr_name);
  is_up = fd >= 0 && ioctl (fd, SIOCSIFFLAGS, &request) == 0;
  (void)close (fd);
  return is_up;
}

static gboolean
enter_private_network (const char *resolv_conf)
{
  return unshare (CLONE_NEWNS | CLONE_NEWNET) == 0
         && mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
         && mount (resolv_conf, "/etc/resolv.conf", NULL, MS_BIND, NULL) == 0
         && bring_up_loopback ();
}

gboolean
black_hole_may_enter_network (void)
{
  pid_t child = fork ();
  int status = 1;

  if (child == 0)
    _exit (enter_private_network ("/dev/null") ? 0 : 1);
  return child > 0 && waitpid (child, &status, 0) == child && status == 0;
}

BlackHole *
black_hole_new_name_server (void)
{
  static const char text[] = "nameserver 127.0.0.1\n";
  g_autoptr (BlackHole) self = black_hole_new ();
  struct sockaddr_in address = loopback (53);
  int fd = g_file_open_tmp ("black-hole-XXXXXX.conf", &self->resolv_conf, NULL);

  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize)strlen (text));
  (void)close (fd);
  g_assert_true (enter_private_network (self->resolv_conf));
  self->name_server = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->name_server, (struct sockaddr *)&address, sizeof address), ==, 0);
  return g_steal_pointer (&self);
}

gboolean
black_hole_was_asked (BlackHole *self)
{
  struct pollfd name_server = { .fd = self->name_server, .events = POLLIN };

  return poll (&name_server, 1, 0) == 1;
}

void
black_hole_free (BlackHole *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->fillers->len; i++)
    (void)close (g_array_index (self->fillers, int, i));
  g_array_unref (self->fillers);
  if (self->listen_fd >= 0)
    (void)close (self->listen_fd);
  if (self->name_server >= 0)
    (void)close (self->name_server);
  if (self->resolv_conf != NULL)
    (void)g_unlink (self->resolv_conf);
  g_free (self->resolv_conf);
  g_free (self->url);
  g_free (self);
}
