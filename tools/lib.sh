# shellcheck shell=bash
# What the scripts in tools/ and tests/parts/ share. Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=$ROOT/.cache
# Outlives a clone: what takes minutes to build is kept here by the hash of what it is built from.
# shellcheck disable=SC2034 # used by those who source this
SHARED=${FOUNDATION_CACHE:-${HOME:?}/.cache/foundation}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# Exit 3: the environment failed, as everywhere in foundation.
fail() { say "error: $1"; shift; for line in "$@"; do say "  $line"; done; exit 3; }

# need PROGRAM HINT: the program must be on PATH.
need() { command -v "$1" > /dev/null || fail "$1 is missing" "$2"; }

# only_one NAME DIR: waits until no other run does the same. The lock ends with this process.
only_one() {
  mkdir -p "$2"
  exec 9> "$2/$1.lock"
  flock -n 9 || { say "waiting for another run that does the same ($2/$1.lock)"; flock 9; }
}

# key_of FILE...: one short hash over the content of the files, and of nothing else.
key_of() { cat -- "$@" | sha256sum | cut -c1-16; }

# is_done STAMP KEY / mark_done STAMP KEY: was this step finished with these very inputs?
is_done() { [ "$(cat "$CACHE/stamps/$1" 2> /dev/null)" = "$2" ]; }
mark_done() { mkdir -p "$CACHE/stamps"; printf '%s\n' "$2" > "$CACHE/stamps/$1"; }

# pip_install REQUIREMENTS FOLDER: exactly what the lock names, wheels only, so that no package's code runs while installing.
pip_install() {
  need python3 "Install it: sudo apt-get install -y python3 python3-pip"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "$(command -v python3) is older than 3.10" "Put a newer python3 first on PATH."
  python3 -m pip --version > /dev/null 2>&1 || fail "python3 has no pip" "Install it: sudo apt-get install -y python3-pip"
  rm -rf "$2"
  PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --target "$2" --requirement "$1" ||
    fail "pip could not install $1" "Is the package registry reachable? Try: python3 -m pip download --no-deps -r $1"
}

# link_program NAME FILE: puts a program into .cache/tools/bin, by a relative link so that the clone can be moved.
link_program() {
  mkdir -p "$CACHE/tools/bin"
  [ -x "$2" ] || fail "$2 is not there or cannot be run" "The lock names a package that no longer has it."
  ln -sfnr "$2" "$CACHE/tools/bin/$1"
}
