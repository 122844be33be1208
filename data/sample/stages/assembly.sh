#!/bin/sh
# SPDX-License-Identifier: MIT
# ASSEMBLY: joins the reel. A segment whose anchor is the narrative_anchor of a finished clip shows
# that clip under its caption; every other segment keeps its card: a missing clip costs a picture,
# never the video. Reads transcript.json, segments/ and, if there is one, veo3/jobs.json; writes assembled.mp4 and assembly.json.
set -eu
. stages/reel.sh

# clip_for ANCHOR: path of the finished clip for a segment, or nothing.
clip_for()
{
  [ -f veo3/jobs.json ] || return 0
  jq -r --arg anchor "$1" '
    [.jobs[] | select(.narrative_anchor == $anchor and .status == "completed")
             | .video_path // empty] | first // empty' veo3/jobs.json
}

# cut_in CLIP FILE ANCHOR NUMBER SECONDS: the clip at the reel's size and the segment's length
# (a shorter one holds its last picture), its line in small type at the bottom.
cut_in()
{
  text=$(jq -r --argjson at "$(($4 - 1))" '.segments[$at].text' transcript.json)
  small="captions/$3-small.txt"
  set_caption "$text" 30 "$small"
  top=$((reel_height - 80 - 40 * ($(wc -l < "$small") + 1)))
  encode "$2" -i "$1" -t "$5" -vf "scale=$reel_width:$reel_height:force_original_aspect_ratio=increase,crop=$reel_width:$reel_height,setsar=1,fps=$reel_fps,tpad=stop_mode=clone:stop_duration=$5,drawbox=x=0:y=$((top - 25)):w=iw:h=ih:color=black@0.5:t=fill,$(caption_filter "$small" 30 "$top"),$(progress_filter "$4" "$count")"
}

mkdir -p assembly
count=$(jq '.segments | length' transcript.json)
: > assembly/list.txt
: > assembly/pieces.part
each_segment | while IFS="$(printf '\t')" read -r number anchor seconds; do
  piece=$(printf 'segments/%02d-%s.mp4' "$number" "$anchor")
  clip=$(clip_for "$anchor")
  shown=card
  if [ -n "$clip" ] && [ -f "$clip" ]; then
    with_clip=$(printf 'assembly/%02d-%s.mp4' "$number" "$anchor")
    if cut_in "$clip" "$with_clip" "$anchor" "$number" "$seconds"; then
      piece=$with_clip
      shown=$clip
    else
      echo "assembly: warning: $clip cannot be read, keeping the card of $anchor, continuing"
    fi
  fi
  echo "assembly: $anchor shows $shown"
  echo "file '../$piece'" >> assembly/list.txt
  jq -n --arg anchor "$anchor" --arg shown "$shown" --argjson seconds "$seconds" \
    '{$anchor, $shown, $seconds}' >> assembly/pieces.part
done
jq -s '{segments: ., clips: [.[] | select(.shown != "card")] | length}' assembly/pieces.part \
  > assembly.json
quiet_ffmpeg -f concat -safe 0 -i assembly/list.txt -c copy assembled.part.mp4
mv assembled.part.mp4 assembled.mp4
