#!/bin/sh
# SPDX-License-Identifier: MIT
# RESEARCH: collects what is known about the topic. Here: a file of notes; in a real pipeline, your
# search and your language model. Reads routing.json and notes.tsv, writes research.json.
set -eu

topic=$(jq -r .topic routing.json)
grep -v '^#' notes.tsv | jq -R -s --arg topic "$topic" '
  { topic: $topic,
    facts: [ split("\n")[] | select(length > 0) | split("\t") | select(.[0] == $topic)
             | {anchor: .[1], line: .[2], visual: .[3]} ] }' > research.json
echo "research: $(jq '.facts | length' research.json) facts about '$topic'"
