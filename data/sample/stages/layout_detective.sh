#!/bin/sh
# SPDX-License-Identifier: MIT
# LAYOUT_DETECTIVE: finds the largest type in which each line fits the safe area, by setting it and
# measuring the ink (ffmpeg's bbox filter). Reads transcript.json, writes layout.json and captions/.
set -eu
. stages/reel.sh

# measure FILE SIZE: prints "width height" of the ink when the text is set at that size.
measure()
{
  ffmpeg -nostdin -hide_banner -f lavfi -i "color=black:s=${reel_width}x$reel_height:r=1:d=1" \
    -vf "drawtext=fontfile=$reel_font:textfile=$1:expansion=none:fontcolor=white:fontsize=$2:line_spacing=$(($2 / 4)):x=$safe_x:y=$safe_y,bbox" \
    -frames:v 1 -f null - 2>&1 |
    sed -n 's/.* x1:[0-9]* .* w:\([0-9]*\) h:\([0-9]*\) .*/\1 \2/p'
}

mkdir -p captions
: > layout.part
each_segment | while IFS="$(printf '\t')" read -r number anchor _; do
  text=$(jq -r --argjson at "$((number - 1))" '.segments[$at].text' transcript.json)
  for size in 60 56 52 48 44 40 36 32 28; do
    set_caption "$text" "$size" "captions/$anchor.txt"
    # shellcheck disable=SC2046 # two numbers
    set -- $(measure "captions/$anchor.txt" "$size")
    if [ "${1:-9999}" -le "$safe_width" ] && [ "${2:-9999}" -le "$safe_height" ]; then
      break
    fi
  done
  echo "layout: $anchor: type of $size px, ${1:-?} x ${2:-?} px of ink"
  jq -n --arg anchor "$anchor" --argjson size "$size" \
    --argjson top "$((safe_y + (safe_height - ${2:-0}) / 2))" \
    '{$anchor, font_size: $size, $top}' >> layout.part
done
jq -s --argjson width "$reel_width" --argjson height "$reel_height" \
  '{$width, $height, segments: .}' layout.part > layout.json
rm layout.part
