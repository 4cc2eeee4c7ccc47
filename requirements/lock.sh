#!/bin/sh
# Resolve all requirements anew, hashed and for every platform, without naming a registry's host.
set -eu
cd "$(dirname "$0")/.."

export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
members="messages kit client core strategies app paper local node operator"
folder() { # the folder of a member
    case $1 in
        messages | kit) printf 'contracts/%s' "$1" ;;
        client) printf 'contracts/clients/python' ;;
        node | operator) printf '%s' "$1" ;;
        *) printf 'services/%s' "$1" ;;
    esac
}
projects() { for name in "$@"; do printf '%s/pyproject.toml ' "$(folder "$name")"; done; }
ours() { for name in $members; do printf -- '--no-emit-package ironbull-%s ' "$name"; done; }

compile() { # compile TARGET ARGUMENTS...
    target=requirements/$1.txt
    shift
    printf 'lock: %s\n' "$target"
    # shellcheck disable=SC2046
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header $(ours) "$@" -o "$target"
}

[ -x .venv/bin/uv ] || { echo "lock: run make setup first" >&2; exit 1; }
# dev.txt holds everything; the images are constrained by it, so that all agree.
# shellcheck disable=SC2046
{
    compile bootstrap requirements/bootstrap.in ${LOCK_ARGS:-}
    compile dev $(projects $members) --group pyproject.toml:dev -c requirements/bootstrap.txt ${LOCK_ARGS:-}
    compile services $(projects messages kit core strategies app) -c requirements/dev.txt
    compile node $(projects messages kit node) -c requirements/dev.txt
    compile operator $(projects messages kit operator) -c requirements/dev.txt
    compile paper $(projects messages paper) -c requirements/dev.txt
    compile trial requirements/trial.in -c requirements/dev.txt
}
