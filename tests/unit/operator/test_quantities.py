"""Amounts are written as the Kubernetes API returns them."""

import pytest

from ironbull_operator.desired.quantities import canonical


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        ("500m", "500m"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("1000", "1k"),
        ("4", "4"),
        ("1024Mi", "1Gi"),
        ("1500Mi", "1500Mi"),
        ("2000M", "2G"),
        ("1048576Ki", "1Gi"),
    ],
)
def test_an_amount_is_written_as_the_api_returns_it(given: str, returned: str) -> None:
    assert canonical(given) == returned


def test_what_is_no_amount_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'1\.5Gi' is no quantity"):
        canonical("1.5Gi")
