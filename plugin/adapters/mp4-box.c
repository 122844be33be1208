/* SPDX-License-Identifier: MIT */
/*
 * Box headers. Pure and stateless. Must not trust a size: what is returned lies within what the
 * caller said is there.
 */
#include "plugin/adapters/mp4-box.h"

#include <string.h>

#define SHORT_HEADER_BYTES 8u

guint64
mp4_box_read_number (const guint8 *data, guint bytes)
{
  guint64 number = 0;

  for (guint i = 0; i < bytes; i++)
    number = (number << 8) | data[i];
  return number;
}

gboolean
mp4_box_is (const Mp4Box *box, const char *type)
{
  return memcmp (box->type, type, sizeof box->type) == 0;
}

static gboolean
has_plausible_type (const Mp4Box *box)
{
  for (gsize i = 0; i < sizeof box->type; i++)
    {
      guchar c = (guchar)box->type[i];

      if ((c < 0x20 || c > 0x7e) && c != 0xa9)
        return FALSE;
    }
  return TRUE;
}

Mp4BoxState
mp4_box_read (const guint8 *header, guint64 left, Mp4Box *ret)
{
  if (left < SHORT_HEADER_BYTES)
    return MP4_BOX_CUT;
  ret->header_bytes = SHORT_HEADER_BYTES;
  ret->size = mp4_box_read_number (header, 4);
  memcpy (ret->type, header + 4, sizeof ret->type);
  if (!has_plausible_type (ret))
    return MP4_BOX_BAD;
  if (ret->size == 0)
    ret->size = left;
  else if (ret->size == 1)
    {
      if (left < MP4_BOX_HEADER_MAX_BYTES)
        return MP4_BOX_CUT;
      ret->header_bytes = MP4_BOX_HEADER_MAX_BYTES;
      ret->size = mp4_box_read_number (header + SHORT_HEADER_BYTES, 8);
    }
  if (ret->size < ret->header_bytes)
    return MP4_BOX_BAD;
  return ret->size > left ? MP4_BOX_CUT : MP4_BOX_WHOLE;
}
