#!/bin/sh
# SPDX-License-Identifier: MIT
# TRANSCRIPT: turns facts into spoken lines. Each has an anchor, the name by which every later stage
# finds it, and the seconds it takes to say (2.8 words a second, 3 to 6 s).
# Reads routing.json and research.json, writes transcript.json.
set -eu

jq --slurpfile routing routing.json '
  { topic,
    segments: [ .facts[: $routing[0].max_segments][]
                | {anchor, text: .line,
                   seconds: (.line | split(" ") | length / 2.8 | ceil
                             | if . < 3 then 3 elif . > 6 then 6 else . end)} ] }' \
  research.json > transcript.json
jq -r '"transcript: \(.segments | length) lines, \([.segments[].seconds] | add) s"' transcript.json
