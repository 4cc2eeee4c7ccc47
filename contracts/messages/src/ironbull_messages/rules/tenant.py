"""What must fit together in a Tenant, and what may become of it?"""

from typing import TYPE_CHECKING, Final

from ironbull_messages.rules.rule import Rules, StateRule
from ironbull_messages.rules.shapes import none_found, none_found_at_birth, none_found_in_change
from ironbull_messages.rules.tenant_fields import TENANT_FIELD_RULES
from ironbull_messages.words import DeletionPolicy, Environment, TenantState

if TYPE_CHECKING:
    from ironbull_messages.resources.tenant import Billing, TenantSpec


def _live(spec: "TenantSpec") -> set[str]:
    return {one.name for one in spec.venues if one.environment is Environment.LIVE}


def _names_twice(spec: "TenantSpec") -> list[str]:
    names = [venue.name for venue in spec.venues]
    return [name for name in names if names.count(name) > 1]


def _of_another_type(new: "TenantSpec", old: "TenantSpec") -> list[str]:
    was = {venue.name: str(venue.type) for venue in old.venues}
    return [one.name for one in new.venues if was.get(one.name, str(one.type)) != str(one.type)]


def _born_live(new: "TenantSpec", old: "TenantSpec | None") -> list[str]:
    known = set() if old is None else {venue.name for venue in old.venues}
    return [one.name for one in new.venues if one.name in _live(new) - known]


def _back_on_paper(new: "TenantSpec", old: "TenantSpec") -> list[str]:
    return [one.name for one in new.venues if one.name in _live(old) - _live(new)]


def _live_lost(new: "TenantSpec", old: "TenantSpec") -> list[str]:
    if new.state is not TenantState.ACTIVE:
        return []
    lost = _live(old) - {venue.name for venue in new.venues}
    return [venue.name for venue in old.venues if venue.name in lost]


def _live_at_risk(spec: "TenantSpec") -> list[str]:
    if spec.deletion_policy is not DeletionPolicy.DELETE:
        return []
    return [venue.name for venue in spec.venues if venue.environment is Environment.LIVE]


TENANT_RULES: Final[Rules] = (
    none_found(
        "tenant-venues-once",
        "spec",
        "venues",
        "self.venues.filter(v, self.venues.filter(w, w.name == v.name).size() > 1).map(v, v.name)",
        "each venue has a name of its own, but {found} stands twice: rename one",
        find=_names_twice,
    ),
    none_found_in_change(
        "tenant-venue-type-fixed",
        "spec",
        "venues",
        "self.venues.filter(v, oldSelf.venues.exists(o, o.name == v.name && o.type != v.type))"
        ".map(v, v.name)",
        "venue {found} cannot change its type, since accounts are bound to it: add a venue with"
        " another name",
        find=_of_another_type,
        is_lasting=True,
    ),
    none_found_at_birth(
        "tenant-venue-begins-on-paper",
        "spec",
        "venues",
        "self.venues.filter(v, v.environment == 'Live' && !(oldSelf.hasValue()"
        " && oldSelf.value().venues.exists(o, o.name == v.name))).map(v, v.name)",
        "a new venue begins with environment Paper: apply it so, see it trade, then make it Live",
        find=_born_live,
    ),
    none_found_in_change(
        "tenant-venue-stays-live",
        "spec",
        "venues",
        "self.venues.filter(v, v.environment == 'Paper' && oldSelf.venues.exists(o,"
        " o.name == v.name && o.environment == 'Live')).map(v, v.name)",
        "venue {found} is Live and cannot go back to Paper, since its accounts hold real money: add"
        " a venue with another name",
        find=_back_on_paper,
        is_lasting=True,
    ),
    none_found_in_change(
        "tenant-live-venue-kept-while-active",
        "spec",
        "venues",
        "oldSelf.venues.filter(o, self.state == 'Active' && o.environment == 'Live'"
        " && !self.venues.exists(v, v.name == o.name)).map(o, o.name)",
        "venue {found} is Live and cannot be taken out while state is Active: set state to"
        " Suspended first, so that nothing opens there",
        find=_live_lost,
    ),
    none_found(
        "tenant-live-is-retained",
        "spec",
        "deletionPolicy",
        "self.venues.filter(v, self.deletionPolicy == 'Delete' && v.environment == 'Live')"
        ".map(v, v.name)",
        "deletionPolicy cannot be Delete while venue {found} is Live: leave it at Retain, or"
        " suspend the tenant and take the venue out first",
        find=_live_at_risk,
    ),
    StateRule["Billing"](
        "tenant-share-at-most-all",
        "spec.billing",
        "share",
        "quantity(self.share).compareTo(quantity('1')) <= 0",
        "share {share} is more than the whole profit: it is a fraction, as 0.3 for 30 %",
        kept=lambda new: new.share <= 1,
        is_bound=True,
    ),
    *TENANT_FIELD_RULES,
)
