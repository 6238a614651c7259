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

# The Python to install with: the system's own where it can, since other users can run that one too.
find_python() {
  local python
  for python in /usr/bin/python3 "$(command -v python3 || true)"; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2> /dev/null && "$python" -m pip --version > /dev/null 2>&1; then
      "$python" -c 'import sys; print(sys.executable)'
      return 0
    fi
  done
  fail "no Python 3.10 or newer with pip was found" "Install it: sudo apt-get install -y python3 python3-pip"
}

# pip_install PYTHON REQUIREMENTS FOLDER: exactly what the lock names, wheels only, so that no package's code runs while installing.
pip_install() {
  rm -rf "$3"
  PIP_ROOT_USER_ACTION=ignore "$1" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --target "$3" --requirement "$2" ||
    fail "pip could not install $2" "Is the package registry reachable? Try: $1 -m pip download --no-deps -r $2"
}

# link_program NAME FILE: puts a program into .cache/tools/bin, by a relative link so that the clone can be moved.
link_program() {
  mkdir -p "$CACHE/tools/bin"
  [ -x "$2" ] || fail "$2 is not there or cannot be run" "The lock names a package that no longer has it."
  ln -sfnr "$2" "$CACHE/tools/bin/$1"
}
