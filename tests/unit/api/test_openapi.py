"""The OpenAPI documents say what the APIs do."""

from typing import Any

import pytest

from ironbull_app.api.app import Audience, create_api
from ironbull_messages.problems import PROBLEMS


def _operations(audience: Audience) -> list[tuple[str, dict[str, Any]]]:
    paths = create_api(audience).openapi()["paths"]
    return [
        (f"{method.upper()} {path}", operation)
        for path, known in paths.items()
        for method, operation in known.items()
    ]


@pytest.mark.parametrize("audience", list(Audience))
def test_errors_are_documented_as_problems_and_never_otherwise(audience: Audience) -> None:
    for name, operation in _operations(audience):
        answers = operation["responses"]
        assert "422" not in answers, name
        for status in ("4XX", "5XX"):
            assert set(answers[status]["content"]) == {"application/problem+json"}, name


@pytest.mark.parametrize("audience", list(Audience))
def test_every_operation_says_how_its_caller_proves_itself(audience: Audience) -> None:
    schemes = create_api(audience).openapi()["components"]["securitySchemes"]
    for name, operation in _operations(audience):
        (needed,) = operation["security"]
        assert set(needed) == set(schemes), name


def test_every_post_documents_its_idempotency_key() -> None:
    for audience in (Audience.MERCHANT, Audience.ADMIN):
        for name, operation in _operations(audience):
            headers = {
                one["name"] for one in operation.get("parameters", ()) if one["in"] == "header"
            }
            assert ("Idempotency-Key" in headers) == name.startswith("POST"), name


@pytest.mark.parametrize("audience", list(Audience))
def test_no_amount_is_documented_as_a_number(audience: Audience) -> None:
    schemas = create_api(audience).openapi()["components"]["schemas"]
    numbers = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, shape in schema.get("properties", {}).items()
        if shape.get("type") == "number"
    ]
    assert numbers == []


def test_the_problem_schema_lists_every_code() -> None:
    schemas = create_api(Audience.MERCHANT).openapi()["components"]["schemas"]
    assert set(schemas["Code"]["enum"]) == {code.value for code in PROBLEMS}
