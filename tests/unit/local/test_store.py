"""Applying documents is idempotent, all or nothing, and counts changes of the spec."""

from pathlib import Path

import pytest
from fixtures.documents import node, strategy, tenant

from ironbull_local.folder import DataFolder
from ironbull_local.store import Change, DocumentStore
from ironbull_messages.problems import Code, Problem


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(DataFolder(tmp_path))


def test_applying_the_same_twice_changes_nothing(store: DocumentStore) -> None:
    first = store.apply([tenant(), node(), strategy()])
    second = store.apply([tenant(), node(), strategy()])
    assert [change for _, change in first] == [Change.CREATED] * 3
    assert [change for _, change in second] == [Change.UNCHANGED] * 3
    assert [entry for entry, _ in second] == [entry for entry, _ in first]


def test_a_changed_spec_is_the_next_generation_of_the_same_thing(store: DocumentStore) -> None:
    [_, (old, _)] = store.apply([tenant(), node()])
    [(new, change)] = store.apply([node(replicas=2)])
    assert change is Change.CONFIGURED
    assert (new.uid, new.generation) == (old.uid, old.generation + 1)


def test_one_document_without_its_tenant_stores_none(store: DocumentStore) -> None:
    with pytest.raises(Problem, match="Tenant/beta") as refused:
        store.apply([tenant(), node("ironbull-beta")])
    assert refused.value.code is Code.NO_TENANT
    assert store.all() == []


def test_a_venue_that_the_tenant_lacks_is_named(store: DocumentStore) -> None:
    with pytest.raises(Problem, match="'moon', Tenant/acme has desk") as refused:
        store.apply([tenant(), node(venue="moon")])
    assert refused.value.code is Code.VENUE_UNKNOWN


def test_a_change_that_would_orphan_a_document_is_refused(store: DocumentStore) -> None:
    store.apply([tenant(), node()])
    moved = tenant(venues=[{"name": "other", "type": "binance", "environment": "Paper"}])
    with pytest.raises(Problem, match="ExecutionNode/ironbull-acme/main"):
        store.apply([moved])


def test_tenants_come_before_what_lies_in_them(store: DocumentStore) -> None:
    store.apply([node(), tenant(), strategy()])
    kinds = [entry.document.kind for entry in store.all()]
    assert kinds == ["Tenant", "Strategy", "ExecutionNode"]


def test_the_fingerprint_changes_with_an_apply(store: DocumentStore) -> None:
    store.apply([tenant()])
    before = store.fingerprint()
    store.apply([node()])
    assert store.fingerprint() != before


def test_a_change_that_breaks_a_rule_stores_nothing(store: DocumentStore) -> None:
    two = [{"name": name, "type": "binance", "environment": "Paper"} for name in ("desk", "other")]
    store.apply([tenant(venues=two), node()])
    with pytest.raises(Problem, match="venue desk cannot become other") as refused:
        store.apply([tenant(venues=two, state="Suspended"), node(venue="other")])
    assert refused.value.code is Code.DOCUMENT_INVALID
    assert [error.field for error in refused.value.errors] == ["spec.venue"]
    assert [entry.generation for entry in store.all()] == [1, 1]


def test_real_money_is_not_traded_here(store: DocumentStore) -> None:
    live = [{"name": "desk", "type": "binance", "environment": "Live"}]
    with pytest.raises(
        Problem, match=r"spec.venues\[\].environment needs a cluster: one machine is"
    ):
        store.apply([tenant(venues=live)])
    assert store.all() == []
