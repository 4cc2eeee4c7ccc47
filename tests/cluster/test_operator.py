"""One apply makes all that a tenant needs, and keeps it so; no pod runs here."""

import signal
from collections.abc import Iterator

import pytest
from cluster import operator_desk
from cluster.operator_desk import SYSTEM, Desk, until
from cluster.places import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "one-tenant.yaml"
PLACE = "ironbull-aurora"
POOL = ("xn", "main", f"--namespace={PLACE}")
KINDS = 3


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with operator_desk.running() as made:
        made.kubectl("apply", f"--filename={EXAMPLE}")
        yield made


@pytest.fixture
def operator(desk: Desk) -> Iterator[None]:
    with desk.operator():
        until(lambda: desk.ready("tenant", "aurora"), "a condition of the tenant")
        yield


def _reason(desk: Desk, *words: str) -> str:
    return desk.ready(*words).get("reason", "")


def _members(desk: Desk) -> set[str]:
    return {row["name"] for row in desk.get(*POOL).get("status", {}).get("members", [])}


@pytest.mark.usefixtures("operator")
def test_one_apply_makes_all_that_a_tenant_needs(desk: Desk) -> None:
    until(lambda: "main-0" in desk.names("statefulset", PLACE), "the member")
    until(lambda: _reason(desk, "tenant", "aurora") == "EngineStarting", "the engine told of")
    assert {"engine", "main-0"} <= desk.names("secret", PLACE)
    assert {"deny-all", "names-and-nats", "venue-paper"} <= desk.names("networkpolicy", PLACE)
    assert "ironbull-merchant-aurora" in desk.names("secret", SYSTEM)
    until(
        lambda: _reason(desk, "xn", "main", f"--namespace={PLACE}") == "MembersStarting",
        "the member told of",
    )
    strategies = desk.get("configmap", "engine-documents", f"--namespace={PLACE}")["data"]
    assert "ma_cross" in strategies["strategies.yaml"]
    pods = until(lambda: desk.names("pod", PLACE), "pods that Pod Security let through")
    assert "main-0-0" in pods


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    ("kind", "name"),
    [("statefulset", "main-0"), ("deployment", "engine"), ("configmap", "engine-documents")],
)
def test_a_deleted_child_comes_back(desk: Desk, kind: str, name: str) -> None:
    until(lambda: name in desk.names(kind, PLACE), f"{kind} {name}")
    desk.kubectl("delete", kind, name, f"--namespace={PLACE}", "--wait=true")
    until(lambda: name in desk.names(kind, PLACE), f"{kind} {name} again")


@pytest.mark.usefixtures("operator")
def test_a_changed_child_is_changed_back(desk: Desk) -> None:
    until(lambda: "engine" in desk.names("deployment", PLACE), "the engine")
    desk.kubectl("scale", "deployment", "engine", "--replicas=3", f"--namespace={PLACE}")

    def replicas() -> int:
        found: int = desk.get("deployment", "engine", f"--namespace={PLACE}")["spec"]["replicas"]
        return found

    until(lambda: replicas() == 1, "one engine again")


@pytest.mark.usefixtures("operator")
def test_scaling_a_pool_adds_and_removes_members(desk: Desk) -> None:
    desk.kubectl("scale", "xn", "main", "--replicas=2", f"--namespace={PLACE}")
    until(lambda: "main-1" in desk.names("statefulset", PLACE), "a second member")
    until(lambda: "main-1-0" in desk.names("pod", PLACE), "its pod")
    with desk.held("pod", "main-1-0", f"--namespace={PLACE}"):
        desk.kubectl("scale", "xn", "main", "--replicas=1", f"--namespace={PLACE}")
        until(lambda: "main-1" not in desk.names("statefulset", PLACE), "its set gone")
        looks = desk.looks("one")["ExecutionNode"]
        until(lambda: desk.looks("one")["ExecutionNode"] > looks + 1, "two looks at the pool")
        assert _members(desk) == {"main-0", "main-1"}
        assert "main-1" in desk.names("secret", PLACE)
    until(lambda: _members(desk) == {"main-0"}, "the member gone")
    until(lambda: "main-1" not in desk.names("secret", PLACE), "its Secret gone")
    assert "main-0" in desk.names("statefulset", PLACE)


@pytest.mark.usefixtures("operator")
def test_a_document_in_nobodys_namespace_says_where_it_belongs(desk: Desk) -> None:
    node = {
        "apiVersion": "ironbull.io/v1alpha1",
        "kind": "ExecutionNode",
        "metadata": {"name": "stray", "namespace": "default"},
        "spec": {"venue": "paper"},
    }
    desk.kubectl("apply", "--filename=-", given=str(node).replace("'", '"'))
    told = until(lambda: desk.ready("xn", "stray"), "a condition")
    assert told["reason"] == "NoTenant"
    assert "ironbull-<tenant>" in told["message"]


@pytest.mark.usefixtures("operator")
def test_a_namespace_of_somebody_else_is_not_taken(desk: Desk) -> None:
    desk.kubectl("create", "namespace", "ironbull-theirs")
    tenant = EXAMPLE.read_text().split("---")[1].replace("aurora", "theirs")
    desk.kubectl("apply", "--filename=-", given=tenant)
    until(lambda: _reason(desk, "tenant", "theirs") == "NamespaceNotOurs", "the reason")
    assert desk.names("networkpolicy", "ironbull-theirs") == set()


