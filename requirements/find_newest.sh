#!/bin/sh
# Print a Python 3.13 of this machine that runs, or fail.
for python in python3.13 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python; do
    # A shim of pyenv may exist without a Python behind it.
    if "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1; then
        command -v "$python"
        exit 0
    fi
done
exit 1
