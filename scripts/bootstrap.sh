#!/bin/sh
# Find a Python that Wardline runs on and have it set up .venv: bootstrap.sh run|test|development
# PYTHON names another interpreter than the ones looked for.
set -eu
cd "$(dirname "$0")/.."

fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
seen=""
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
    # A version manager's shim may be on the path without the version behind it: only running it tells.
    if version=$("$candidate" --version 2>/dev/null); then
        if "$candidate" -c "$fits"; then
            if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
                exec "$candidate" scripts/bootstrap.py "$@"
            fi
            version="$version without venv: on Debian and Ubuntu, install $candidate-venv"
        fi
        seen="$seen
  $candidate is $version"
    fi
done
echo "Wardline needs Python 3.11, 3.12 or 3.13 with venv and pip.${seen:+ Found:$seen}" >&2
echo "Install one, or name it: make PYTHON=/path/to/python3.12 …" >&2
exit 1
