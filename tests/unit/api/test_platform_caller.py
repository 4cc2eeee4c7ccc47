"""The platform API has one caller: a file's token, or an account that Kubernetes knows."""

from pathlib import Path

import pytest

from ironbull_app.adapters.file_token import FileToken
from ironbull_app.adapters.token_review import TokenReview
from ironbull_app.processes.api import operator_of
from ironbull_app.settings import ApiSettings
from ironbull_messages.problems import Code, Problem

ACCOUNT = "system:serviceaccount:ironbull-system:ironbull-operator"
TOKEN = {"IRONBULL_PLATFORM_TOKEN": "/keys/platform.token"}
CALLER = {"IRONBULL_PLATFORM_CALLER": ACCOUNT}


def settings(**given: str) -> ApiSettings:
    least = {
        "IRONBULL_DATABASE_URL": "postgresql://platform@db/ironbull",
        "IRONBULL_TENANT_DATABASE_URL": "postgresql://tenant@db/ironbull",
        "IRONBULL_MASTER_KEY": "/keys/master.key",
        "IRONBULL_STAFF_TOKEN": "/keys/staff.token",
    }
    return ApiSettings.read({**least, **given})


def test_one_machine_names_a_file() -> None:
    assert operator_of(settings(**TOKEN)) == FileToken(Path("/keys/platform.token"))


def test_a_cluster_names_an_account_and_asks_as_its_pod() -> None:
    made = operator_of(settings(**CALLER))
    assert isinstance(made, TokenReview)
    assert (made.account, made.url) == (ACCOUNT, "https://kubernetes.default.svc")
    assert made.folder == Path("/var/run/secrets/kubernetes.io/serviceaccount")


@pytest.mark.parametrize("given", [{}, TOKEN | CALLER])
def test_none_or_both_is_a_mistake_that_names_the_variables(given: dict[str, str]) -> None:
    with pytest.raises(Problem) as caught:
        operator_of(settings(**given))
    assert caught.value.code is Code.SETTING_INVALID
    assert {*TOKEN, *CALLER} <= set(caught.value.detail.replace(",", " ").split())


@pytest.mark.parametrize("account", ["ironbull-operator", "system:node:one", ACCOUNT + " "])
def test_an_account_is_spelled_as_kubernetes_does(account: str) -> None:
    with pytest.raises(Problem, match="IRONBULL_PLATFORM_CALLER"):
        settings(IRONBULL_PLATFORM_CALLER=account)
