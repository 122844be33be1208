/* SPDX-License-Identifier: MIT */
/* A sample for lint: five levels, the last ones without braces. */

static int
dig (int n)
{
  for (int i = 0; i < n; i++)
    {
      if (i % 2 == 0)
        {
          while (n > 0)
            for (int k = 0; k < i; k++)
              if (k == n)
                n--;
        }
    }
  return n;
}