@pytest.mark.usefixtures("operator")
def test_a_strategy_that_cannot_run_names_the_parameter(desk: Desk) -> None:
    strategy = EXAMPLE.read_text().split("---")[3].replace("crossing", "wrong")
    desk.kubectl("apply", "--filename=-", given=strategy.replace('fast_ma: "5"', 'fast_ma: "x"'))
    words = ("strategy", "wrong", f"--namespace={PLACE}")
    told = until(lambda: desk.ready(*words), "a condition")
    assert told["status"] == "False"
    assert "fast_ma" in told["message"]
    assert "crossing" in str(desk.get("configmap", "engine-documents", f"--namespace={PLACE}"))
    desk.kubectl("delete", *words)


@pytest.mark.usefixtures("operator")
def test_a_refused_edit_leaves_the_accepted_strategy_running(desk: Desk) -> None:
    words = ("strategy", "crossing", f"--namespace={PLACE}")
    strategy = EXAMPLE.read_text().split("---")[3]

    def read() -> str:
        found = desk.get("configmap", "engine-documents", f"--namespace={PLACE}")
        return str(found["data"]["strategies.yaml"])

    accepted = until(lambda: read() if "crossing" in read() else "", "the strategy taken up")
    desk.kubectl("apply", "--filename=-", given=strategy.replace('fast_ma: "5"', 'fast_ma: "x"'))
    until(lambda: _reason(desk, *words) == "StrategyParameterInvalid", "the refusal")
    before = desk.looks("one")["Tenant"]
    desk.kubectl("annotate", "tenant", "aurora", "test/look=again", "--overwrite")
    until(lambda: desk.looks("one")["Tenant"] > before, "a look at the tenant")
    assert read() == accepted
    pause = '{"spec": {"desiredState": "Paused"}}'
    desk.kubectl("patch", *words, "--type=merge", f"--patch={pause}")
    until(lambda: "crossing" not in read(), "the pause honoured")
    desk.kubectl("apply", "--filename=-", given=strategy)
    until(lambda: "crossing" in read(), "the strategy taken up again")


@pytest.mark.usefixtures("operator")
def test_a_deleted_tenant_ends_after_its_members_and_its_pool_may_go_later(desk: Desk) -> None:
    place = "ironbull-boreal"
    pool, tenant = ("xn", "main", f"--namespace={place}"), ("tenant", "boreal")
    desk.kubectl("apply", "--filename=-", given=EXAMPLE.read_text().replace("aurora", "boreal"))
    until(lambda: "main-0-0" in desk.names("pod", place), "the member's pod")
    until(lambda: "engine" in desk.names("deployment", place), "the engine")
    with desk.held("pod", "main-0-0", f"--namespace={place}"):
        desk.kubectl("delete", *tenant, "--wait=false")
        until(lambda: "main-0" in desk.ready(*tenant).get("message", ""), "what it waits for")
        assert _reason(desk, *tenant) == "Ending"
        until(lambda: "main-0" not in desk.names("statefulset", place), "its set gone")
        assert "main-0" in desk.names("secret", place)
    until(lambda: "boreal" not in desk.names("tenant", place), "the tenant gone")
    desk.kubectl("delete", *pool, "--wait=false")
    until(lambda: not desk.names("xn", place), "the pool gone")
    left = {kind: desk.names(kind, place) for kind in ("deployment", "service", "pdb", "secret")}
    assert not any(left.values()), left
    assert desk.names("pvc", place) == {"journal-main-0-0"}


@pytest.mark.usefixtures("operator")
def test_a_deleted_strategy_leaves_the_engine(desk: Desk) -> None:
    strategy = EXAMPLE.read_text().split("---")[3].replace("crossing", "brief")
    desk.kubectl("apply", "--filename=-", given=strategy)

    def read() -> str:
        return str(desk.get("configmap", "engine-documents", f"--namespace={PLACE}"))

    until(lambda: "name: brief" in read(), "the strategy taken up")
    desk.kubectl("delete", "strategy", "brief", f"--namespace={PLACE}")
    until(lambda: "name: brief" not in read(), "the strategy let go")


def test_a_killed_leader_is_followed(desk: Desk) -> None:
    with desk.operator("first") as first:
        until(lambda: "leader.elected" in desk.log("first"), "a leader")
        with desk.operator("second"):
            first.send_signal(signal.SIGKILL)
            until(lambda: "leader.elected" in desk.log("second"), "the next leader")


def test_a_stopped_leader_hands_over_at_once(desk: Desk) -> None:
    with desk.operator("third") as third:
        until(lambda: "leader.elected" in desk.log("third"), "a leader")
        third.send_signal(signal.SIGTERM)
        assert third.wait(30) == 0
    lease = desk.get("lease", "ironbull-operator", f"--namespace={SYSTEM}")
    assert lease["spec"].get("holderIdentity", "") == ""


def test_a_restart_with_nothing_changed_writes_nothing(desk: Desk) -> None:
    def versions() -> dict[str, str]:
        kinds = "tenants,strategies,executionnodes,statefulsets,deployments,configmaps,secrets"
        items = desk.get(f"{kinds},networkpolicies,services", "--all-namespaces")["items"]
        return {
            f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["resourceVersion"]
            for one in items
        }

    with desk.operator("fourth"):
        until(lambda: "leader.elected" in desk.log("fourth"), "a leader")
        before = until(lambda: versions() if versions() == versions() else {}, "rest")
    with desk.operator("fifth"):
        until(lambda: "leader.elected" in desk.log("fifth"), "a leader")
        until(lambda: len(desk.looks("fifth")) == KINDS, "a look at every kind")
        until(lambda: desk.looks("fifth") == desk.looks("fifth"), "rest")
    assert versions() == before
