"""What does a node remember over a crash? Every task, before its bytes leave, on disk.

SQLite in WAL mode with `synchronous=FULL`; one thread writes, and what waits meanwhile is committed
together. Rows stay until the centre has confirmed them and `KEEP_SECONDS` have passed.
"""

import asyncio
import fcntl
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Generic, TypeVar
from uuid import UUID, uuid4

from ironbull_node.life import Life
from ironbull_node.results import messages_of

SCHEMA: Final = 1
MAX_BATCH: Final = 500
KEEP_SECONDS: Final = 30 * 86_400.0
CLOSE_SECONDS: Final = 30.0
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta (schema INTEGER NOT NULL, journal_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS task (
    task_id TEXT PRIMARY KEY, phase TEXT NOT NULL, life TEXT NOT NULL, seq INTEGER NOT NULL,
    told_seq INTEGER NOT NULL DEFAULT 0, confirmed_at REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS task_open ON task (phase) WHERE phase <> 'done';
CREATE INDEX IF NOT EXISTS task_untold ON task (task_id) WHERE told_seq < seq;
CREATE INDEX IF NOT EXISTS task_confirmed ON task (confirmed_at) WHERE confirmed_at IS NOT NULL;
"""

T = TypeVar("T")


class JournalError(RuntimeError):
    """The journal cannot be used; the message says the way out."""


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Callable[[sqlite3.Connection], T]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[T]"

    def resolve(self, value: T) -> None:
        if not self.future.done():
            self.future.set_result(value)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Journal:
    """The durable memory of one member."""

    def __init__(self, path: Path) -> None:
        """Open or make the journal.

        Raises:
            JournalError: another process has it, or a newer version wrote it.
        """
        self._lock = _lock(path.with_suffix(".lock"))
        try:
            self._connection, self.journal_id = _open(path)
        except BaseException:
            self._lock.close()
            raise
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    async def receive(self, life: Life) -> Life | None:
        """Keep a new task; a known one is returned as it is kept, and nothing changes."""
        return await self._run(lambda connection: _insert(connection, life))

    async def save(self, life: Life) -> None:
        """Keep the newest state of a task; durable on return."""
        await self._run(lambda connection: _update(connection, life))

    async def tell(self, life: Life) -> Life:
        """Keep a task with the numbers of its next result, and return it so."""
        return await self._run(lambda connection: _tell(connection, life))

    async def tell_again(self, task_id: UUID) -> Life | None:
        """Number what is kept of a task anew; None: unknown, or nothing was ever told."""
        return await self._run(lambda connection: _tell_again(connection, task_id))

    async def find(self, task_id: UUID) -> Life | None:
        """Return a task as it is kept."""
        return await self._run(lambda connection: _find(connection, task_id))

    async def open_lives(self) -> list[Life]:
        """Return the tasks that are not done, in the order in which they were planned."""
        lives = await self._run(lambda connection: _select(connection, "phase <> 'done'"))
        return sorted(lives, key=lambda life: (life.task.created_at, str(life.task.task_id)))

    async def untold(self) -> list[Life]:
        """Return the tasks whose last result has no acknowledgement yet."""
        return await self._run(lambda connection: _select(connection, "told_seq < seq"))

    async def told(self, task_id: UUID, seq: int) -> None:
        """Remember that a result is in the stream."""
        statement = "UPDATE task SET told_seq = max(told_seq, ?) WHERE task_id = ?"
        await self._run(
            lambda connection: connection.execute(statement, (seq, str(task_id))).close()
        )

    async def confirm(self, task_ids: Iterable[UUID], now: float) -> None:
        """Remember that the centre has booked these tasks."""
        rows = [(now, str(task_id)) for task_id in task_ids]
        statement = (
            "UPDATE task SET confirmed_at = ? "
            "WHERE task_id = ? AND confirmed_at IS NULL AND phase = 'done'"
        )
        await self._run(lambda connection: connection.executemany(statement, rows).close())

    async def forget(self, now: float) -> int:
        """Drop what was confirmed long ago; return how many rows."""
        before = now - KEEP_SECONDS
        statement = "DELETE FROM task WHERE phase = 'done' AND confirmed_at < ?"
        return await self._run(lambda connection: connection.execute(statement, (before,)).rowcount)

    async def close(self) -> None:
        """Write what waits, and let go of the file."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, CLOSE_SECONDS)
        self._connection.close()
        self._lock.close()

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        job = _Job(work, loop, future)
        self._jobs.put(job)
        return await future

    def _write(self) -> None:
        while True:
            first = self._jobs.get()
            if first is None:
                return
            batch = [first]
            ends = False
            while len(batch) < MAX_BATCH and not self._jobs.empty():
                more = self._jobs.get()
                if more is None:
                    ends = True
                    break
                batch.append(more)
            _commit(self._connection, batch)
            if ends:
                return


def _commit(connection: sqlite3.Connection, batch: list[_Job[Any]]) -> None:
    """Do a batch in one transaction; one that fails is tried again job by job."""
    values: list[object] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        values.extend(job.work(connection) for job in batch)
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - each caller gets it; the thread must live
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if len(batch) > 1:
            for job in batch:
                _commit(connection, [job])
        else:
            batch[0].loop.call_soon_threadsafe(batch[0].fail, error)
        return
    for job, value in zip(batch, values, strict=True):
        job.loop.call_soon_threadsafe(job.resolve, value)


def _lock(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise JournalError(f"another process holds {path}: stop it or give a folder") from None
    return file


def _open(path: Path) -> tuple[sqlite3.Connection, UUID]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(_TABLES)
    row = connection.execute("SELECT schema, journal_id FROM meta").fetchone()
    if row is None:
        row = (SCHEMA, str(uuid4()))
        connection.execute("INSERT INTO meta VALUES (?, ?)", row)
    path.chmod(0o600)
    if row[0] > SCHEMA:
        connection.close()
        raise JournalError(
            f"{path} was written by a newer version (schema {row[0]}, known {SCHEMA}): "
            "install that version again"
        )
    return connection, UUID(row[1])


def _insert(connection: sqlite3.Connection, life: Life) -> Life | None:
    known = _find(connection, life.task.task_id)
    if known is None:
        connection.execute(
            "INSERT INTO task (task_id, phase, life, seq) VALUES (?, ?, ?, 0)",
            (str(life.task.task_id), life.phase.value, life.model_dump_json()),
        )
    return known


def _update(connection: sqlite3.Connection, life: Life) -> None:
    changed = connection.execute(
        "UPDATE task SET phase = ?, life = ?, seq = max(seq, ?) WHERE task_id = ?",
        (life.phase.value, life.model_dump_json(), life.seq, str(life.task.task_id)),
    )
    if changed.rowcount != 1:
        raise JournalError(f"task {life.task.task_id} is not in the journal")


def _tell(connection: sqlite3.Connection, life: Life) -> Life:
    query = "SELECT seq FROM task WHERE task_id = ?"
    row = connection.execute(query, (str(life.task.task_id),)).fetchone()
    last = max(life.seq, row[0] if row else 0)
    told = life.model_copy(update={"seq": last + messages_of(life)})
    _update(connection, told)
    return told


def _tell_again(connection: sqlite3.Connection, task_id: UUID) -> Life | None:
    known = _find(connection, task_id)
    return None if known is None or known.seq == 0 else _tell(connection, known)


def _find(connection: sqlite3.Connection, task_id: UUID) -> Life | None:
    found = _select(connection, "task_id = ?", str(task_id))
    return found[0] if found else None


def _select(connection: sqlite3.Connection, where: str, *values: str) -> list[Life]:
    query = f"SELECT life, seq FROM task WHERE {where} ORDER BY task_id"  # noqa: S608 - our words
    rows = connection.execute(query, values)
    return [Life.model_validate_json(life).model_copy(update={"seq": seq}) for life, seq in rows]
