"""Make an installed folder smaller and quicker to start: run while an image is built.

`lighten.py FOLDER`, after the wheels: symbols that only a debugger reads go, where the build has
`strip`; the wheels' own tests and headers go; the largest package is compiled. `lighten.py FOLDER
PACKAGE`, after our own: what the package imports is compiled, since an image is read-only later.
"""

import compileall
import importlib
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

# Generated, and half of an image: only its bytecode stays, tracebacks keep their line numbers.
ONLY_COMPILED = ("ccxt",)
# Web sockets of exchanges, which nothing here opens.
UNUSED = ("ccxt/pro",)
TESTS = ("test", "tests")
NEVER_LOADED = {".pyi", ".pyx", ".pxd", ".pxi", ".h", ".c", ".a"}


def strip(folder: Path) -> None:
    """Take symbols from all libraries; one that `strip` cannot read stays as it is."""
    if shutil.which("strip") is None:
        return
    for path in folder.rglob("*.so*"):
        if path.is_file() and not path.is_symlink():
            subprocess.run(
                ("strip", "--strip-unneeded", str(path)),  # noqa: S607 - of the build's own image
                check=False,
                stderr=subprocess.DEVNULL,
            )


def remove_unused(folder: Path) -> None:
    """Remove the tests that wheels bring along, and what only a compiler or type checker reads."""
    for name in UNUSED:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in TESTS:
        for path in list(folder.rglob(name)):
            if path.is_dir():
                shutil.rmtree(path)
    for path in list(folder.rglob("*")):
        if path.suffix in NEVER_LOADED:
            path.unlink()


def keep_bytecode_only(package: Path) -> None:
    """Replace a package's sources by what Python makes of them."""
    if package.exists() and compileall.compile_dir(package, quiet=1, legacy=True):
        for path in list(package.rglob("*.py")):
            path.unlink()


def compile_imported(package: str) -> None:
    """Import every module of a package; Python writes the bytecode of all that this loads."""
    sys.dont_write_bytecode = False
    found = importlib.import_module(package)
    for module in pkgutil.walk_packages(found.__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def main() -> None:
    """Do what the arguments ask for."""
    folder = Path(sys.argv[1])
    if package := sys.argv[2:]:
        sys.path.insert(0, str(folder))
        compile_imported(package[0])
        return
    strip(folder)
    remove_unused(folder)
    for name in ONLY_COMPILED:
        keep_bytecode_only(folder / name)


if __name__ == "__main__":
    main()
