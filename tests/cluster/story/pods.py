"""Which pods run, and which were started anew meanwhile?"""

from cluster.kubectl import Kubectl


def lives(kubectl: Kubectl) -> dict[str, str]:
    """Return each running pod of ours by its place and name: its id and its restarts."""
    found = {}
    for pod in kubectl.get("pods", "--all-namespaces")["items"]:
        metadata = pod["metadata"]
        if metadata["namespace"].startswith("ironbull-") and pod["status"]["phase"] == "Running":
            restarts = sum(one["restartCount"] for one in pod["status"]["containerStatuses"])
            name = f"{metadata['namespace']}/{metadata['name']}"
            found[name] = f"{metadata['uid']} {restarts}"
    return found


def all_ready(kubectl: Kubectl) -> bool:
    """Tell whether every container of our pods that has not done its work is ready."""
    return all(
        one["ready"]
        for pod in kubectl.get("pods", "--all-namespaces")["items"]
        if pod["metadata"]["namespace"].startswith("ironbull-")
        if pod["status"]["phase"] != "Succeeded"
        for one in pod["status"].get("containerStatuses", ({"ready": False},))
    )


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """Return the pods that went, came, or were started anew."""
    names = before.keys() | after.keys()
    return {name for name in names if before.get(name) != after.get(name)}
