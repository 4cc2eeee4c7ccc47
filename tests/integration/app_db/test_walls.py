"""What keeps tenants apart in PostgreSQL: enumerated from the catalogue, each wall dropped once."""

from collections.abc import Iterator

import psycopg
import pytest
from fixtures import every_table
from fixtures.every_table import OURS, THEIRS
from psycopg import sql

from ironbull_app.db import migrate
from ironbull_app.db.schema import walls
from ironbull_local.database import Role, RoleUrls
from ironbull_local.postgres import Postgres

PRODUCT_ROLES = (Role.TENANT, Role.PLATFORM)
MIN_REFERENCES = 20
"""References by id in the first migration; fewer would mean that the enumeration broke."""


@pytest.fixture
def superuser(role_urls: RoleUrls, postgres_server: Postgres) -> Iterator[psycopg.Connection]:
    """Connect as the superuser to a migrated database with rows of two tenants in every table."""
    migrate.upgrade(role_urls.owner)
    name = psycopg.conninfo.conninfo_to_dict(role_urls.owner)["dbname"]
    with psycopg.connect(postgres_server.dsn(str(name)), autocommit=True) as connection:
        for tenant, token in ((OURS, "a" * 16), (THEIRS, "b" * 16)):
            every_table.fill(connection, tenant, token)
        yield connection


def tables(superuser: psycopg.Connection) -> dict[str, bool]:
    """Return every table of the catalogue, and whether it holds a tenant's rows."""
    rows = superuser.execute(
        """SELECT c.relname, EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid
            AND a.attname = 'tenant_id' AND NOT a.attisdropped)
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"""
    )
    return dict(rows.fetchall())


def count(superuser: psycopg.Connection, table: str, role: Role, tenant: str | None) -> int:
    """Return how many rows a role sees, with a tenant named or with none."""
    with superuser.transaction(force_rollback=True):
        superuser.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
        if tenant is not None:
            superuser.execute("SELECT set_config(%s, %s, true)", (walls.SETTING, tenant))
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        row = superuser.execute(query).fetchone()
    return 0 if row is None else int(row[0])


def one(superuser: psycopg.Connection, query: str) -> object:
    """Return the one value that a query has."""
    row = superuser.execute(query.encode()).fetchone()
    assert row is not None, query
    return row[0]


def broken(superuser: psycopg.Connection) -> list[str]:
    """Return everything that a wall lets through, or hides from whom it should not."""
    found = []
    for table, is_tenants in tables(superuser).items():
        if not is_tenants:
            continue
        expected = {
            (Role.TENANT, OURS): 1,
            (Role.TENANT, THEIRS): 1,
            (Role.TENANT, "nobody"): 0,
            (Role.TENANT, None): 0,
            (Role.PLATFORM, None): 2,
            (Role.OWNER, None): 2,
        }
        for (role, tenant), number in expected.items():
            seen = count(superuser, table, role, tenant)
            if seen != number:
                found.append(f"{role} as {tenant} sees {seen} of {table}, not {number}")
    return found + unforced(superuser)


def unforced(superuser: psycopg.Connection) -> list[str]:
    """Return tenant tables whose owner, or anybody, goes round row security."""
    rows = superuser.execute(
        """SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)"""
    )
    tenants = {table for table, is_tenants in tables(superuser).items() if is_tenants}
    return [f"{name} is not forced" for (name,) in rows.fetchall() if name in tenants]


def test_every_table_of_the_catalogue_has_its_place(superuser: psycopg.Connection) -> None:
    found = tables(superuser)

    assert {name for name, is_tenants in found.items() if is_tenants} == set(walls.TENANT_TABLES)
    others = {name for name, is_tenants in found.items() if not is_tenants}
    assert others == {*walls.PLATFORM_TABLES, "alembic_version"}


def test_each_role_sees_what_it_should_of_every_table(superuser: psycopg.Connection) -> None:
    assert broken(superuser) == []


def test_every_policy_that_is_dropped_is_noticed(superuser: psycopg.Connection) -> None:
    policies = superuser.execute("SELECT tablename, policyname FROM pg_policies").fetchall()
    assert len(policies) == 3 * len(walls.TENANT_TABLES)

    for table, policy in policies:
        with superuser.transaction(force_rollback=True):
            superuser.execute(
                sql.SQL("DROP POLICY {} ON {}").format(
                    sql.Identifier(policy), sql.Identifier(table)
                )
            )
            assert any(f" of {table}," in what for what in broken_one(superuser, table)), (
                f"policy {policy} of {table} was dropped and nobody noticed"
            )


def test_a_policy_that_lets_everything_through_is_noticed(superuser: psycopg.Connection) -> None:
    for table in walls.TENANT_TABLES:
        with superuser.transaction(force_rollback=True):
            superuser.execute(
                sql.SQL("ALTER POLICY tenant ON {} USING (true)").format(sql.Identifier(table))
            )
            assert broken_one(superuser, table), table


def test_row_security_that_is_switched_off_is_noticed(superuser: psycopg.Connection) -> None:
    for table in walls.TENANT_TABLES:
        for switch in ("DISABLE", "NO FORCE"):
            with superuser.transaction(force_rollback=True):
                statement = f"ALTER TABLE {table} {switch} ROW LEVEL SECURITY"
                superuser.execute(statement.encode())
                assert f"{table} is not forced" in unforced(superuser)


