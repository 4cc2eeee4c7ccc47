"""How is a process run that ends by itself, as a migration does?"""

import asyncio
import subprocess
from typing import Final

from ironbull_local import tether
from ironbull_local.process import POLL_SECONDS, ProcessSpec, log_tail, rotate
from ironbull_messages.problems import Code, Problem

LONGEST_SECONDS: Final = 600.0


async def run(spec: ProcessSpec, timeout_seconds: float = LONGEST_SECONDS) -> None:
    """Run a process to its end.

    Raises:
        Problem: `process_failed` with the end of its log.
    """
    popen = _start(spec)
    for _ in range(int(timeout_seconds / POLL_SECONDS)):
        if popen.poll() is not None:
            break
        await asyncio.sleep(POLL_SECONDS)
    code = tether.stop(popen, spec.stop_signal, spec.stop_seconds)
    if code != 0:
        raise Problem(
            Code.PROCESS_FAILED,
            f"{spec.name} ended with {code}; {spec.log} ends with: {log_tail(spec.log)}",
        )


def _start(spec: ProcessSpec) -> subprocess.Popen[bytes]:
    rotate(spec.log)
    with spec.log.open("ab") as log:
        return tether.start(
            spec.command,
            log=log,
            env=spec.environment,
            folder=spec.log.parent,
            user=spec.user,
            death_signal=spec.stop_signal,
        )
