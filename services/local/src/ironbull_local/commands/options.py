"""Which options do several commands share?"""

from pathlib import Path
from typing import Annotated

import typer

from ironbull_local.folder import DataFolder, default_root

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        "-d",
        help="Folder with everything that is kept. Default: /var/lib/ironbull for root, else"
        " ironbull in the user's state folder.",
        show_default=False,
    ),
]
Files = Annotated[
    list[Path] | None,
    typer.Option("--file", "-f", help="YAML documents, as for kubectl; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def data_folder(data: Path | None) -> DataFolder:
    """Return the folder that was named, or the default one."""
    return DataFolder((data or default_root()).absolute())
