#!/bin/sh
# SPDX-License-Identifier: MIT
# Holds the README to its word: sh claims.sh README BUILD_ROOT
#
# Every row of the table "What happens when …" names the tests that show it, by their test paths.
# Here each of them must exist in one of the test programs of the build. TAP.
set -u

readme=$1
build_root=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The rows, without the two lines of the head.
sed -n '/^### What happens when/,/^##* [^W]/p' "$readme" | grep '^|' | tail -n +3 > "$work/rows"

# Every path a test program knows. A program may need more than its name to run, but not to list.
meson introspect --tests "$build_root" |
  jq -r '.[] | select(.protocol == "tap") | .cmd[0]' | sort -u > "$work/programs"
while read -r program; do
  if [ "$(head -c 4 "$program" | tail -c 3)" = ELF ]; then
    timeout 20 "$program" -l < /dev/null 2> "$work/errors" | grep '^/'
  fi
done < "$work/programs" | sort -u > "$work/known"

# A path in the table may stand for a whole group of tests.
grep -o '`/[^`]*`' "$work/rows" | tr -d '`' | sort -u > "$work/named"
while read -r path; do
  if ! grep -q -e "^$path\$" -e "^$path/" "$work/known"; then
    echo "$path"
  fi
done < "$work/named" > "$work/missing"
grep -v '`/[^`]*` *|$' "$work/rows" > "$work/bare"

echo "1..3"
if [ -s "$work/rows" ] && [ -s "$work/known" ]; then
  echo "ok 1 - the table and the tests are found"
else
  echo "not ok 1 - the table or the tests are not found"
fi
if [ -s "$work/bare" ]; then
  sed 's/^/# no test: /' "$work/bare"
  echo "not ok 2 - every row names a test"
else
  echo "ok 2 - every row names a test"
fi
if [ -s "$work/missing" ]; then
  sed 's/^/# no such test: /' "$work/missing"
  echo "not ok 3 - every test that is named exists"
else
  echo "ok 3 - every test that is named exists"
fi
