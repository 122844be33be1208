#!/bin/sh
# SPDX-License-Identifier: MIT
# Holds the documents to the code: sh error-codes.sh SOURCE_ROOT
#
# Each value of `error_code` that veo3-error.c can write stands once in the README's table, in the
# man page and in the schema of jobs.json, and nothing else does. Every row of the table says what
# became of the money and what to do. TAP.
set -u

root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n '/names\[\] = {/,/};/p' "$root/plugin/domain/veo3-error.c" | grep -o '"[a-z_]*"' |
  tr -d '"' | sort > "$work/code"
sed -n '/^### `error_code`/,/^##* [^`]/p' "$root/README.md" | grep '^| `' > "$work/rows"
sed 's/^| `\([a-z_]*\)`.*/\1/' "$work/rows" | sort > "$work/readme"
sed -n '/^\.Sh ERROR CODES/,/^\.Sh [^E]/p' "$root/data/man/pipeline_runner.1" |
  sed -n 's/^\.It Cm \([a-z_]*\)$/\1/p' | sort > "$work/man"
sed -n '/"error_code": {/,/]/p' "$root/data/schema/jobs.schema.json" | tail -n +2 |
  grep -o '"[a-z_]*"' | grep -v '"enum"' | tr -d '"' | sort > "$work/schema"
awk -F' *[|] *' 'NF != 6 || $3 == "" || $4 == "" || $5 == ""' "$work/rows" > "$work/bare"

n=0
# Says whether a file has all of the codes and no other: compare FILE WHERE
compare() {
  n=$((n + 1))
  if [ -s "$work/code" ] && diff "$work/code" "$work/$1" > "$work/diff"; then
    echo "ok $n - $2 has every error code, and no other"
  else
    sed 's/^/# /' "$work/diff"
    echo "not ok $n - $2 has every error code, and no other"
  fi
}

echo "1..4"
: > "$work/diff"
compare readme README.md
compare man pipeline_runner.1
compare schema jobs.schema.json
if [ -s "$work/rows" ] && [ ! -s "$work/bare" ]; then
  echo "ok 4 - every row says what it means, what it costs and what to do"
else
  sed 's/^/# /' "$work/bare"
  echo "not ok 4 - every row says what it means, what it costs and what to do"
fi
