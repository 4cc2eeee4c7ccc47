"""The roles of the product: each with its own password, none above row security."""

import psycopg
import pytest

from ironbull_local import database, postgres


@pytest.mark.parametrize("role", ["tenant", "platform"])
def test_a_product_role_may_connect_and_make_nothing(
    role_urls: database.RoleUrls, role: str
) -> None:
    with psycopg.connect(getattr(role_urls, role)) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (one int)")


def test_the_owner_makes_tables_and_is_no_superuser(role_urls: database.RoleUrls) -> None:
    with psycopg.connect(role_urls.owner) as connection:
        connection.execute("CREATE TABLE ours (one int)")
        row = connection.execute(
            "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False,)


def test_preparing_twice_keeps_what_is_there(
    postgres_server: postgres.Postgres, role_urls: database.RoleUrls
) -> None:
    with psycopg.connect(role_urls.owner) as connection:
        connection.execute("CREATE TABLE kept (one int)")
    name = role_urls.owner.rpartition("/")[2]
    again = database.prepare(postgres_server, dict.fromkeys(database.Role, "of-this-worker"), name)
    with psycopg.connect(again.owner) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
