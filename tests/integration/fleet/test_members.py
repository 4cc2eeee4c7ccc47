"""Who runs members elsewhere is told which of them live, and what they hold."""

from fixtures.fleet_actor import FIRST, SECOND
from fixtures.fleet_desk import POOL, Desk

from ironbull_app.db.queries import members
from ironbull_app.db.unit_of_work import Database

THIRD = "d" * 16


async def test_a_member_lives_while_its_lease_does_and_holds_its_accounts(
    desk: Desk, database: Database
) -> None:
    for index, token in enumerate((FIRST, SECOND, THIRD)):
        desk.member("acme", token, index)
    desk.tenant("other")
    desk.member("other", "e" * 16)
    for _ in range(2):
        desk.account("acme")
    desk.run("UPDATE exchange_account SET member_token = %s", FIRST)
    lease = "UPDATE member SET lease_until = now() + make_interval(secs => %s) WHERE token = %s"
    desk.run(lease, 10, FIRST)
    desk.run(lease, -1, SECOND)
    desk.run("UPDATE member SET is_wanted = false WHERE token = %s", FIRST)
    async with database.platform() as tx:
        found = await members.of_pool(tx, "acme", POOL)
        nobody = await members.of_pool(tx, "acme", "another")
    assert [(one.index, one.token, one.is_wanted, one.is_alive, one.accounts) for one in found] == [
        (0, FIRST, False, True, 2),
        (1, SECOND, True, False, 0),
        (2, THIRD, True, False, 0),
    ]
    assert nobody == []
