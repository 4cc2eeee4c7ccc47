"""Words that may stand in one place only: subjects, environment names, commits, clocks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tools.check import ROOT, members

MESSAGES = ROOT / "contracts" / "messages"
DB = Path("services/app/src/ironbull_app/db")
# A migration changes the schema and holds no business transaction.
COMMITTERS = {DB / "unit_of_work.py", DB / "migrate.py"}
SUBJECT = re.compile(
    r"^(signal|task|result|event|control|hello|beat|grant|renew|sync|candle|price|history|wake)"
    r"\.([*>]|\{)|^\$(JS|SYS)\."
)
# The paper exchange is a stranger to the platform: what configures it is its own.
ENVIRONMENT_NAME = re.compile(r"\bIRONBULL_(?!PAPER_)[A-Z]")
CLOCK_CALLS = {"now", "utcnow", "today", "monotonic", "time", "uuid4", "uuid1", "uuid7"}
CLOCK_OWNERS = {"datetime", "date", "time", "uuid", "dt"}
CLOCKLESS = (
    "services/core/src",
    "services/strategies/src",
    "services/app/src/ironbull_app/flows",
)


def sources() -> Iterator[Path]:
    for member in members():
        yield from sorted((member / "src").rglob("*.py"))


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [
                str(part.value) if isinstance(part, ast.Constant) else "{" for part in node.values
            ]
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, "" if id(node) in docstrings else node.value


def findings(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}: {text[:60]!r}"
        for path in sources()
        if MESSAGES not in path.parents
        for line, text in strings(ast.parse(path.read_text()))
        if pattern.search(text)
    ]


def calls(path: Path) -> Iterator[tuple[int, str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            yield (
                node.lineno,
                owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", ""),
                node.func.attr,
            )


def test_a_subject_is_spelled_in_messages_alone() -> None:
    assert findings(SUBJECT) == []


def test_an_environment_name_is_spelled_in_messages_alone() -> None:
    assert findings(ENVIRONMENT_NAME) == []


def test_only_the_unit_of_work_commits() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "services/app/src").rglob("*.py"))
        if path.relative_to(ROOT) not in COMMITTERS
        for line, _, name in calls(path)
        if name == "commit"
    ]
    assert found == []


def test_no_decision_reads_a_clock_or_draws_an_id() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {owner}.{name}()"
        for part in CLOCKLESS
        for path in sorted((ROOT / part).rglob("*.py"))
        for line, owner, name in calls(path)
        if name in CLOCK_CALLS and owner in CLOCK_OWNERS
    ]
    assert found == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "data", "info"}
    found = [path for path in sources() if {path.stem, path.parent.name} & empty]
    assert found == []
