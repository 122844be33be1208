/* A sample for lint: the licence is missing. */

static int licensed;
