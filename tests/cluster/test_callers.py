"""The platform API asks a real Kubernetes who calls: one account, one audience, or nobody."""

import base64
import datetime as dt
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cluster import api_only
from cluster.certificates import Authority
from cluster.toolchain import build_all
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ironbull_app.adapters.token_review import CACHE_SECONDS, TokenReview
from ironbull_messages.launch import PLATFORM_AUDIENCE
from ironbull_messages.problems import Code, Problem

PLACE = "ironbull-system"
ACCOUNT = f"system:serviceaccount:{PLACE}:ironbull-operator"
ISSUER = "https://kubernetes.default.svc"
NOBODY = "https://127.0.0.1:1"


@dataclass
class Cluster:
    """An API server, its administrator, and the folder that a pod of the API would have."""

    kubeconfig: Path
    program: Path
    pod: Path

    def kubectl(self, *words: str) -> str:
        done = subprocess.run(
            (str(self.program), f"--kubeconfig={self.kubeconfig}", *words),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def token(self, account: str, audience: str = PLATFORM_AUDIENCE) -> str:
        words = ("create", "token", account, f"--namespace={PLACE}", f"--audience={audience}")
        return self.kubectl(*words).strip()

    def reviewer(self, monotonic: Callable[[], float] = time.monotonic) -> TokenReview:
        config = json.loads(self.kubeconfig.read_text())
        return TokenReview(ACCOUNT, config["clusters"][0]["cluster"]["server"], self.pod, monotonic)

    def signed(self, lives_until: float) -> str:
        """Return a token of the operator as the API server itself would sign it."""
        name = ACCOUNT.rsplit(":", 1)[1]
        found = json.loads(self.kubectl("get", "sa", name, f"--namespace={PLACE}", "-ojson"))
        account = {"name": name, "uid": found["metadata"]["uid"]}
        claims = {
            "iss": ISSUER,
            "sub": ACCOUNT,
            "aud": [PLATFORM_AUDIENCE],
            "iat": int(lives_until) - 600,
            "nbf": int(lives_until) - 600,
            "exp": int(lives_until),
            "kubernetes.io": {"namespace": PLACE, "serviceaccount": account},
        }
        path = self.kubeconfig.parent / "accounts.key"
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        text = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        signature = key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{text}.{_encoded(signature)}"


def _part(value: object) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    root = Path(tempfile.mkdtemp(prefix="ironbull-callers-"))
    try:
        build_all(root / "bin")
        (root / "kube").mkdir()
        (root / "pod").mkdir()
        with api_only.running(root / "bin", root / "kube") as kubeconfig:
            made = Cluster(kubeconfig, root / "bin" / "kubectl", root / "pod")
            made.kubectl("create", "namespace", PLACE)
            for name in ("ironbull-operator", "api", "stranger"):
                made.kubectl("create", "serviceaccount", name, f"--namespace={PLACE}")
            right = ("--verb=create", "--resource=tokenreviews.authentication.k8s.io")
            made.kubectl("create", "clusterrole", "reviews", *right)
            who = ("--clusterrole=reviews", f"--serviceaccount={PLACE}:api")
            made.kubectl("create", "clusterrolebinding", "reviews", *who)
            shutil.copy(kubeconfig.parent / "ca.crt", root / "pod" / "ca.crt")
            (root / "pod" / "token").write_text(made.token("api", ISSUER))
            yield made
    finally:
        shutil.rmtree(root)


async def refused(review: TokenReview, token: str) -> Problem:
    with pytest.raises(Problem) as caught:
        await review.check(token)
    assert token not in caught.value.detail
    return caught.value


async def test_the_operators_own_token_passes(cluster: Cluster) -> None:
    await cluster.reviewer().check(cluster.token("ironbull-operator"))


async def test_a_token_for_another_audience_is_refused(cluster: Cluster) -> None:
    told = await refused(cluster.reviewer(), cluster.token("ironbull-operator", ISSUER))
    assert told.code is Code.TOKEN_WRONG
    assert PLATFORM_AUDIENCE in told.detail


async def test_another_account_is_refused_by_name(cluster: Cluster) -> None:
    told = await refused(cluster.reviewer(), cluster.token("stranger"))
    assert told.code is Code.TOKEN_WRONG
    assert told.detail == f"system:serviceaccount:{PLACE}:stranger may not call here"


async def test_an_expired_token_is_refused_and_the_same_one_alive_is_not(cluster: Cluster) -> None:
    now = time.time()
    await cluster.reviewer().check(cluster.signed(now + 300))
    told = await refused(cluster.reviewer(), cluster.signed(now - 300))
    assert told.code is Code.TOKEN_WRONG


@pytest.mark.parametrize("token", ["", "not-a-token", "a" * 20_000])
async def test_what_is_no_token_is_refused(cluster: Cluster, token: str) -> None:
    with pytest.raises(Problem) as caught:
        await cluster.reviewer().check(token)
    assert caught.value.code is Code.TOKEN_WRONG


async def test_nobody_passes_while_kubernetes_is_away(cluster: Cluster) -> None:
    review = cluster.reviewer()
    review.url = NOBODY
    told = await refused(review, cluster.token("ironbull-operator"))
    assert told.code is Code.UNAVAILABLE


async def test_nobody_passes_who_is_asked_of_by_one_without_the_right(
    cluster: Cluster, tmp_path: Path
) -> None:
    review = cluster.reviewer()
    review.folder = tmp_path
    shutil.copy(cluster.pod / "ca.crt", tmp_path)
    (tmp_path / "token").write_text(cluster.token("stranger", ISSUER))
    told = await refused(review, cluster.token("ironbull-operator"))
    assert (told.code, told.detail[-3:]) == (Code.UNAVAILABLE, "403")


async def test_an_api_server_of_another_authority_is_not_believed(
    cluster: Cluster, tmp_path: Path
) -> None:
    review = cluster.reviewer()
    review.folder = tmp_path
    shutil.copy(cluster.pod / "token", tmp_path)
    Authority(tmp_path, dt.datetime.now(dt.UTC))
    told = await refused(review, cluster.token("ironbull-operator"))
    assert told.code is Code.UNAVAILABLE
    assert "Certificate" in told.detail


async def test_who_passed_passes_for_a_minute_and_no_longer(cluster: Cluster) -> None:
    now = 1_000.0
    review = cluster.reviewer(lambda: now)
    token = cluster.token("ironbull-operator")
    await review.check(token)
    review.url = NOBODY
    now += CACHE_SECONDS - 1
    await review.check(token)
    now += 2
    told = await refused(review, token)
    assert told.code is Code.UNAVAILABLE
