"""Fixtures for every level of tests."""

pytest_plugins = ["fixtures.left_sockets", "fixtures.servers"]
