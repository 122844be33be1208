/* SPDX-License-Identifier: MIT */
/* null_descriptor-stage.c: returns nothing. */
#include "tests/abi/hostile.h"

HOSTILE_EXPORT (NULL)
