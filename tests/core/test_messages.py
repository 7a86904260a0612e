"""Numbers in sentences: a minus that is one, and no minus before a zero."""

import pytest

from unet_core.messages import Signed


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [(-0.25, "+.2f", "−0.25"), (0.25, "+.2f", "+0.25"), (-0.25, ".1f", "−0.2"), (-0.001, "+.2f", "+0.00"),
     (-0.001, ".2f", "0.00"), (0.0, "+.2f", "+0.00"), (-12345.6, ",.0f", "−12,346"), (-1e-9, ".2g", "−1e−09")],
)  # fmt: skip
def test_a_signed_number_is_written_with_a_minus(value: float, spec: str, text: str) -> None:
    assert f"{Signed(value):{spec}}" == text
