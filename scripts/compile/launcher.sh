#!/bin/sh
# labferry @VERSION@ for @TRIPLE@: one file with all it needs.
# At its first start it unpacks itself into a folder of this account; from then on it starts from
# there. The folder is LABFERRY_CACHE_DIR, else labferry in the account's cache folder.
set -u
set -f
payload_begins=@OFFSET@
payload_sha256=@SHA256@
# Size and name of all that is unpacked, as `ls -lna` lists it.
unpacked='@LISTING@'
newline='
'

refuse() {
  printf 'labferry: %s\n  hint: %s\n' "$1" "$2" >&2
  exit 1
}

# Names the folder, and makes it.
choose_cache() {
  if [ -n "${LABFERRY_CACHE_DIR-}" ]; then cache=$LABFERRY_CACHE_DIR
  elif [ -n "${CACHE_DIRECTORY-}" ]; then cache=${CACHE_DIRECTORY%%:*}/program
  elif [ -n "${XDG_CACHE_HOME-}" ]; then cache=$XDG_CACHE_HOME/labferry
  elif [ -n "${HOME-}" ] && [ -w "$HOME" ]; then cache=$HOME/@CACHE@
  else cache=${TMPDIR:-/tmp}/labferry-$uid
  fi
  cache=${cache%/}
  case $cache in
    /*) ;;
    *) refuse "the folder to unpack into is not an absolute path: $cache" "set LABFERRY_CACHE_DIR to one" ;;
  esac
  [ -d "$cache" ] || mkdir -p "$cache" 2>/dev/null || [ -d "$cache" ] ||
    refuse "cannot make the folder to unpack into: $cache" \
      "set LABFERRY_CACHE_DIR to a folder that this account may write"
  if [ -L "$cache" ]; then
    refuse "the folder to unpack into is a link: $cache" "name the folder itself in LABFERRY_CACHE_DIR"
  fi
  cache=$(cd "$cache" && pwd -P) || refuse "cannot enter $cache" "set LABFERRY_CACHE_DIR"
}

# What lies in the folder is run: only this account and root may change it, or a folder above it.
check_cache() {
  rest=$cache
  above=
  set -- /
  while [ -n "$rest" ]; do
    rest=${rest#/}
    above=$above/${rest%%/*}
    set -- "$@" "$above"
    case $rest in */*) rest=/${rest#*/} ;; *) rest= ;; esac
  done
  left=$#
  listing=$(ls -ldn -- "$@") || refuse "cannot look at $cache" "set LABFERRY_CACHE_DIR"
  IFS=$newline
  for line in $listing; do
    IFS=' '
    check_folder $line
  done
  unset IFS
}

# One line of `ls -ldn`: mode, links, owner, group and the rest. The last is the folder itself.
check_folder() {
  left=$((left - 1))
  case $3 in
    0 | "$uid") ;;
    *) refuse "$cache or a folder above it belongs to another account (uid $3)" \
      "it could change what is run: set LABFERRY_CACHE_DIR to a folder of this account" ;;
  esac
  case $1 in
    d????-??-*) return ;;
    # Others may add to it, as to /tmp, but not take away what is not theirs.
    d????????[tT]*) [ "$left" -gt 0 ] && return ;;
    # The account's own group, as many systems give each account one.
    d????w??-*) [ "$left" -gt 0 ] && [ "$4" = "$3" ] && return ;;
  esac
  refuse "others may write into $cache or into a folder above it ($1)" \
    "take that from them (chmod go-w), or set LABFERRY_CACHE_DIR to a folder of this account alone"
}

# Whether exactly what was unpacked is there: owner, mode, size and name of everything, and no link.
is_whole() {
  if [ -L "$home" ] || ! [ -d "$home" ]; then return 1; fi
  listing=$(ls -lna -- "$home" "$home/program" 2>/dev/null) || return 1
  found=
  IFS=$newline
  for line in $listing; do
    IFS=' '
    look_at $line || { unset IFS; return 1; }
  done
  unset IFS
  [ "$found" = "$unpacked" ]
}

look_at() {
  case $1 in total | /*) return 0 ;; esac
  case $# in 9) ;; *) return 1 ;; esac
  case $9 in ..) return 0 ;; esac
  case $3 in 0 | "$uid") ;; *) return 1 ;; esac
  case $1 in
    d????-??-*) found="$found$newline- $9" ;;
    -????-??-*) found="$found$newline$5 $9" ;;
    *) return 1 ;;
  esac
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum
  elif command -v shasum >/dev/null 2>&1; then shasum -a 256
  else openssl dgst -sha256 -r
  fi
}

# Into a folder of its own; the new program gives it its name when it has looked at every byte.
unpack() {
  sum=$(tail -c "+$payload_begins" "$self" | sha256)
  [ "${sum%% *}" = "$payload_sha256" ] ||
    refuse "this file is damaged: $self" "get it again, and compare it with its line in SHA256SUMS"
  work=$(mktemp -d "$cache/.new.XXXXXXXX") ||
    refuse "cannot write into $cache" "set LABFERRY_CACHE_DIR to a folder that this account may write"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' HUP INT TERM
  tail -c "+$payload_begins" "$self" | gzip -dc | (cd "$work" && tar -xf -) ||
    refuse "cannot unpack into $cache" "it takes @MEGABYTES@ MB there; is the disk full?"
  "$work/deno" --version >/dev/null
  case $? in
    0) ;;
    126) refuse "no program may be started from $cache" \
      "is it mounted noexec? Set LABFERRY_CACHE_DIR to a folder of another file system" ;;
    *) refuse "this system does not run a program for @TRIPLE@" \
      "take the file that was made for it; a Linux needs glibc 2.27 or newer" ;;
  esac
  "$work/deno" run --no-config --no-lock --no-remote --no-npm --deny-import --no-prompt --allow-sys=uid \
    --allow-read="$cache" --allow-write="$cache" "$work/unpacked.js" "$work" "$home" ||
    refuse "what was unpacked into $cache is not what it should be" "is that disk full, or damaged?"
  rm -rf "$work"
  trap - EXIT HUP INT TERM
}

case $0 in /*) self=$0 ;; *) self=$PWD/$0 ;; esac
uid=$(id -u)
umask_was=$(umask)
umask 077
locale_was=${LC_ALL-}
LC_ALL=C
export LC_ALL
choose_cache
check_cache
DENO_DIR=$cache/deno
DENO_NO_UPDATE_CHECK=1
LABFERRY_EXECUTABLE=$self
# glibc keeps what threads gave back for each of them apart: 15 MB of a service that is at work.
MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-2}
export DENO_DIR DENO_NO_UPDATE_CHECK LABFERRY_EXECUTABLE MALLOC_ARENA_MAX
home=$cache/$payload_sha256
if ! is_whole; then
  unpack
  is_whole || refuse "what was unpacked has changed: $home" "who else writes there? Remove it, and try again"
fi
umask "$umask_was"
if [ -n "$locale_was" ]; then LC_ALL=$locale_was; else unset LC_ALL; fi
exec "$home/deno" run --no-config --no-lock --no-remote --no-npm @FLAGS@ "$home/program/main.js" "$@"
exit 1
