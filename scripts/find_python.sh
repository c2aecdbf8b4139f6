#!/usr/bin/env bash
# Print the path of a Python of this version (3.12): on the PATH, of pyenv, or of uv. Nothing, and exit 1, where there is none.
set -u
version=$1
runs() { "$1" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" > /dev/null 2>&1; }
candidates=("$(command -v "python$version")" python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python)
if command -v uv > /dev/null; then candidates+=("$(uv python find --no-python-downloads "$version" 2> /dev/null)"); fi
for candidate in "${candidates[@]}"; do
  if [ -n "$candidate" ] && runs "$candidate"; then echo "$candidate"; exit 0; fi
done
exit 1
