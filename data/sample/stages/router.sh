#!/bin/sh
# SPDX-License-Identifier: MIT
# ROUTER: decides what kind of video a topic becomes. Usage: router.sh TOPIC
# Writes routing.json.
set -eu

topic=${1:?usage: router.sh TOPIC}
if ! cut -f 1 notes.tsv | grep -Fqx -- "$topic"; then
  echo "router: nothing is known about '$topic'; notes.tsv has:" >&2
  grep -v '^#' notes.tsv | cut -f 1 | sort -u >&2
  exit 78 # never: another try will not know more
fi

jq -n --arg topic "$topic" '{topic: $topic, format: "reel", language: "en", max_segments: 5}' \
  > routing.json
echo "router: '$topic' becomes a reel"
