"""An image of one static program, written as the archive that containerd imports."""

import hashlib
import io
import json
import tarfile
from pathlib import Path


def _member(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    row = tarfile.TarInfo(name)
    row.size = len(content)
    row.mode = mode
    archive.addfile(row, io.BytesIO(content))


def write(target: Path, image: str, program: Path) -> None:
    """Write an image that holds one program and runs it.

    Args:
        image: its name with its tag.
    """
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        _member(archive, program.name, program.read_bytes(), 0o755)
    content = layer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": [f"/{program.name}"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }
    manifest = [{"Config": "config.json", "RepoTags": [image], "Layers": ["layer.tar"]}]
    with tarfile.open(target, "w") as archive:
        _member(archive, "config.json", json.dumps(config).encode())
        _member(archive, "layer.tar", content)
        _member(archive, "manifest.json", json.dumps(manifest).encode())
