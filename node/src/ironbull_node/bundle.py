"""How does a member start from one file? What it needs is laid out in its state folder."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from ironbull_messages.bundle import Bundle
from ironbull_messages.launch import CREDS_FILE, Env, NodeLaunch
from ironbull_messages.problems import Code, Problem

SOURCE_FILE: Final = "bundle.creds"
CA_FILE: Final = "nats-ca.pem"
MAX_BYTES: Final = 131_072


def launch(file: Path, state: Path | None, environment: Mapping[str, str]) -> NodeLaunch:
    """Return the settings that a bundle makes.

    Args:
        file: the bundle.
        state: where journal and keys are kept; None: beside the bundle, named for the member.
        environment: may say how the process is watched (host and port of health, log level), and
            nothing that the bundle says.

    Raises:
        Problem: `setting_invalid`, naming the file and what is wrong in it.
    """
    bundle = _read(file)
    folder = state or file.absolute().parent / f"ironbull-{bundle.tenant}-{bundle.name}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / SOURCE_FILE, bundle.nats_creds)
    settings = {
        Env.NATS_URL: bundle.nats_url,
        Env.NATS_CREDS: folder / CREDS_FILE,
        Env.NATS_CREDS_SOURCE: folder / SOURCE_FILE,
        Env.TENANT: bundle.tenant,
        Env.TOKEN: bundle.token,
        Env.STATE_DIR: folder,
        Env.VENUE: bundle.venue,
        Env.CENTRE_KEY: bundle.centre_key,
        Env.CONCURRENCY: bundle.concurrency,
        Env.DRAIN_SECONDS: bundle.drain_seconds,
    }
    if bundle.venue_url is not None:
        settings[Env.VENUE_URL] = bundle.venue_url
    if bundle.nats_ca:
        _write(folder / CA_FILE, bundle.nats_ca)
        settings[Env.NATS_CA] = folder / CA_FILE
    watched = (Env.HOST, Env.HEALTH_PORT, Env.HEALTH_FILE, Env.LOG_LEVEL)
    given = {name.value: environment[name.value] for name in watched if name.value in environment}
    return NodeLaunch.read({**given, **{key.value: str(text) for key, text in settings.items()}})


def _read(file: Path) -> Bundle:
    try:
        with file.open("rb") as opened:
            return Bundle.model_validate_json(opened.read(MAX_BYTES))
    except OSError as error:
        raise Problem(Code.SETTING_INVALID, f"--bundle {file}: {error.strerror}") from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, row['loc'])) or 'the file'}: {row['msg']}"
            for row in error.errors(include_input=False)
        )
        # The cause holds values.
        raise Problem(Code.SETTING_INVALID, f"--bundle {file}: {wrong}") from None


def _write(path: Path, text: str) -> None:
    """Write a file of ours alone, as a whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.write(text)
    draft.replace(path)
