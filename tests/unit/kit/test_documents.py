from pathlib import Path

import pytest

from ironbull_kit import documents
from ironbull_messages.problems import Code, Problem
from ironbull_messages.resources import Tenant

TENANT = """\
apiVersion: ironbull.io/v1alpha1
kind: Tenant
metadata: {name: acme}
spec:
  displayName: Acme
  venues: [{name: desk, type: binance, environment: Paper}]
"""
STRATEGY = """\
apiVersion: ironbull.io/v1alpha1
kind: Strategy
metadata: {name: crossing, namespace: ironbull-acme}
spec:
  classRef: {name: ma_cross}
  symbols: [BTC-USDT-SWAP]
  timeframe: 1h
  venue: desk
"""


def problem(text: str) -> Problem:
    with pytest.raises(Problem) as caught:
        documents.parse(text, "file.yaml")
    return caught.value


def test_several_documents_are_read_in_their_order() -> None:
    second = TENANT.replace("acme", "other")

    found = documents.parse(f"{TENANT}---\n{second}", "file.yaml")

    assert [one.metadata.name for one in found] == ["acme", "other"]
    assert all(isinstance(one, Tenant) for one in found)


def test_an_unknown_field_is_named_with_its_document() -> None:
    told = problem(f"{TENANT}  colour: red\n")

    assert told.code is Code.DOCUMENT_INVALID
    assert "document 1 (Tenant 'acme')" in told.detail
    assert told.errors[0].field == "spec.colour"
    assert told.errors[0].message == "is unknown, or not honoured yet"


def test_a_wrong_value_is_told_with_expectation_and_finding() -> None:
    told = problem(TENANT.replace("Paper", "Papier"))

    assert told.errors[0].field == "spec.venues[0].environment"
    assert "'Paper'" in told.errors[0].message
    assert "'Papier'" in told.errors[0].message


def test_a_number_where_an_amount_belongs_is_refused() -> None:
    told = problem(f"{TENANT}  billing: {{share: 0.3}}\n")

    assert told.errors[0].field == "spec.billing.share"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", Code.DOCUMENT_UNREADABLE),
        ("a: [", Code.DOCUMENT_UNREADABLE),
        ("a: 1\na: 2", Code.DOCUMENT_UNREADABLE),
        ("a: &x 1\nb: *x", Code.DOCUMENT_UNREADABLE),
        ("!!python/object/apply:os.system [ls]", Code.DOCUMENT_UNREADABLE),
        ("[" * 5_000, Code.DOCUMENT_UNREADABLE),
        ("just words", Code.DOCUMENT_INVALID),
        ("kind: Pod", Code.DOCUMENT_KIND_UNKNOWN),
        ("kind: [Tenant]", Code.DOCUMENT_KIND_UNKNOWN),
        ("kind: Tenant", Code.DOCUMENT_INVALID),
    ],
)
def test_what_is_no_document_has_a_stable_code(text: str, code: Code) -> None:
    assert problem(text).code is code


def test_a_broken_file_is_told_by_line_and_column() -> None:
    assert "line 2" in problem("a: 1\nb: [").detail or "line 2" in problem("a: 1\n\tb").detail


def test_too_many_documents_are_refused() -> None:
    many = "---\n".join([TENANT] * (documents.MAX_DOCUMENTS + 1))

    assert problem(many).code is Code.DOCUMENT_UNREADABLE


def test_a_file_that_is_too_large_or_missing_is_told(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_text("#" * (documents.MAX_BYTES + 1))

    for path in (large, tmp_path / "missing.yaml"):
        with pytest.raises(Problem) as caught:
            documents.load(path)
        assert caught.value.code is Code.DOCUMENT_UNREADABLE


def test_a_wrong_name_is_told_in_words_and_the_list_it_stands_in_is_not_called_short() -> None:
    told = problem(TENANT.replace("name: desk", "name: Desk"))

    (error,) = told.errors
    assert error.field == "spec.venues[0].name"
    assert error.message.startswith("must be a name: at most 40 lower-case letters")
    assert error.message.endswith("; found 'Desk'")


def test_a_wrong_symbol_is_told_in_words_and_alone() -> None:
    told = problem(STRATEGY.replace("BTC-USDT-SWAP", "BTCUSDT"))

    (error,) = told.errors
    assert error.field == "spec.symbols[0]"
    assert error.message == "must be a symbol such as BTC-USDT-SWAP; found 'BTCUSDT'"


def test_an_empty_list_is_still_called_short() -> None:
    (error,) = problem(STRATEGY.replace("[BTC-USDT-SWAP]", "[]")).errors

    assert error.field == "spec.symbols"
    assert "at least 1 item" in error.message
