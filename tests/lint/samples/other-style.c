/* SPDX-License-Identifier: MIT */
/* A sample for lint: another tree's style. */

static int add(int a, int b) {
	return a+b;
}
