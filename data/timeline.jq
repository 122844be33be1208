# SPDX-License-Identifier: MIT
# What ran when, from run.json ($run) and veo3/jobs.json ($jobs, possibly none), as text.
# jq -n -r --slurpfile run run.json --slurpfile jobs veo3/jobs.json -f timeline.jq

def seconds_of: # RFC 3339 in UTC, with or without a fraction
  capture("^(?<whole>[^.Z]+)(?<part>\\.[0-9]+)?Z$")
  | (.whole + "Z" | fromdateiso8601) + ((.part // "0") | tonumber);

def pad($width): . + ((" " * ([$width - length, 0] | max)) // "");
def one_decimal: (. * 10 | round | tostring)
  | if length == 1 then "0" + . else . end | .[:-1] + "." + .[-1:];
def right($width): ((" " * ([$width - length, 0] | max)) // "") + .;

def bar($from; $to; $scale; $mark):
  (($from * $scale) | floor) as $left
  | ([(($to * $scale) | ceil) - $left, 1] | max) as $length
  | ((" " * $left) // "") + ($mark * $length);

48 as $columns
| [ $run[0].stages[] | select(.started_at != null and .ended_at != null)
    | {name, from: (.started_at | seconds_of), to: (.ended_at | seconds_of), mark: "="} ] as $stages
| [ ($jobs[0].jobs // [])[] | select(.submitted_at != null)
    | {name: "  clip \(.variant)", status, from: (.submitted_at | seconds_of),
       to: ((.completed_at // .updated_at) | seconds_of), mark: "~"} ] as $clips
| ($stages | map(.from) | min) as $first
| ($stages + $clips | map(.to) | max) as $last
| ([$columns / ([$last - $first, 0.001] | max), $columns] | min) as $scale
| ($stages | map(select(.name == "VEO3_AWAIT")) | map(.to - .from) | add // 0) as $waited
| ( ($stages + $clips | sort_by(.from))[]
    | (.name | pad(18)) + "|"
      + (bar(.from - $first; .to - $first; $scale; .mark) | .[: $columns + 1] | pad($columns + 1)) + "| "
      + (.to - .from | one_decimal | right(5)) + " s"
      + (if .status and .status != "completed" then "  " + .status else "" end) ),
  "",
  if ($clips | length) > 0 then
    (($clips | map(.to) | max) - ($clips | map(.from) | min)) as $generation
    | "Generating \($clips | length) clips took \($generation | one_decimal) s. "
      + "\([$generation - $waited, 0] | max | one_decimal) s of that were hidden behind other stages; "
      + "VEO3_AWAIT waited \($waited | one_decimal) s."
  else "No clip was generated." end
