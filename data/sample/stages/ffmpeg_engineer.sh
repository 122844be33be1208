#!/bin/sh
# SPDX-License-Identifier: MIT
# FFMPEG_ENGINEER: makes one card of every line: the caption on a slowly moving gradient. With no
# generated clip at all these cards alone are a complete reel.
# Reads transcript.json and layout.json, writes segments/NN-ANCHOR.mp4.
set -eu
. stages/reel.sh

# palette NUMBER: two colours for the gradient.
palette()
{
  case $(($1 % 5)) in
    1) echo "c0=0x0b3954:c1=0x087e8b" ;;
    2) echo "c0=0x2d1e2f:c1=0x8f2d56" ;;
    3) echo "c0=0x1b4332:c1=0x40916c" ;;
    4) echo "c0=0x22223b:c1=0x6d597a" ;;
    *) echo "c0=0x3d1308:c1=0xbc6c25" ;;
  esac
}

mkdir -p segments
count=$(jq '.segments | length' transcript.json)
each_segment | while IFS="$(printf '\t')" read -r number anchor seconds; do
  # shellcheck disable=SC2046 # two numbers
  set -- $(jq -r --arg anchor "$anchor" \
    '.segments[] | select(.anchor == $anchor) | "\(.font_size) \(.top)"' layout.json)
  file=$(printf 'segments/%02d-%s.mp4' "$number" "$anchor")
  encode "$file" -f lavfi \
    -i "gradients=s=${reel_width}x$reel_height:r=$reel_fps:d=$seconds:speed=0.02:seed=$number:n=2:$(palette "$number")" \
    -vf "noise=alls=6:allf=t,vignette=PI/5,$(caption_filter "captions/$anchor.txt" "$1" "$2"),$(progress_filter "$number" "$count")"
  echo "ffmpeg: $file, $seconds s"
done
