#!/bin/sh
# SPDX-License-Identifier: MIT
# The whole system once, without paying: sh data/demo.sh [--real] [FOLDER]
#
# Installs what is missing, builds, starts a video service on loopback (veo3_emulator), runs the
# sample pipeline against it over HTTP and shows what ran when. FOLDER is the workspace to make
# (default: demo-run/TIME below the repository). With --real there is no emulator: the service of
# Google is asked, with your GEMINI_API_KEY, and it costs money.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/data/setup.sh"

generation_time=15s
ready_within_s=15
emulator_pid=
runner_pid=
scratch=

usage()
{
  sed -n '3,9s/^# \{0,1\}//p' "$0"
}

# Ends what this script started, on every way out.
clean_up()
{
  status=$?
  trap '' INT TERM HUP
  if [ -n "$runner_pid" ]; then
    kill -TERM "$runner_pid" 2> /dev/null || true
    wait "$runner_pid" 2> /dev/null || true
  fi
  if [ -n "$emulator_pid" ]; then
    kill -TERM "$emulator_pid" 2> /dev/null || true
    wait "$emulator_pid" 2> /dev/null || true
  fi
  if [ -n "$scratch" ]; then
    rm -rf "$scratch"
  fi
  exit "$status"
}

# A terminal has sent its Ctrl-C to the runner as well; a second signal would cut short what it
# saves, so it is only waited for.
on_interrupt()
{
  if [ -n "$runner_pid" ]; then
    wait "$runner_pid" 2> /dev/null || true
    runner_pid=
    show_how_to_go_on
  fi
  exit 130
}

show_how_to_go_on()
{
  echo "The workspace $workspace is as it was left." >&2
}

new_workspace()
{
  mkdir -p "$root/demo-run"
  name=$(date +%Y%m%d-%H%M%S)
  workspace=$root/demo-run/$name
  number=2
  until mkdir "$workspace" 2> /dev/null; do
    workspace=$root/demo-run/$name-$number
    number=$((number + 1))
  done
}

# The emulator ends with SIGTERM from clean_up, or when this script dies and its end of the leash
# closes.
start_emulator()
{
  scratch=$(mktemp -d)
  mkfifo "$scratch/leash"
  "$root/_build/demo/tests/emulator/veo3_emulator" --port 0 --until-stdin-closes \
    --generation-time "$generation_time" --ready-file "$scratch/ready" \
    --log "$workspace/emulator-requests.jsonl" \
    < "$scratch/leash" > /dev/null 2> "$workspace/emulator.log" &
  emulator_pid=$!
  exec 8> "$scratch/leash"

  deadline=$(($(now_s) + ready_within_s))
  until [ -s "$scratch/ready" ]; do
    if ! kill -0 "$emulator_pid" 2> /dev/null || [ "$(now_s)" -gt "$deadline" ]; then
      echo "The emulator did not start:" >&2
      cat "$workspace/emulator.log" >&2
      exit 1
    fi
    sleep 0.1
  done
}

# Whatever the environment says about real services must not reach a rehearsal. What is learned here
# about durations must not reach real runs: hence a state folder of its own.
rehearse()
{
  start_emulator
  base_url=$(cat "$scratch/ready")
  echo "emulator at $base_url, $generation_time a clip"
  for name in $(env | sed -n 's/^\(VEO3_[A-Z0-9_]*\|GOOGLE_[A-Z0-9_]*\|GEMINI_[A-Z0-9_]*\)=.*/\1/p'); do
    unset "$name"
  done
  export GEMINI_API_KEY=key-of-the-demo GOOGLE_GEMINI_BASE_URL="$base_url"
  export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost
  export XDG_STATE_HOME="$scratch/state"
  # Polling scaled to clips that take seconds, not minutes.
  run_pipeline --set veo3.poll-min=500ms --set veo3.poll-max=5s --set veo3.poll-look=1s \
    --set veo3.poll-prior=6s
}

run_for_real()
{
  if [ -z "${GEMINI_API_KEY:-}" ]; then
    echo "--real needs GEMINI_API_KEY in the environment." >&2
    exit 2
  fi
  echo "This asks a paid service for up to 3 clips of 6 seconds; see the README for prices."
  run_pipeline
}

run_pipeline()
{
  echo
  # In the background, so that a signal to this script is handled at once.
  "$root/_build/demo/host/pipeline_runner" run -w "$workspace" \
    --plugin "veo3=$root/_build/demo/plugin/stage/libveo3_stage.so" "$@" < /dev/null 8>&- &
  runner_pid=$!
  run_status=0
  wait "$runner_pid" || run_status=$?
  runner_pid=
}

show_what_ran()
{
  jobs=$workspace/veo3/jobs.json
  if [ ! -f "$jobs" ]; then
    jobs=/dev/null
  fi
  echo
  jq -n -r --slurpfile run "$workspace/run.json" --slurpfile jobs "$jobs" \
    -f "$root/data/timeline.jq"
  echo
  jq -r '"\(.title): \(.seconds) s, \(.clips_shown) generated clips in \(.segments) segments"' \
    "$workspace/delivery.json"
  echo "$workspace/final-reel.mp4"
}

mode=rehearse
workspace=
while [ $# -gt 0 ]; do
  case $1 in
    --real) mode=run_for_real ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 2 ;;
    *) workspace=$1 ;;
  esac
  shift
done

trap clean_up EXIT
trap on_interrupt INT
trap 'exit 143' TERM
trap 'exit 129' HUP

ensure_packages "$needs_of_demo"
build demo -Dbuildtype=release -Dwerror=false -Dtests=false

if [ -z "$workspace" ]; then
  new_workspace
else
  mkdir -p "$workspace"
  workspace=$(CDPATH='' cd -- "$workspace" && pwd)
fi
cp -R "$root/data/sample/." "$workspace/"
echo "workspace $workspace"

$mode
if [ "$run_status" != 0 ] || [ ! -f "$workspace/final-reel.mp4" ]; then
  echo "The pipeline ended with exit code $run_status." >&2
  show_how_to_go_on
  exit "$((run_status != 0 ? run_status : 1))"
fi
show_what_ran
