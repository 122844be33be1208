#!/bin/sh
# SPDX-License-Identifier: MIT
# DELIVERY: checks the reel as a player would see it and gives it its final name.
# Reads assembled.mp4, assembly.json and publishing-assets.json; writes final-reel.mp4, delivery.json.
set -eu
. stages/reel.sh

quiet_ffmpeg -i assembled.mp4 -c copy -movflags +faststart final-reel.part.mp4
probe=$(ffprobe -v error -count_packets -select_streams v:0 -of json \
  -show_entries stream=width,height,nb_read_packets:format=duration final-reel.part.mp4)
wanted=$(jq '[.segments[].seconds] | add' assembly.json)

if ! printf '%s' "$probe" | jq -e --argjson wanted "$wanted" --argjson fps "$reel_fps" \
  --argjson width "$reel_width" --argjson height "$reel_height" '
    .streams[0].width == $width and .streams[0].height == $height
    and (.streams[0].nb_read_packets | tonumber) >= $wanted * $fps - $fps
    and ((.format.duration | tonumber) - $wanted | fabs) < 1' > check.out; then
  echo "delivery: the reel is not what was ordered ($wanted s): $probe" >&2
  exit 1
fi
rm check.out
mv final-reel.part.mp4 final-reel.mp4

jq -n --slurpfile assembly assembly.json --slurpfile assets publishing-assets.json \
  --argjson probe "$probe" --argjson bytes "$(wc -c < final-reel.mp4)" '
  { file: "final-reel.mp4", $bytes,
    seconds: ($probe.format.duration | tonumber),
    title: $assets[0].titles[0], hashtags: $assets[0].hashtags,
    clips_shown: $assembly[0].clips, segments: ($assembly[0].segments | length) }' > delivery.json
jq -r '"delivery: \(.file), \(.seconds) s, \(.clips_shown) generated clips in \(.segments) segments"' \
  delivery.json
