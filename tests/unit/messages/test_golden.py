"""Every message keeps its shape on the wire: a changed meaning is a new version."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError
from unit.messages.examples import EXAMPLES

from ironbull_messages import events, fleet, market, problems, result, signal, task
from ironbull_messages.base import Message

GOLDEN = Path(__file__).parent / "golden"
MODULES = (events, fleet, market, problems, result, signal, task)
PARTS = {
    "HeldAccount", "Kill", "SyncRequest", "Grant", "VenuePosition", "AccountReport", "Evidence",
    "VenueTrade", "FieldError", "Credentials", "_Task",
}  # fmt: skip
"""Models inside other messages, and the credentials, which are never sent in the clear."""


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_message_looks_as_its_golden_file(name: str) -> None:
    written = json.loads(EXAMPLES[name].to_bytes())

    assert written == json.loads((GOLDEN / f"{name}.json").read_text())


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_golden_file_reads_back_to_the_same_message(name: str) -> None:
    example = EXAMPLES[name]

    assert type(example).model_validate_json((GOLDEN / f"{name}.json").read_text()) == example


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_field_nobody_knows_is_refused(name: str) -> None:
    document = json.loads((GOLDEN / f"{name}.json").read_text()) | {"surprise": "1"}

    with pytest.raises(ValidationError, match="surprise"):
        type(EXAMPLES[name]).model_validate_json(json.dumps(document))


def test_every_message_has_an_example_and_every_golden_file_a_message() -> None:
    declared = {
        model.__name__
        for module in MODULES
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, Message) and model is not Message
    }

    assert declared - PARTS == {type(example).__name__ for example in EXAMPLES.values()}
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(EXAMPLES)
