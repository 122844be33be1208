# SPDX-License-Identifier: MIT
# Shared by data/demo.sh and tests/run.sh, which source it: installs missing Debian packages and
# builds below `_build`. The caller sets `root` to the repository's folder.
# shellcheck shell=sh disable=SC2034,SC2154

build_root=$root/_build

# A table of what is needed: how to see that it is there, and the Debian package that brings it.
# Kinds: command NAME, module PKG_CONFIG_NAME, file PATH.
needs_of_demo='
command gcc gcc
file /usr/include/stdio.h libc6-dev
command meson meson
command ninja ninja-build
command pkg-config pkg-config
command glib-compile-resources libglib2.0-dev-bin
module gio-unix-2.0 libglib2.0-dev
module libcurl libcurl4-openssl-dev
module json-c libjson-c-dev
module libsoup-3.0 libsoup-3.0-dev
command ffmpeg ffmpeg
command jq jq
file /usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf fonts-dejavu-core
file /etc/ssl/certs/ca-certificates.crt ca-certificates
module libcrypto libssl-dev
'

# What the tests need on top: a second compiler, the formatter, coverage, symbol tables.
needs_of_tests='
command clang clang
command clang-format clang-format
command gcovr gcovr
command gtester libglib2.0-dev-bin
command nm binutils
command strace strace
command valgrind valgrind
file /usr/sbin/nginx nginx-light
command openssl openssl
module libnghttp2 libnghttp2-dev
module openssl libssl-dev
'

now_s()
{
  date +%s
}

# step TEXT COMMAND...: one line per step. All output goes to a log that is shown only on failure.
step()
{
  step_text=$1
  shift
  mkdir -p "$build_root/logs"
  step_log=$build_root/logs/$(printf '%s' "$step_text" | tr -cs 'A-Za-z0-9' '-' | cut -c 1-60).log
  step_start=$(now_s)
  printf '%s ... ' "$step_text"
  if "$@" < /dev/null > "$step_log" 2>&1; then
    echo "ok ($(($(now_s) - step_start)) s)"
    return 0
  fi
  echo "failed"
  echo "--- the end of $step_log:" >&2
  tail -n "${STEP_LINES:-40}" "$step_log" >&2
  return 1
}

is_there()
{
  case $1 in
    command) command -v "$2" > /dev/null 2>&1 ;;
    module) pkg-config --exists "$2" > /dev/null 2>&1 ;;
    file) [ -e "$2" ] ;;
    *) return 1 ;;
  esac
}

# missing_packages TABLE: the packages whose thing is not there.
missing_packages()
{
  printf '%s' "$1" | while read -r kind name package; do
    if [ -n "$kind" ] && ! is_there "$kind" "$name"; then
      echo "$package"
    fi
  done | sort -u | tr '\n' ' '
}

# as_root COMMAND...: directly or through sudo, which may ask for a password on a terminal.
as_root()
{
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif [ -t 2 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

install_packages()
{
  # The lists may be absent or old; without a network the packages may still be cached.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 update ||
    echo "apt-get update failed, continuing with the lists that are there"
  # shellcheck disable=SC2086 # a list of names
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 \
    install -y --no-install-recommends $1
}

# ensure_packages TABLE: installs what is missing. Asks for nothing when nothing is.
ensure_packages()
{
  missing=$(missing_packages "$1")
  if [ -z "$missing" ]; then
    return 0
  fi
  if ! command -v apt-get > /dev/null 2>&1; then
    echo "These Debian packages, or their likes on your system, are missing: $missing" >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ] && ! command -v sudo > /dev/null 2>&1; then
    echo "Not root and no sudo. Please run as root: apt-get install $missing" >&2
    return 1
  fi
  if [ "$(id -u)" != 0 ] && [ -t 2 ]; then
    sudo -v || return 1 # the question for the password must not vanish in a log
  fi
  step "installing $missing" install_packages "$missing" || return 1
  missing=$(missing_packages "$1")
  if [ -n "$missing" ]; then
    echo "Still missing after the installation: $missing" >&2
    return 1
  fi
}

# configure FOLDER OPTION...: a configured build folder, made anew when it is broken, was made with
# other options, or was copied here from another place.
configure()
{
  folder=$1
  shift
  wanted="$root|${CC:-cc}|${CFLAGS:-}|${LDFLAGS:-}|$*"
  if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/.wanted" 2> /dev/null)" = "$wanted" ] &&
    meson setup --reconfigure "$folder" "$root"; then
    return 0
  fi
  rm -rf "$folder"
  meson setup "$folder" "$root" "$@" && printf '%s\n' "$wanted" > "$folder/.wanted"
}

configure_and_build()
{
  configure "$@" && ninja -C "$1"
}

# build NAME OPTION...: `_build/NAME`, configured with the options and built. Two builds of one
# folder at a time would spoil it, so the second one waits.
build()
{
  build_name=$1
  shift
  mkdir -p "$build_root"
  exec 9> "$build_root/$build_name.lock"
  flock 9
  build_status=0
  step "building $build_name" configure_and_build "$build_root/$build_name" "$@" || build_status=1
  exec 9>&-
  return $build_status
}