def test_a_tenant_cannot_write_rows_of_another(superuser: psycopg.Connection) -> None:
    writable = [table for table, rights in walls.TENANT_WRITES.items() if "INSERT" in rights]
    for table in writable:
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL ROLE ironbull_tenant")
            superuser.execute("SELECT set_config(%s, %s, true)", (walls.SETTING, OURS))
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                every_table.insert_one(superuser, table, THEIRS, "b" * 16)


def test_a_tenant_cannot_change_rows_of_another(superuser: psycopg.Connection) -> None:
    for table, rights in walls.TENANT_WRITES.items():
        if "UPDATE" not in rights:
            continue
        with superuser.transaction(force_rollback=True):
            superuser.execute("SET LOCAL ROLE ironbull_tenant")
            superuser.execute("SELECT set_config(%s, %s, true)", (walls.SETTING, OURS))
            statement = f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = '{THEIRS}'"  # noqa: S608 - names of this file
            assert superuser.execute(statement.encode()).rowcount == 0, table
            statement = f"UPDATE {table} SET tenant_id = '{THEIRS}'"  # noqa: S608
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                superuser.execute(statement.encode())


def test_what_is_written_once_stays(superuser: psycopg.Connection) -> None:
    for table in walls.APPEND_ONLY:
        for role in PRODUCT_ROLES:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                row = superuser.execute(
                    "SELECT has_table_privilege(%s, %s, %s)", (role.value, table, right)
                ).fetchone()
                assert row == (False,), f"{role} may {right} {table}"


def test_the_merchant_api_writes_no_more_than_its_list(superuser: psycopg.Connection) -> None:
    for table in walls.TENANT_TABLES:
        for right in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            row = superuser.execute(
                "SELECT has_table_privilege('ironbull_tenant', %s, %s)", (table, right)
            ).fetchone()
            assert row == (right in walls.TENANT_WRITES.get(table, ""),), f"{right} {table}"


def test_every_reference_between_tenant_tables_carries_the_tenant(
    superuser: psycopg.Connection,
) -> None:
    rows = superuser.execute(
        """SELECT c.conrelid::regclass::text, c.conname,
            ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.conrelid
                AND attnum = ANY(c.conkey)),
            ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.confrelid
                AND attnum = ANY(c.confkey))
        FROM pg_constraint c WHERE c.contype = 'f'"""
    ).fetchall()

    assert len(rows) > len(walls.TENANT_TABLES)
    for table, name, ours, theirs in rows:
        assert "tenant_id" in ours, f"{name} of {table}"
        assert "tenant_id" in theirs, f"{name} of {table}"


def test_no_reference_reaches_into_another_tenant(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        """SELECT c.conrelid::regclass::text, a.attname::text, c.confrelid::regclass::text,
            b.attname::text
        FROM pg_constraint c, unnest(c.conkey, c.confkey) AS k (ours, theirs)
        JOIN pg_attribute a ON a.attnum = k.ours
        JOIN pg_attribute b ON b.attnum = k.theirs
        WHERE c.contype = 'f' AND a.attrelid = c.conrelid AND b.attrelid = c.confrelid
            AND a.attname <> 'tenant_id'"""
    ).fetchall()
    refused = 0
    for table, column, other, key in rows:
        with superuser.transaction(force_rollback=True):
            ours, theirs = (
                one(superuser, f"SELECT {key} FROM {other} WHERE tenant_id = '{tenant}'")  # noqa: S608
                for tenant in (OURS, THEIRS)
            )
            if ours == theirs:
                continue  # a name that both have: there is nothing of theirs to reach for
            statement = f"UPDATE {table} SET {column} = %s WHERE tenant_id = '{OURS}'"  # noqa: S608
            with pytest.raises(psycopg.errors.ForeignKeyViolation):
                superuser.execute(statement.encode(), (theirs,))
            refused += 1
    assert refused >= MIN_REFERENCES


def test_the_roles_of_the_product_are_no_superusers(superuser: psycopg.Connection) -> None:
    rows = superuser.execute(
        """SELECT rolname FROM pg_roles WHERE rolname LIKE 'ironbull_%'
        AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"""
    )
    assert rows.fetchall() == []


def test_a_migrated_database_migrates_to_itself(
    superuser: psycopg.Connection, role_urls: RoleUrls
) -> None:
    migrate.upgrade(role_urls.owner)

    row = superuser.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row == (migrate.head(),)


def broken_one(superuser: psycopg.Connection, table: str) -> list[str]:
    """Return what is wrong with one table: what `broken` says of it, in a fraction of the time."""
    expected = {
        (Role.TENANT, OURS): 1,
        (Role.TENANT, None): 0,
        (Role.PLATFORM, None): 2,
        (Role.OWNER, None): 2,
    }
    return [
        f"{role} as {tenant} sees {seen} of {table}, not {number}"
        for (role, tenant), number in expected.items()
        if (seen := count(superuser, table, role, tenant)) != number
    ]
