"""What the journal acknowledged is there again after a kill."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path

import pytest
from fixtures.paper_desk import Desk

from ironbull_paper.journal import JOURNAL_NAME, Journal, JournalBrokenError
from ironbull_paper.keys import KeyRing
from ironbull_paper.matching.records import Record, from_json, to_json
from ironbull_paper.matching.words import Side

FULL_DISK = Path("/dev/full")


def happened() -> list[Record]:
    desk = Desk()
    desk.market(Side.BUY, "0.5", "a")
    desk.cancel(desk.limit(Side.SELL, "0.1", desk.price() + 100, "b"))
    return desk.happened


async def write(path: Path, records: list[Record]) -> None:
    journal = Journal(path)
    list(journal.recover())
    writer = asyncio.create_task(journal.run())
    for record in records:
        journal.append([record])
    await journal.durable()
    writer.cancel()
    journal.close()


def read(path: Path) -> list[Record]:
    journal = Journal(path)
    try:
        return list(journal.recover())
    finally:
        journal.close()


def test_every_record_survives_json() -> None:
    for record in happened():
        text = json.dumps(to_json(record))
        assert from_json(json.loads(text)) == record


def test_amounts_are_written_as_plain_decimal_strings() -> None:
    for record in happened():
        for name, value in to_json(record).items():
            assert not isinstance(value, float), name
            if isinstance(getattr(record, name, None), Decimal):
                assert isinstance(value, str)
                assert "E" not in value


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "miracle"},
        {"kind": "fault_rule_removed", "at": 1},
        {"kind": "fault_rule_removed", "at": "1", "rule_id": 1},
        {"kind": "fault_rule_removed", "at": True, "rule_id": 1},
    ],
)
def test_a_record_of_the_wrong_shape_is_refused(wrong: dict[str, str | int | bool]) -> None:
    with pytest.raises(ValueError, match=r"record|is no"):
        from_json(wrong)


async def test_what_was_durable_is_read_again_in_order(tmp_path: Path) -> None:
    records = happened()
    await write(tmp_path / JOURNAL_NAME, records[:3])
    await write(tmp_path / JOURNAL_NAME, records[3:])
    assert read(tmp_path / JOURNAL_NAME) == records
    lines = (tmp_path / JOURNAL_NAME).read_text().splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(records) + 1))


@pytest.mark.parametrize("torn", [b'{"seq":', b'{"seq":99,"kind":"order"}\n', b"\x00\x00"])
async def test_a_torn_last_line_is_dropped_and_written_over(tmp_path: Path, torn: bytes) -> None:
    records = happened()
    path = tmp_path / JOURNAL_NAME
    await write(path, records[:3])
    with path.open("ab") as file:
        file.write(torn)
    await write(path, records[3:])
    assert read(path) == records


async def test_a_broken_line_in_the_middle_is_not_overlooked(tmp_path: Path) -> None:
    path = tmp_path / JOURNAL_NAME
    await write(path, happened())
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1] = b"garbage\n"
    path.write_bytes(b"".join(lines))
    with pytest.raises(JournalBrokenError, match="line 2"):
        read(path)


async def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL_NAME)
    with pytest.raises(JournalBrokenError, match="another running exchange"):
        Journal(tmp_path / JOURNAL_NAME)
    journal.close()


async def test_nobody_hears_of_what_the_disk_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL_NAME)
    list(journal.recover())
    journal._file.close()
    journal._file = FULL_DISK.open("ab", buffering=0)  # noqa: ASYNC230 - the journal closes it
    writer = asyncio.create_task(journal.run())
    journal.append(happened()[:1])
    with pytest.raises(JournalBrokenError):
        await journal.durable()
    with pytest.raises(JournalBrokenError):
        await writer
    with pytest.raises(JournalBrokenError):
        await journal.durable()
    journal.close()


def test_keys_survive_a_restart_and_are_private(tmp_path: Path) -> None:
    made = KeyRing(tmp_path).make("alice")
    again = KeyRing(tmp_path)
    assert again.find(made.api_key) == again.of("alice") == made
    assert (tmp_path / "keys.jsonl").stat().st_mode & 0o077 == 0
    with pytest.raises(ValueError, match="taken"):
        again.make("bob", api_key=made.api_key)
