"""With which environment is a process of the platform started?"""

import os
from collections.abc import Mapping
from pathlib import Path

from ironbull_messages.launch import Env

Settings = Mapping[Env, str | Path | int]
# What a person sets for all processes at once, to look closer or to break something on purpose.
PASSED_ON = (Env.LOG_LEVEL, Env.CRASH_POINT)


def environment(settings: Settings) -> dict[str, str]:
    """Return the machine's environment without other settings of ours, and these."""
    ours = {name.value for name in Env}
    passed = {name.value for name in PASSED_ON}
    inherited = {
        name: value for name, value in os.environ.items() if name not in ours or name in passed
    }
    return inherited | {
        "PYTHONUNBUFFERED": "1",
        # A proxy of the machine has no business between processes of one machine.
        "NO_PROXY": "127.0.0.1,localhost",
    } | {name.value: str(value) for name, value in settings.items()}  # fmt: skip
