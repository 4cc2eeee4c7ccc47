#!/bin/sh
# Make .venv with every tool and member, from hashed requirements; instant when nothing changed.
# VENV and PYTHON in the environment choose another place and another interpreter.
set -eu
cd "$(dirname "$0")/.."

members="contracts/messages contracts/kit contracts/clients/python services/core services/strategies services/app
         services/paper services/local node operator"
installer=.bootstrap
venv=${VENV:-.venv}
stamp=$venv/setup.stamp

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }

fingerprint() {
    files="requirements/setup.sh requirements/bootstrap.txt requirements/dev.txt"
    for member in $members; do files="$files $member/pyproject.toml"; done
    # shellcheck disable=SC2086
    cat $files | { sha256sum 2>/dev/null || shasum -a 256; }
    pwd # editable members point at this folder
}

fits() { # a version check that also unmasks a shim without a Python behind it
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
        if fits "$name"; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    if command -v uv >/dev/null 2>&1 && uv python install --quiet 3.13; then
        uv python find 3.13
        return
    fi
    die "this machine lacks a Python >= 3.11 (Debian, Ubuntu: apt-get install python3 python3-venv)"
}

install_installer() { # a private environment whose only task is to hold a hashed uv
    python=$1
    pip_args="install --quiet --disable-pip-version-check --require-hashes --only-binary :all:"
    rm -rf "$installer"
    # shellcheck disable=SC2086
    if "$python" -c 'import ensurepip' 2>/dev/null; then
        "$python" -m venv "$installer" && "$installer/bin/python" -m pip $pip_args -r requirements/bootstrap.txt
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --without-pip "$installer" &&
            "$python" -m pip --python "$installer/bin/python" $pip_args -r requirements/bootstrap.txt
    elif command -v uv >/dev/null 2>&1; then
        uv venv --quiet --no-project --python "$python" "$installer" &&
            uv pip install --quiet --python "$installer/bin/python" --require-hashes -r requirements/bootstrap.txt
    else
        die "this machine's $python lacks venv (Debian, Ubuntu: apt-get install python3-venv)"
    fi || die "could not install the installer from requirements/bootstrap.txt (see above)"
}

install_everything() {
    python=$1
    uv="$installer/bin/uv"
    if ! fits "$venv/bin/python"; then
        "$uv" venv --quiet --clear --no-project --python "$python" "$venv"
    fi
    install="$uv pip install --quiet --python $venv/bin/python --no-build-isolation"
    say "2/3 tools and libraries (about 400 MB unpacked)"
    $install --require-hashes --only-binary :all: -r requirements/bootstrap.txt
    $install --require-hashes --only-binary :all: --no-binary nkeys -r requirements/dev.txt
    say "3/3 the members, editable"
    editable=""
    for member in $members; do editable="$editable -e $member"; done
    # shellcheck disable=SC2086
    $install --no-deps $editable
}

main() {
    now=$(fingerprint)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$now" ]; then exit 0; fi
    if [ ! -w "${HOME:-/nonexistent}" ]; then
        export UV_CACHE_DIR="${UV_CACHE_DIR:-$PWD/$installer-cache}" PIP_NO_CACHE_DIR=1
    fi
    export UV_PYTHON_DOWNLOADS="${UV_PYTHON_DOWNLOADS:-manual}"
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}" # trust whom the machine trusts, as pip does
    python=$(find_python)
    say "1/3 the installer, with $("$python" -V)"
    if ! cmp -s requirements/bootstrap.txt "$installer/bootstrap.txt" || ! "$installer/bin/uv" --version >/dev/null 2>&1; then
        install_installer "$python"
        cp requirements/bootstrap.txt "$installer/"
    fi
    install_everything "$python"
    printf '%s\n' "$now" >"$stamp"
    say "done"
}

if [ "${SETUP_LOCKED:-}" = "" ] && command -v flock >/dev/null 2>&1; then
    SETUP_LOCKED=1 exec flock .setup.lock "$0" "$@" # two runs at once would mix
fi
main
