"""How does a member come to keys and look after its accounts? Grant, probe, report."""

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from ironbull_messages import subjects
from ironbull_messages.fleet import (
    Accepted,
    AccountReport,
    Control,
    Credentials,
    GrantReply,
    GrantRequest,
    HeldAccount,
    SyncReport,
)
from ironbull_messages.ids import ExchangeAccountId
from ironbull_node import reading
from ironbull_node.bus import Bus, BusError
from ironbull_node.changes import Changes
from ironbull_node.keys import GrantError, KeyRing
from ironbull_node.leases import Leases
from ironbull_node.settings import AccountSettings
from ironbull_node.venue.port import Venue, VenueError

REQUEST_SECONDS: Final = 5.0
PROBES_AT_ONCE: Final = 8
MAX_PER_REQUEST: Final = 200

_log = structlog.get_logger()


class Granting:
    """Hold keys for exactly the leased accounts, and read accounts when asked."""

    def __init__(  # noqa: PLR0917 - the parts it joins
        self,
        bus: Bus,
        venue: Venue,
        keyring: KeyRing,
        leases: Leases,
        settings: AccountSettings,
        changes: Changes,
        member: subjects.MemberSubject,
        session_id: UUID,
    ) -> None:
        self._bus = bus
        self._venue = venue
        self._keyring = keyring
        self._leases = leases
        self._settings = settings
        self._changes = changes
        self._member = member
        self._session_id = session_id
        self._asking = asyncio.Lock()
        self._reading = asyncio.Semaphore(PROBES_AT_ONCE)
        self._asked_at: dict[ExchangeAccountId, datetime] = {}
        self._settled: set[HeldAccount] = set()
        """Probed under this lease, or refused for a reason that stays."""
        self._busy: set[HeldAccount] = set()

    async def follow(self, control: Control) -> None:
        """Drop keys that were taken away, ask for those that are missing, read what is asked."""
        self._keyring.keep_only(self._leases.held())
        async with self._asking:
            granted = await self._ask_missing()
        self._changes.ring()
        wanted = self._newly_asked(control) | {row.account_id for row in granted}
        held = set(self._leases.held())
        self._settled &= held
        due = {row for row in held if row.account_id in wanted or row not in self._settled}
        due -= self._busy
        self._busy |= due
        try:
            await asyncio.gather(*(self._look_after(row) for row in due))
        finally:
            self._busy -= due

    def _newly_asked(self, control: Control) -> set[ExchangeAccountId]:
        """Return the accounts with a request that was not followed yet."""
        asked = {row.account_id: row.requested_at for row in control.sync}
        fresh = {a for a, at in asked.items() if self._asked_at.get(a) != at}
        self._asked_at |= {a: asked[a] for a in fresh}
        return fresh

    async def _ask_missing(self) -> list[HeldAccount]:
        have = set(self._keyring.held())
        missing = [row for row in self._leases.held() if row not in have][:MAX_PER_REQUEST]
        if not missing:
            return []
        request = GrantRequest(
            token=self._member.token, session_id=self._session_id, accounts=tuple(missing)
        )
        subject = subjects.grant(self._member.tenant, self._member.token)
        try:
            answer = await self._bus.request(subject, request.to_bytes(), REQUEST_SECONDS)
            reply = GrantReply.model_validate_json(answer)
        except (BusError, ValidationError) as error:
            _log.warning("grant.unanswered", accounts=len(missing), why=type(error).__name__)
            return []
        granted = []
        for grant in reply.grants:
            try:
                self._keyring.add(grant)
            except GrantError as error:
                _log.error("grant.refused", account=str(grant.account_id), why=str(error))
                continue
            _log.info("grant.taken", account=str(grant.account_id), epoch=grant.epoch)
            granted.append(HeldAccount(account_id=grant.account_id, epoch=grant.epoch))
        return granted

    async def _look_after(self, row: HeldAccount) -> None:
        """Probe an account under a new lease, read any other, and report."""
        keys = self._keyring.get(row.account_id)
        if keys is None:
            self._asked_at.pop(row.account_id, None)
            return
        async with self._reading:
            if row in self._settled:
                report = await reading.read(self._venue, row.account_id, row.epoch, keys)
            else:
                report = await self._probe(row, keys)
            await self._report(report)

    async def _probe(self, row: HeldAccount, keys: Credentials) -> AccountReport:
        """Check what a key may do, set its account up, and read it; until it is settled."""
        report = await reading.check_rights(self._venue, row.account_id, row.epoch, keys)
        if report is None:
            try:
                await self._settings.ensure_account(row.account_id, keys)
            except VenueError as error:
                report = reading.failed(self._venue, row.account_id, row.epoch, error)
            else:
                report = await reading.read(self._venue, row.account_id, row.epoch, keys)
        if not report.failed or report.venue_code is not None:
            self._settled.add(row)
        return report

    async def _report(self, report: AccountReport) -> None:
        message = SyncReport(
            token=self._member.token, session_id=self._session_id, accounts=(report,)
        )
        subject = subjects.sync(self._member.tenant, self._member.token)
        try:
            answer = await self._bus.request(subject, message.to_bytes(), REQUEST_SECONDS)
            accepted = Accepted.model_validate_json(answer)
        except (BusError, ValidationError) as error:
            self._asked_at.pop(report.account_id, None)
            _log.warning(
                "sync.unanswered", account=str(report.account_id), why=type(error).__name__
            )
            return
        _log.info(
            "sync.reported",
            account=str(report.account_id),
            failed=report.failed,
            accepted=accepted.accepted,
        )
