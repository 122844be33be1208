#!/bin/sh
# SPDX-License-Identifier: MIT
# Everything that judges a change: sh tests/run.sh [quick]
#
# Installs what is missing, then: the suite with gcc and line coverage, the programs of the unit, ABI
# and emulator tests once more through gtester, a sample under valgrind, a build with clang whose
# libFuzzer programs run for a minute, the suite under ASan + UBSan + LSan and under TSan. "quick"
# ends after the suite with coverage. The last line is "N passed, N failed[, N skipped]", counted in
# single tests (TAP lines).
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/data/setup.sh"

min_coverage=90
passed=0
failed=0
skipped=0

# add PASSED FAILED SKIPPED: to the totals.
add()
{
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

# phase TEXT COMMAND...: a step that counts as one failed test when it fails.
phase()
{
  if step "$@"; then
    return 0
  fi
  add 0 1 0
  return 1
}

# Counts in meson's testlog.json, and the output of what failed. A program that ends badly without a
# "not ok" of its own (crash, sanitizer, timeout) is one failed test.
count_tests='
  def taps: (.stdout // "") | split("\n") | map(select(test("^(not )?ok\\b")));
  def counts:
    (taps | map(select(test("^ok\\b") and (test("# SKIP"; "i") | not))) | length) as $ok
    | (taps | map(select(test("^ok\\b") and test("# SKIP"; "i"))) | length) as $skip
    | (taps | map(select(test("^not ok\\b") and (test("# TODO"; "i") | not))) | length) as $bad
    | (.result == "OK" or .result == "SKIP" or .result == "EXPECTEDFAIL") as $fine
    | if $ok + $skip + $bad == 0
      then if .result == "SKIP" then [0, 0, 1] elif $fine then [1, 0, 0] else [0, 1, 0] end
      elif $fine or $bad > 0 then [$ok, $bad, $skip] else [$ok, 1, $skip] end;
  reduce (inputs | counts) as $one ([0, 0, 0];
    [.[0] + $one[0], .[1] + $one[1], .[2] + $one[2]]) | map(tostring) | join(" ")'
show_failures='
  inputs | select(.result != "OK" and .result != "SKIP" and .result != "EXPECTEDFAIL")
  | "=== \(.name): \(.result), exit code \(.returncode // "none")\n\(.command | join(" "))\n"
    + "\(.stdout // "")\n\(.stderr // "")"'

# suite NAME SETUP COMMAND...: the tests that $suite_tests chooses ("" = all) of _build/NAME, with a
# test setup ("" = none), started through COMMAND (possibly nothing).
suite_tests=
suite()
{
  suite_name=$1
  suite_setup=$2
  shift 2
  suite_folder=$build_root/$suite_name
  suite_log=$suite_folder/meson-logs/testlog${suite_setup:+-$suite_setup}.json
  rm -f "$suite_log"
  suite_start=$(now_s)
  suite_status=0
  suite_output=$build_root/logs/suite-$suite_name${suite_setup:+-$suite_setup}.log
  printf 'testing %s ... ' "$suite_name${suite_tests:+ ${suite_setup:+under $suite_setup}}"
  # shellcheck disable=SC2086 # a list of names
  "$@" meson test -C "$suite_folder" --no-rebuild --num-processes "$(nproc)" \
    ${suite_setup:+--setup "$suite_setup"} $suite_tests < /dev/null > "$suite_output" 2>&1 ||
    suite_status=$?
  if [ ! -s "$suite_log" ]; then
    echo "failed: nothing ran"
    tail -n 40 "$suite_output"
    add 0 1 0
    return 1
  fi
  # shellcheck disable=SC2046 # three numbers
  set -- $(jq -n -r "$count_tests" "$suite_log")
  if [ "$suite_status" != 0 ] && [ "$2" = 0 ]; then
    set -- "$1" 1 "$3"
  fi
  echo "$1 passed, $2 failed, $3 skipped ($(($(now_s) - suite_start)) s)"
  add "$1" "$2" "$3"
  jq -n -r "$show_failures" "$suite_log"
  [ "$2" = 0 ]
}

# The quick programs among the tests, once by GLib's own runner. Suites are named "PROJECT:SUITE".
test_programs()
{
  meson introspect --tests "$build_root/coverage" |
    jq -r '.[] | select(.protocol == "tap" and (.cmd | length) == 1
      and (.suite | any(test(":(unit|abi|emulator)$")))) | .cmd[0]' | sort -u |
    while read -r program; do
      if [ "$(head -c 4 "$program" | tail -c 3)" = ELF ]; then
        printf '%s\n' "$program"
      fi
    done
}

# gtester_share N: every program whose line number leaves N when divided by the number of
# processors.
gtester_share()
{
  programs=$(awk -v of="$(nproc)" -v share="$1" 'NR % of == share' "$build_root/logs/gtester.list")
  if [ -z "$programs" ]; then
    return 0
  fi
  set --
  while read -r program; do
    set -- "$@" "$program"
  done << END
$programs
END
  gtester -k "$@" < /dev/null
}

run_gtester()
{
  gtester_log=$build_root/logs/gtester.log
  gtester_start=$(now_s)
  printf 'testing with gtester ... '
  test_programs > "$build_root/logs/gtester.list"
  rm -f "$gtester_log".*
  share=0
  while [ "$share" -lt "$(nproc)" ]; do
    gtester_share "$share" > "$gtester_log.$share" 2>&1 &
    share=$((share + 1))
  done
  wait
  cat "$gtester_log".* > "$gtester_log"
  gtester_passed=$(grep -c '^PASS: ' "$gtester_log")
  gtester_failed=$(($(wc -l < "$build_root/logs/gtester.list") - gtester_passed))
  if [ "$gtester_passed" = 0 ]; then
    gtester_failed=$((gtester_failed + 1))
  fi
  echo "$gtester_passed programs passed, $gtester_failed failed ($(($(now_s) - gtester_start)) s)"
  add "$gtester_passed" "$gtester_failed" 0
  if [ "$gtester_failed" != 0 ]; then
    cat "$gtester_log"
    return 1
  fi
}

measure_coverage()
{
  gcovr --root "$root" --filter "$root/host/" --filter "$root/plugin/" --json-summary-pretty \
    --json-summary "$build_root/coverage/summary.json" "$build_root/coverage"
}

# Line coverage of host/ and plugin/: a line per folder and per file below the minimum.
show_coverage()
{
  phase "measuring coverage" measure_coverage || return 1
  jq -r --argjson min "$min_coverage" '
    def percent: if .total == 0 then 100 else .covered * 1000 / .total | floor / 10 end;
    def sum: {covered: (map(.line_covered) | add), total: (map(.line_total) | add)};
    "line coverage:",
    (.files | group_by(.filename | split("/")[:-1])[]
     | "  \(.[0].filename | split("/")[:-1] | join("/")): \(sum | percent) %",
       (.[] | select(.filename | endswith(".c")) | {name: .filename, covered: .line_covered, total: .line_total} | select(percent < $min)
        | "    \(percent) %  \(.name)  < \($min) %")),
    "  host and plugin: \({covered: .line_covered, total: .line_total} | percent) %"' \
    "$build_root/coverage/summary.json"
  if jq -e --argjson min "$min_coverage" '.line_covered * 100 >= .line_total * $min' \
    "$build_root/coverage/summary.json" > /dev/null; then
    add 1 0 0
  else
    echo "line coverage is below $min_coverage %"
    add 0 1 0
  fi
}

# Leaves no half-measured counters of an earlier run behind.
forget_coverage()
{
  find "$build_root/coverage" -name '*.gcda' -exec rm -f {} +
}

test_with_coverage()
{
  export CC=gcc
  add_build coverage -Dbuildtype=debug -Db_coverage=true -Dc_args=-fprofile-update=atomic ||
    return 1
  forget_coverage
  suite coverage ""
  coverage_is_due=yes
}

add_build()
{
  if build "$@"; then
    return 0
  fi
  add 0 1 0
  return 1
}

# can_run SANITIZER COMMAND...: does a trivial program run under it here, started through COMMAND?
# Containers and kernels differ in what they let the sanitizers' runtimes do.
can_run()
{
  probe=$build_root/logs/probe-$1
  probe_sanitizer=$1
  shift
  printf 'int main (void) { return 0; }\n' > "$probe.c"
  gcc "-fsanitize=$probe_sanitizer" -o "$probe" "$probe.c" > /dev/null 2>&1 &&
    "$@" "$probe" < /dev/null > /dev/null 2>&1
}

test_under_asan()
{
  export CC=gcc
  add_build asan -Dbuildtype=debugoptimized -Db_sanitize=address,undefined -Db_lundef=false ||
    return 1
  asan_setup=asan
  if ! can_run address env ASAN_OPTIONS=detect_leaks=1; then
    echo "LeakSanitizer cannot run here (it needs ptrace): leaks are not looked for"
    add 0 0 1
    asan_setup=asannoleaks
  fi
  suite asan "$asan_setup"
}

test_under_tsan()
{
  export CC=gcc
  if can_run thread env; then
    tsan_through="env"
  elif can_run thread setarch "$(uname -m)" -R; then
    tsan_through="setarch $(uname -m) -R"
  else
    echo "ThreadSanitizer cannot run here (address space layout): skipped"
    add 0 0 1
    return 0
  fi
  add_build tsan -Dbuildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false || return 1
  # shellcheck disable=SC2086 # a command and its arguments
  suite tsan tsan $tsan_through
}

# What keeps memory and runs in seconds under valgrind; the sanitizers see the whole suite.
test_under_valgrind()
{
  if ! valgrind --quiet true > /dev/null 2>&1; then
    echo "valgrind cannot run here: skipped"
    add 0 0 1
    return 0
  fi
  suite_tests='job order planner recorder reuse run file history-file inspect job-list kept-clip
    prompt-reader settings clip-file gemini-wire http-request rpc-status server-text mp4-check
    fake-stage worker gemini-adapter'
  suite coverage valgrind
  suite_tests=
}

# Of the parsers, those that stand between an answer and money, a minute each.
run_fuzzers()
{
  suite_tests='--suite fuzz-full --test-args=-max_total_time=60 fuzz-answers-full fuzz-jobs-full'
  suite clang "" env ASAN_OPTIONS=detect_leaks=0
  suite_tests=
}

# One build for two uses: what clang warns of, and libFuzzer, for which clang has to watch the paths
# through every object.
test_with_clang()
{
  export CC=clang
  add_build clang -Dbuildtype=debugoptimized -Dwerror=true -Db_sanitize=address,undefined \
    -Db_lundef=false -Dc_args=-fsanitize=fuzzer-no-link || return 1
  add 1 0 0
  run_fuzzers
}

finish()
{
  if [ "${coverage_is_due:-no}" = yes ]; then
    show_coverage
  fi
  result="$passed passed, $failed failed"
  if [ "$skipped" != 0 ]; then
    result="$result, $skipped skipped"
  fi
  echo
  echo "$result"
  [ "$failed" = 0 ] && [ "$passed" != 0 ]
  exit
}

case ${1:-all} in
  all | quick) ;;
  *) sed -n '3,9s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac

# Nothing of the caller's environment may lead a test to a real service or another plugin.
for name in $(env | sed -n 's/^\(VEO3_[A-Z0-9_]*\|GOOGLE_[A-Z0-9_]*\|GEMINI_[A-Z0-9_]*\|PIPELINE_[A-Z0-9_]*\)=.*/\1/p'); do
  unset "$name"
done
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

if ! ensure_packages "$needs_of_demo$needs_of_tests"; then
  add 0 1 0
  finish
fi
test_with_coverage
if [ "${1:-all}" = quick ]; then
  finish
fi
run_gtester
test_under_valgrind
test_with_clang
test_under_asan
test_under_tsan
finish
