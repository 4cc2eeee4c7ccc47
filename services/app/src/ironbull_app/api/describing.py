"""What do the OpenAPI documents say that the routes do not: proof, repetition, problems."""

from typing import Any, Final

from fastapi import FastAPI

from ironbull_app.api import idempotency, signing
from ironbull_messages.problems import ProblemDocument

PROBLEM_MEDIA: Final = "application/problem+json"
SCHEMAS: Final = "#/components/schemas/"
FASTAPI_OWN: Final = ("HTTPValidationError", "ValidationError")
SIGNED: Final = {name: {"type": "apiKey", "in": "header", "name": name} for name in signing.HEADERS}
BEARER: Final = {"bearer": {"type": "http", "scheme": "bearer"}}
KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "One per intended effect; a repeated call gets the first answer.",
    "schema": {"type": "string", "pattern": idempotency.PATTERN},
}


class DescribedApi(FastAPI):
    """An application whose document tells the whole truth.

    Args:
        schemes: how a caller proves itself; all of them together.
    """

    def __init__(self, schemes: dict[str, dict[str, str]], **settings: Any) -> None:
        super().__init__(**settings)
        self._schemes = schemes

    def openapi(self) -> dict[str, Any]:
        """Return the document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _complete(super().openapi(), self._schemes)
        return self.openapi_schema


def _complete(document: dict[str, Any], schemes: dict[str, dict[str, str]]) -> dict[str, Any]:
    for known in document["paths"].values():
        for method, operation in known.items():
            operation["responses"].pop("422", None)
            operation["responses"] |= {"4XX": _problem("refused"), "5XX": _problem("failed")}
            operation["security"] = [{name: [] for name in schemes}]
            if method == "post":
                operation.setdefault("parameters", []).append(KEY)
    components = document.setdefault("components", {})
    components["securitySchemes"] = schemes
    schemas = components.setdefault("schemas", {})
    for name in FASTAPI_OWN:
        schemas.pop(name, None)
    problem = ProblemDocument.model_json_schema(ref_template=SCHEMAS + "{model}")
    schemas |= problem.pop("$defs") | {"ProblemDocument": problem}
    return document


def _problem(what: str) -> dict[str, Any]:
    content = {PROBLEM_MEDIA: {"schema": {"$ref": f"{SCHEMAS}ProblemDocument"}}}
    return {"description": f"The request is {what}; the code says why.", "content": content}
