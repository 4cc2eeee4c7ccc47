"""Fixtures for every level of tests."""

pytest_plugins = ["fixtures.servers"]
