"""Fixtures for every level of tests."""

from hypothesis import settings

pytest_plugins = ["fixtures.left_sockets", "fixtures.servers"]

# A law holds however busy the machine is: hypothesis' 200 ms per example are a timed assertion.
settings.register_profile("ironbull", deadline=None)
settings.load_profile("ironbull")
