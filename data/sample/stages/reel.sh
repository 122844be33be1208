# SPDX-License-Identifier: MIT
# Shared by the stages that touch pictures: one place for the size of the reel and its encoding,
# because ASSEMBLY joins the pieces without encoding them again. Sourced; the cwd is the workspace.
# shellcheck shell=sh disable=SC2034

reel_width=540
reel_height=960
reel_fps=24
reel_font=${REEL_FONT:-/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf}

# Where captions may stand: clear of the buttons and the title that players lay over a reel.
safe_x=40
safe_y=300
safe_width=440
safe_height=400

# quiet_ffmpeg ARGUMENT...: errors only, never reads stdin, overwrites.
quiet_ffmpeg()
{
  ffmpeg -nostdin -hide_banner -loglevel error -y "$@"
}

# encode FILE: the encoding every piece of the reel shares, as the last arguments of ffmpeg.
# Written next to the target first, so that a stopped stage leaves no half a file under its name;
# joined by &&, because `set -e` does not hold where a caller asks how it went.
encode()
{
  encode_to=$1
  shift
  quiet_ffmpeg "$@" -an -r "$reel_fps" -c:v libx264 -preset medium -crf 23 -pix_fmt yuv420p \
    -video_track_timescale 12288 "$encode_to.part.mp4" &&
    mv "$encode_to.part.mp4" "$encode_to"
}

# each_segment: one line "number<TAB>anchor<TAB>seconds" for each segment of the transcript.
each_segment()
{
  jq -r '.segments | to_entries[] | [.key + 1, .value.anchor, .value.seconds] | @tsv' \
    transcript.json
}

# set_caption TEXT SIZE FILE: breaks the text into lines as wide as the safe area at that type size.
# A letter of this face is about 0.55 of its size wide. drawtext would draw the last line feed as an
# empty line, so there is none.
set_caption()
{
  caption=$(printf '%s\n' "$1" | fold -s -w "$((safe_width * 100 / ($2 * 55)))" | sed 's/ *$//')
  printf '%s' "$caption" > "$3"
}

# caption_filter FILE SIZE TOP: draws a caption that set_caption wrote, faded in.
caption_filter()
{
  printf 'drawtext=fontfile=%s:textfile=%s:expansion=none' "$reel_font" "$1"
  printf ':fontcolor=white:fontsize=%s:line_spacing=%s:x=%s:y=%s' "$2" "$(($2 / 4))" "$safe_x" "$3"
  printf ':shadowcolor=black@0.6:shadowx=2:shadowy=3:alpha=min(1\\,t*2)'
}

# progress_filter NUMBER COUNT SECONDS: a thin bar at the bottom that grows over the whole reel.
progress_filter()
{
  printf "drawbox=x=0:y=ih-10:w=iw:h=10:color=white@0.25:t=fill"
  printf ",drawbox=x=0:y=ih-10:w=iw*%s/%s:h=10:color=white@0.9:t=fill" "$1" "$2"
}
