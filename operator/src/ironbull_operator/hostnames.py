"""Which tenant has a hostname? The oldest of those that want it; the others wait for it."""

from dataclasses import dataclass, field

from ironbull_operator.kinds import Object


@dataclass(slots=True)
class Hostnames:
    """What every Tenant wants, kept in mind."""

    is_whole: bool = False
    """True: every Tenant was seen."""
    _wanted: dict[str, str] = field(default_factory=dict)
    """Tenant → hostname."""
    _claims: dict[str, dict[str, str]] = field(default_factory=dict)
    """Hostname → tenant → when it was created."""

    def learn(self, found: Object) -> set[str]:
        """Keep what a Tenant wants; return the others that this concerns."""
        name = found["metadata"]["name"]
        hostname = (found["spec"].get("api") or {}).get("hostname")
        if self._wanted.get(name) == hostname:
            return set()
        concerned = self.forget(name)
        if hostname is not None:
            self._wanted[name] = hostname
            claims = self._claims.setdefault(hostname, {})
            concerned |= set(claims)
            claims[name] = found["metadata"]["creationTimestamp"]
        return concerned

    def forget(self, tenant: str) -> set[str]:
        """Keep nothing in mind of a Tenant; return the others that this concerns."""
        hostname = self._wanted.pop(tenant, None)
        if hostname is None:
            return set()
        claims = self._claims[hostname]
        del claims[tenant]
        if not claims:
            del self._claims[hostname]
        return set(claims)

    def holder(self, hostname: str) -> str:
        """Return who has a hostname that somebody wants."""
        claims = self._claims[hostname]
        return min(claims, key=lambda tenant: (claims[tenant], tenant))
