"""A migration only adds, so that the release before runs on its database after a rollback."""

import io
import re
from types import ModuleType

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ironbull_app.db import migrate

# What a release that is rolled back to may miss or trip over, by what is wrong with it.
TAKES = {
    "drops": re.compile(r"\bDROP\b"),
    "renames": re.compile(r"\bRENAME\b"),
    "changes a type": re.compile(r"\bALTER COLUMN \S+ (?:SET DATA )?TYPE\b"),
    "demands a value": re.compile(
        r"\bALTER COLUMN \S+ SET NOT NULL\b"
        r"|\bADD COLUMN (?:(?!DEFAULT)[^,;])*\bNOT NULL\b(?![^,;]*DEFAULT)"
    ),
    "takes a right": re.compile(r"\bREVOKE\b"),
}
# Revisions that take away what the release before them used no more, with the reason.
CONTRACTS: dict[str, str] = {}
BEGINNING = "0001"


def sql(module: ModuleType) -> str:
    """Return what a migration's way up sends."""
    sent = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql", opts={"as_sql": True, "output_buffer": sent}
    )
    with Operations.context(context):
        module.upgrade()
    return re.sub(r"\s+", " ", sent.getvalue())


def taken(text: str) -> set[str]:
    """Return what is wrong with a migration's SQL."""
    return {what for what, pattern in TAKES.items() if pattern.search(text)}


def revisions() -> dict[str, ModuleType]:
    found = ScriptDirectory(str(migrate.FOLDER)).walk_revisions()
    return {one.revision: one.module for one in found if one.revision != BEGINNING}


@pytest.mark.parametrize("revision", sorted(revisions().keys() - CONTRACTS.keys()))
def test_a_migration_only_adds(revision: str) -> None:
    text = sql(revisions()[revision])
    assert text
    assert taken(text) == set(), text


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("ALTER TABLE tenant DROP COLUMN name", "drops"),
        ("ALTER TABLE tenant RENAME COLUMN name TO title", "renames"),
        ("ALTER TABLE tenant ALTER COLUMN name TYPE text", "changes a type"),
        ("ALTER TABLE tenant ALTER COLUMN name SET NOT NULL", "demands a value"),
        ("ALTER TABLE tenant ADD COLUMN name text NOT NULL", "demands a value"),
        ("REVOKE SELECT ON tenant FROM ironbull_tenant", "takes a right"),
    ],
)
def test_a_migration_that_would_end_the_release_before_is_found(text: str, wrong: str) -> None:
    assert taken(text) == {wrong}


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE tenant ADD COLUMN name text",
        "ALTER TABLE merchant_key ADD COLUMN generation integer NOT NULL DEFAULT 1",
        "CREATE TABLE other (name text NOT NULL)",
    ],
)
def test_what_adds_is_let_through(text: str) -> None:
    assert taken(text) == set()
