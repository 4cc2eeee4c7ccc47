"""Refuse to uninstall while a tenant is Active: nobody would act on its stops and closes."""

import json
import os
import ssl
import sys
import urllib.error
import urllib.request
from pathlib import Path

SECONDS = 20
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TENANTS = "https://kubernetes.default.svc/apis/ironbull.io/v1alpha1/tenants?limit=500"

token = (ACCOUNT / "token").read_text()
trust = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
request = urllib.request.Request(TENANTS, headers={"Authorization": f"Bearer {token}"})
try:
    with urllib.request.urlopen(request, timeout=SECONDS, context=trust) as answer:
        tenants = json.load(answer)["items"]
except urllib.error.HTTPError as error:
    if error.code != 404:
        raise
    tenants = []  # the definition is gone, and every tenant with it
states = {one["metadata"]["name"]: one["spec"].get("state", "Active") for one in tenants}
active = sorted(name for name, state in states.items() if state == "Active")
if active:
    print(f"uninstall refused: Active tenants: {', '.join(active)}.")
    print(f"To go on with the release, which Helm has marked by now:  {os.environ['WAY_BACK']}")
    print("To uninstall, delete in this order, while the operator is there to clear away:")
    print("  kubectl -n ironbull-NAME delete strategies.ironbull.io --all")
    print("  kubectl -n ironbull-NAME delete executionnodes.ironbull.io --all")
    print("  kubectl delete tenant NAME")
    print("To leave their positions to themselves all the same:  helm uninstall --no-hooks")
    sys.exit(1)
rest = ", ".join(sorted(f"{name} ({state})" for name, state in states.items())) or "none"
print(f"uninstall: no tenant is Active; left without an operator: {rest}")
