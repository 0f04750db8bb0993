import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.publish.epsilon import epsilon_text, millionths_of


@given(st.integers(1, 20_000_000))
def test_what_is_written_is_read_again(millionths: int) -> None:
    assert millionths_of(epsilon_text(millionths)) == millionths


@pytest.mark.parametrize("text", ["0", "-1", "20.1", "inf", "nan", "0.0000001", "much", ""])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"`.*`"):
        millionths_of(text)


def test_tenths_add_up() -> None:
    assert sum(millionths_of("0.1") for _ in range(10)) == millionths_of("1")
