"""What must a Strategy have that trades with real money, and how does it come to do so?"""

from typing import TYPE_CHECKING, Final

from ironbull_messages.rules.rule import ChangeRule, CreationRule, Rules
from ironbull_messages.rules.shapes import none_found
from ironbull_messages.words import Mode

if TYPE_CHECKING:
    from ironbull_messages.resources.strategy import StrategySpec


def _is_live(spec: "StrategySpec") -> bool:
    return spec.mode is Mode.LIVE


def _left_open(spec: "StrategySpec") -> list[str]:
    """Return the limits that a Live strategy leaves open, in the order of the CEL below."""
    if not _is_live(spec):
        return []
    is_open = {
        "risk.minBalanceUsdt": spec.risk.min_balance_usdt <= 0,
        "risk.lossCoolDownSeconds": spec.risk.loss_cool_down_seconds == 0,
        "risk.allowedSymbols": not spec.risk.allowed_symbols,
        "sizing.maxLossUsdt": spec.sizing.max_loss_usdt is None,
    }
    return [field for field, is_missing in is_open.items() if is_missing]


_OPEN_IN_CEL: Final = (
    "(self.mode == 'Live' ? ["
    "!quantity(self.risk.minBalanceUsdt).isGreaterThan(quantity('0')) ? 'risk.minBalanceUsdt' : '',"
    " self.risk.lossCoolDownSeconds == 0 ? 'risk.lossCoolDownSeconds' : '',"
    " self.risk.allowedSymbols.size() == 0 ? 'risk.allowedSymbols' : '',"
    " has(self.sizing.maxLossUsdt) ? '' : 'sizing.maxLossUsdt'"
    "].filter(f, f != '') : [])"
)

LIVE_RULES: Final[Rules] = (
    CreationRule["StrategySpec"](
        "strategy-begins-on-paper",
        "spec",
        "mode",
        "self.mode != 'Live' || oldSelf.hasValue()",
        "a new strategy begins with mode Paper: apply it so, see it trade, then make it Live",
        kept=lambda new, old: not _is_live(new) or old is not None,
    ),
    ChangeRule["StrategySpec"](
        "strategy-stays-live",
        "spec",
        "mode",
        "oldSelf.mode != 'Live' || self.mode == 'Live'",
        "mode Live cannot go back to Paper, since its positions hold real money: set desiredState"
        " to Paused, or make a Strategy with another name",
        kept=lambda new, old: not _is_live(old) or _is_live(new),
        is_lasting=True,
    ),
    none_found(
        "strategy-live-has-complete-risk",
        "spec",
        "mode",
        _OPEN_IN_CEL,
        "mode Live needs each limit that may be left open, and {found} is open: give it a value",
        find=_left_open,
    ),
)
