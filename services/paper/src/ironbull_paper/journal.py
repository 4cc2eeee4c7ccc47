"""How does what happened survive a kill of the exchange?

One JSON object per line, appended and fsynced before the answer leaves. Many requests share one
fsync: while one is under way the next batch gathers. A line that a crash cut off was never
acknowledged and is dropped at the next start; a broken line elsewhere is refused.
"""

import asyncio
import fcntl
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ironbull_paper.matching.records import Record, from_json, to_json

JOURNAL_NAME = "journal.jsonl"
MAX_BATCH_BYTES = 4 * 1024 * 1024
"""Bound of one write; what gathers beyond it goes with the next."""


class JournalBrokenError(Exception):
    """Report a journal that cannot be read or written; the exchange must not go on."""


class Journal:
    """Append records to a file and say when they are on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab", buffering=0)
        try:
            _lock(self._file.fileno(), path)
        except JournalBrokenError:
            self._file.close()
            raise
        self._sequence = 0
        self._pending: deque[bytes] = deque()
        self._synced = 0
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._wake = asyncio.Event()
        self._broken: OSError | None = None

    def recover(self) -> Iterator[Record]:
        """Yield what was written before; must be read to its end before the first append.

        Raises:
            JournalBrokenError: a line that is not the last cannot be read.
        """
        good = 0
        with self.path.open("rb") as lines:
            for line in lines:
                record = self._record_of(line)
                if record is None:
                    if lines.read(1):
                        raise JournalBrokenError(
                            f"{self.path}: line {self._sequence + 1} is broken and not the last"
                        )
                    break
                good += len(line)
                self._sequence += 1
                yield record
        self._synced = self._sequence
        self._file.truncate(good)
        os.fsync(self._file.fileno())
        _fsync_folder(self.path.parent)

    def append(self, records: Sequence[Record]) -> None:
        """Take records in; `durable` tells when they are on disk."""
        for record in records:
            self._sequence += 1
            line = json.dumps({"seq": self._sequence, **to_json(record)}, separators=(",", ":"))
            self._pending.append(line.encode() + b"\n")
        if records:
            self._wake.set()

    async def durable(self) -> None:
        """Wait until everything taken in so far is on disk.

        Raises:
            JournalBrokenError: the disk refused it.
        """
        if self._broken is not None:
            raise JournalBrokenError(str(self._broken))
        if self._synced >= self._sequence:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((self._sequence, waiter))
        await waiter

    async def run(self) -> None:
        """Write batches until cancelled.

        Raises:
            JournalBrokenError: the disk refused a batch; nobody was told that it was kept.
        """
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending:
                batch = self._batch()
                try:
                    await asyncio.to_thread(self._write, b"".join(batch))
                except OSError as failure:
                    self._fail(failure)
                    raise JournalBrokenError(f"{self.path}: {failure}") from failure
                self._synced += len(batch)
                self._release()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        if self._pending and self._broken is None:
            self._write(b"".join(self._pending))
            self._synced += len(self._pending)
            self._pending.clear()
            self._release()
        self._file.close()

    def _record_of(self, line: bytes) -> Record | None:
        if not line.endswith(b"\n"):
            return None
        try:
            found = json.loads(line)
            if found.pop("seq") != self._sequence + 1:
                return None
            return from_json(found)
        except (ValueError, KeyError, AttributeError):
            return None

    def _batch(self) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        while self._pending and size < MAX_BATCH_BYTES:
            batch.append(self._pending.popleft())
            size += len(batch[-1])
        return batch

    def _write(self, chunk: bytes) -> None:
        left = memoryview(chunk)
        while left:
            left = left[self._file.write(left) :]
        os.fsync(self._file.fileno())

    def _release(self) -> None:
        while self._waiters and self._waiters[0][0] <= self._synced:
            _, waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)

    def _fail(self, failure: OSError) -> None:
        self._broken = failure
        for _, waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(JournalBrokenError(str(failure)))
        self._waiters.clear()


def append_durably(path: Path, lines: Iterable[str]) -> None:
    """Append lines to a small private file and fsync it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    _fsync_folder(path.parent)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        raise JournalBrokenError(f"{path} belongs to another running exchange") from held


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
