/* SPDX-License-Identifier: MIT */
/* Builds boxes in memory. No state. */
#include "tests/unit/adapters/small-mp4.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void
small_mp4_append_box (GByteArray *bytes, const char *type, guint32 payload_bytes)
{
  guint32 size = GUINT32_TO_BE (payload_bytes + 8);
  g_autofree guint8 *payload = g_malloc0 (payload_bytes + 1);

  g_byte_array_append (bytes, (const guint8 *)&size, 4);
  g_byte_array_append (bytes, (const guint8 *)type, 4);
  g_byte_array_append (bytes, payload, payload_bytes);
}

GByteArray *
small_mp4_new (guint32 media_bytes)
{
  GByteArray *bytes = g_byte_array_new ();

  small_mp4_append_box (bytes, "ftyp", 16);
  small_mp4_append_box (bytes, "free", 0);
  small_mp4_append_box (bytes, "mdat", media_bytes);
  small_mp4_append_box (bytes, "moov", 100);
  return bytes;
}

int
small_mp4_open (const void *data, gsize length)
{
  int fd = memfd_create ("small-mp4", MFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  if (length > 0)
    g_assert_cmpint (write (fd, data, length), ==, (gssize)length);
  return fd;
}
