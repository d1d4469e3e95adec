"""Keys of days and hours: what is one, how they move, and how far they lie apart."""

import pytest

from aug_assets import partition_key


@pytest.mark.parametrize("key", ["2025-01-31", "2024-02-29", "2025-01-31T00", "2025-12-31T23"])
def test_keys_are_read_and_written_alike(key: str) -> None:
    assert partition_key.moved(key, 0) == key
    assert partition_key.is_hour(key) == ("T" in key)


@pytest.mark.parametrize(
    "key",
    ["", "2025-1-31", "2025-02-29", "2025-01-31T24", "2025-01-31T5", "2025-01-31 05", "20250131", "now"],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        partition_key.parse(key)


def test_they_move_by_days_and_lie_apart_in_partitions() -> None:
    assert partition_key.moved("2025-03-01", -1) == "2025-02-28"
    assert partition_key.moved("2025-03-01T07", -1) == "2025-02-28T07"
    assert partition_key.apart("2025-02-28", "2025-03-01") == 1
    assert partition_key.apart("2025-02-28T23", "2025-03-01T01") == 2
    assert partition_key.apart("2025-03-01T01", "2025-02-28T23") == -2
    assert partition_key.days_apart("2025-02-28T23", "2025-03-01T22") == 0


def test_what_comes_round_is_the_weekday_or_the_hour() -> None:
    assert partition_key.season("2025-01-06") == partition_key.season("2025-01-13") == 0
    assert partition_key.season("2025-01-06T05") == partition_key.season("2025-01-07T05") == 5
