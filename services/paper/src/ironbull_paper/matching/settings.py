"""How are accounts made, paid and set up?

Like the commands of the engine these return records and change nothing themselves.
"""

from collections.abc import Iterable
from decimal import Decimal

from ironbull_paper.market.symbols import SymbolSpec
from ironbull_paper.matching.account import Account
from ironbull_paper.matching.bookkeeping import FEE_ASSET, Moment
from ironbull_paper.matching.margin import Prices, margin_view
from ironbull_paper.matching.position import ZERO
from ironbull_paper.matching.records import AccountOpened, Record, SettingChanged, Transferred
from ironbull_paper.matching.state import ExchangeState
from ironbull_paper.matching.words import MarginType, Permission, Refusal, RefusedError


def open_account(
    state: ExchangeState,
    label: str,
    balance: Decimal,
    permissions: Iterable[Permission],
    moment: Moment,
) -> list[Record]:
    """Make an account with a first deposit; its label must be new."""
    if label in state.by_label:
        raise ValueError(f"an account {label!r} exists")
    account_id = len(state.accounts) + 1
    opened = AccountOpened(moment.at, account_id, label, " ".join(sorted(permissions)))
    if not balance:
        return [opened]
    deposited = _transfer(
        state, moment, account_id=account_id, label=label, wallet=ZERO, amount=balance
    )
    return [opened, deposited]


def transfer(
    state: ExchangeState, account: Account, amount: Decimal, prices: Prices, moment: Moment
) -> list[Record]:
    """Move money in (positive) or out (negative, at most what is free)."""
    if -amount > min(account.wallet, margin_view(account, prices).available):
        raise RefusedError(Refusal.BALANCE_INSUFFICIENT)
    return [
        _transfer(
            state,
            moment,
            account_id=account.account_id,
            label=account.label,
            wallet=account.wallet,
            amount=amount,
        )
    ]


def set_leverage(
    account: Account, spec: SymbolSpec, leverage: int, prices: Prices, moment: Moment
) -> list[Record]:
    """Set the leverage of a symbol; what is held must fit its bracket."""
    if not 1 <= leverage <= spec.max_leverage:
        raise RefusedError(Refusal.LEVERAGE_INVALID, f"{leverage}")
    held = (abs(position.quantity) for position in account.held(spec.name).values())
    notional = sum(held, ZERO) * prices(spec.name)
    if spec.bracket(notional).max_leverage < leverage:
        raise RefusedError(Refusal.LEVERAGE_ABOVE_BRACKET, f"{leverage}")
    return [_setting(account, spec.name, "leverage", str(leverage), moment)]


def set_margin_type(
    account: Account, spec: SymbolSpec, margin_type: MarginType, moment: Moment
) -> list[Record]:
    """Set the margin type of a symbol without position and open orders."""
    if account.margin_type(spec.name) is margin_type:
        raise RefusedError(Refusal.SAME_MARGIN_TYPE)
    if account.open_in(spec.name):
        raise RefusedError(Refusal.MARGIN_TYPE_WITH_ORDERS)
    if account.held(spec.name):
        raise RefusedError(Refusal.MARGIN_TYPE_WITH_POSITION)
    return [_setting(account, spec.name, "margin_type", margin_type, moment)]


def set_position_mode(account: Account, *, dual: bool, moment: Moment) -> list[Record]:
    """Choose one position per symbol, or a long and a short one, while holding nothing."""
    if account.is_dual == dual:
        raise RefusedError(Refusal.SAME_POSITION_MODE)
    if account.open_orders:
        raise RefusedError(Refusal.POSITION_MODE_WITH_ORDERS)
    if account.held():
        raise RefusedError(Refusal.POSITION_MODE_WITH_POSITION)
    return [_setting(account, "", "dual", "true" if dual else "false", moment)]


def _transfer(
    state: ExchangeState,
    moment: Moment,
    *,
    account_id: int,
    label: str,
    wallet: Decimal,
    amount: Decimal,
) -> Transferred:
    return Transferred(
        moment.at,
        account_id,
        label,
        FEE_ASSET,
        amount,
        wallet + amount,
        state.next_transaction_id,
    )


def _setting(
    account: Account, symbol: str, setting: str, value: str, moment: Moment
) -> SettingChanged:
    return SettingChanged(moment.at, account.account_id, account.label, symbol, setting, value)
