"""A member tells with its version which tasks it reads; one that says nothing reads the first."""

import pytest

from ironbull_messages.fleet import READS, reads_of, told_version


def test_what_is_told_is_understood() -> None:
    assert reads_of(told_version("0.1.0")) == READS


@pytest.mark.parametrize("version", ["0.1.0", "", "0.1.0+", "0.1.0+local", "1"])
def test_a_version_that_names_no_generation_reads_the_first(version: str) -> None:
    assert reads_of(version) == 1
