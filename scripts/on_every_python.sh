#!/usr/bin/env bash
# make TARGET in an environment of its own for every Python that this machine has, and with the oldest dependencies allowed.
# Usage: scripts/on_every_python.sh TARGET VERSION... (a version of Python, or "lowest": the oldest one with requirements.lowest)
set -euo pipefail
target=$1; shift
done_here=()
for version in "$@"; do
  lock=requirements.lock wanted=$version
  if [ "$version" = lowest ]; then lock=requirements.lowest wanted=3.11; fi
  if ! python=$(scripts/find_python.sh "$wanted"); then
    echo "== Python $wanted is not on this machine: $target is skipped for $version"
    continue
  fi
  echo "== $target on Python $wanted, $lock"
  "${MAKE:-make}" PYTHON="$python" VENV=".tools/python-$version" LOCK="$lock" "$target"
  done_here+=("$version")
done
echo "== $target passed on: ${done_here[*]:-none}"
[ ${#done_here[@]} -gt 0 ]
