"""The links of the nodes: one to this machine, one between them; they end with the nodes."""

from cluster import processes
from cluster.commands import CommandError, output, succeeds
from cluster.places import FIRST, HOST_ADDRESS, HOST_LINK, NETWORK, PODS, SERVICES, Node

TO_SECOND = "second"


def refuse_taken_addresses() -> None:
    """Refuse to start where the machine itself uses the nodes' addresses.

    Raises:
        CommandError: naming the address in use.
    """
    taken = output("ip", "-o", "route", "show", "root", f"{NETWORK}.0.0/16").strip()
    if taken:
        raise CommandError(f"this machine uses the addresses of the cluster's nodes: {taken}")


def _inside(pid: int, *words: str) -> None:
    output("nsenter", f"--target={pid}", "--net", "--", *words)


def lay_first(pid: int) -> None:
    """Join node 1 with this machine, and with nothing beyond it."""
    peer = ("peer", "name", "eth0", "netns", str(pid))
    output("ip", "link", "add", HOST_LINK, "type", "veth", *peer)
    output("ip", "address", "add", f"{HOST_ADDRESS}/24", "dev", HOST_LINK)
    output("ip", "link", "set", HOST_LINK, "up")
    _inside(pid, "ip", "address", "add", f"{FIRST.address}/24", "dev", "eth0")
    _inside(pid, "ip", "link", "set", "eth0", "up")
    _inside(pid, "sysctl", "-qw", "net.ipv4.ip_forward=1")
    # A service's address needs a route before kube-proxy's rule can send it elsewhere.
    _inside(pid, "ip", "route", "add", SERVICES, "dev", "eth0")
    # The machine knows no pods; to it they come with the node's address.
    chain = ("iptables", "-w", "-t", "nat", "-A", "POSTROUTING")
    _inside(pid, *chain, "-s", PODS, "-d", HOST_ADDRESS, "-j", "MASQUERADE")


def lay_second(first: int, node: Node, pid: int) -> None:
    """Join another node with node 1."""
    peer = ("peer", "name", "eth0", "netns", str(pid))
    output("ip", "link", "add", TO_SECOND, "netns", str(first), "type", "veth", *peer)
    _inside(first, "ip", "address", "add", f"{node.gateway}/24", "dev", TO_SECOND)
    _inside(first, "ip", "link", "set", TO_SECOND, "up")
    _inside(pid, "ip", "address", "add", f"{node.address}/24", "dev", "eth0")
    _inside(pid, "ip", "link", "set", "eth0", "up")
    _inside(pid, "sysctl", "-qw", "net.ipv4.ip_forward=1")
    _inside(pid, "ip", "route", "add", "default", "via", node.gateway)
    route_pods(first, node)


def route_pods(first: int, node: Node) -> None:
    """Let node 1 find another node's pods; a link that was down has forgotten it."""
    _inside(first, "ip", "route", "replace", node.pods, "via", node.address)


def _running(node: Node) -> int:
    pid = processes.first(node)
    if pid is None:
        raise CommandError(f"{node.name} does not run")
    return pid


def cut(node: Node) -> None:
    """Cut another node off node 1; its pods run on, and nobody hears of them."""
    _inside(_running(node), "ip", "link", "set", "eth0", "down")


def join(node: Node) -> None:
    """Join a node that was cut off."""
    pid = _running(node)
    _inside(pid, "ip", "link", "set", "eth0", "up")
    _inside(pid, "ip", "route", "replace", "default", "via", node.gateway)
    route_pods(_running(FIRST), node)


def remove() -> None:
    """Remove the link to this machine, if it outlived its node.

    Raises:
        CommandError: when the link is still there.
    """
    # The kernel may take it at the same moment, a little after the node's last process.
    deleted = succeeds("ip", "link", "delete", HOST_LINK)
    if not deleted and succeeds("ip", "link", "show", HOST_LINK):
        raise CommandError(f"{HOST_LINK} cannot be removed")
