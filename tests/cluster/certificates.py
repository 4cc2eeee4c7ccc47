"""The cluster's own authority, its certificates and the kubeconfigs that hold them."""

import base64
import datetime as dt
import ipaddress
import json
from collections.abc import Sequence
from pathlib import Path

from cluster.places import API_SERVICE, API_URL, DOMAIN, FIRST, PKI, Node
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = dt.timedelta(days=30)
# A clock that is set back a little must not refuse what was just made.
BACKDATED = dt.timedelta(hours=1)


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes) -> None:
    path.touch(0o600)
    path.write_bytes(content)


def _name(common: str, organisation: str = "") -> x509.Name:
    rows = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organisation:
        rows.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(rows)


class Authority:
    """Who signs; its key and certificate lie in a folder as `ca.key` and `ca.crt`."""

    def __init__(self, folder: Path, now: dt.datetime) -> None:
        self._folder = folder
        self._now = now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("ironbull-test-cluster")
        usage = dict.fromkeys(
            (
                "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                "encipher_only", "decipher_only",
            ),
            False,
        )  # fmt: skip
        certificate = (
            self._begin(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True, key_cert_sign=True, crl_sign=True, **usage
                ),
                critical=True,
            )
            .sign(self._key, hashes.SHA256())
        )  # fmt: skip
        self.certificate = certificate.public_bytes(serialization.Encoding.PEM)
        _write(folder / "ca.key", _pem(self._key))
        _write(folder / "ca.crt", self.certificate)

    def _begin(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        # Python 3.13 verifies strictly: it refuses a certificate without both key identifiers.
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - BACKDATED)
            .not_valid_after(self._now + LIFE)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )

    def sign(
        self, file: str, common: str, organisation: str = "", serves: Sequence[str] = ()
    ) -> None:
        """Write `file.key` and `file.crt`, of a server when it serves names, else of a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        use = ExtendedKeyUsageOID.SERVER_AUTH if serves else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = self._begin(_name(common, organisation), key).add_extension(
            x509.ExtendedKeyUsage([use]), critical=False
        )
        if serves:
            names = x509.SubjectAlternativeName([_general(name) for name in serves])
            builder = builder.add_extension(names, critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        _write(self._folder / f"{file}.key", _pem(key))
        _write(self._folder / f"{file}.crt", certificate.public_bytes(serialization.Encoding.PEM))

    def write_kubeconfig(self, user: str, path: Path) -> None:
        """Write how a user whose certificate is signed reaches the API, whole in one file."""

        def encoded(content: bytes) -> str:
            return base64.b64encode(content).decode()

        certificate = encoded((self._folder / f"{user}.crt").read_bytes())
        key = encoded((self._folder / f"{user}.key").read_bytes())
        cluster = {"server": API_URL, "certificate-authority-data": encoded(self.certificate)}
        identity = {"client-certificate-data": certificate, "client-key-data": key}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "ironbull", "cluster": cluster}],
            "users": [{"name": user, "user": identity}],
            "contexts": [{"name": "ironbull", "context": {"cluster": "ironbull", "user": user}}],
            "current-context": "ironbull",
        }
        _write(path, json.dumps(content, indent=1).encode())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def write_all(nodes: Sequence[Node], now: dt.datetime) -> None:
    """Write every key, certificate and kubeconfig of the cluster into the PKI folder."""
    PKI.mkdir(mode=0o700)
    authority = Authority(PKI, now)
    api = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"]
    api += [f"kubernetes.default.svc.{DOMAIN}", "localhost", "127.0.0.1", API_SERVICE]
    authority.sign("apiserver", "kube-apiserver", serves=[*api, FIRST.address])
    authority.sign("apiserver-kubelet", "kube-apiserver-kubelet-client", "system:masters")
    authority.sign("admin", "admin", "system:masters")
    for part in ("kube-controller-manager", "kube-scheduler", "kube-proxy"):
        authority.sign(part, f"system:{part}")
    for node in nodes:
        authority.sign(node.name, f"system:node:{node.name}", "system:nodes")
        authority.sign(f"{node.name}-serving", node.name, serves=[node.name, node.address])
    users = ["admin", "kube-controller-manager", "kube-scheduler", "kube-proxy"]
    for user in [*users, *(node.name for node in nodes)]:
        authority.write_kubeconfig(user, PKI / f"{user}.kubeconfig")
    accounts = rsa.generate_private_key(65537, 2048)
    public = accounts.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write(PKI / "accounts.key", _pem(accounts))
    _write(PKI / "accounts.pub", public)
