#!/bin/sh
# SPDX-License-Identifier: MIT
# CONTENT: writes what is published beside the video, and veo3_prompts[]: the clips to generate.
# When this stage ends, the veo3 plugin reads that list and the paid work starts in the background.
# Reads transcript.json and research.json, writes publishing-assets.json.
set -eu

jq --slurpfile research research.json '
  ($research[0].facts | map({(.anchor): .visual}) | add) as $visual
  | (.segments | length) as $count
  # The clips are for the opening, the middle and the end; the other lines stay as cards.
  | [{variant: "intro", at: 0},
     {variant: "broll", at: ($count / 2 | floor)},
     {variant: "outro", at: ($count - 1)}] as $wanted
  | { titles: ["What you did not know about the \(.topic)",
               "\($count) things about the \(.topic)"],
      description: ([.segments[].text] | join(" ")),
      hashtags: ["#\(.topic)", "#nature", "#learnontiktok"],
      thumbnail_text: .segments[0].text,
      veo3_prompts: [ .segments as $segments | $wanted[] | $segments[.at] as $segment
                      | {variant, prompt: $visual[$segment.anchor],
                         narrative_anchor: $segment.anchor, duration_s: 6} ] }' \
  transcript.json > publishing-assets.json.part
mv publishing-assets.json.part publishing-assets.json
jq -r '"content: \(.titles[0]), \(.veo3_prompts | length) clips wanted"' publishing-assets.json
