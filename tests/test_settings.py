from typing import Any

import pytest

from dojoboards.settings import misgiven


@pytest.mark.parametrize(
    ("value", "default", "unit", "told"),
    [
        (
            90,
            0.9,
            "percentunit",
            (
                "expected a ratio, of which 1 is 100 %: "
                "did you mean 0.9? Where 90 times the whole is meant, leave out the `unit`"
            ),
        ),
        (
            5,
            None,
            "percentunit",
            (
                "expected a ratio, of which 1 is 100 %: "
                "did you mean 0.05? Where 5 times the whole is meant, leave out the `unit`"
            ),
        ),
        ("5 seconds", "30s", "", "expected a duration as its default '30s': did you mean '5s'?"),
        ("30m1h", "1h", "", "expected a duration as its default '1h': did you mean '1h30m'?"),
        (60, "30s", "", "expected a duration as its default '30s': did you mean '60s'?"),
        ("0.9", 0.8, "percentunit", "expected a number as its default 0.8: did you mean 0.9, without quotes?"),
        ("90 %", 0.8, "percentunit", "expected a number as its default 0.8: did you mean 0.9, without quotes?"),
        ("90%", 80, "percent", "expected a number as its default 80: did you mean 90, without quotes?"),
        ("1,5", 2, "s", "expected a number as its default 2: did you mean 1.5, without quotes?"),
    ],
)
def test_a_value_that_cannot_be_meant_is_told_with_the_nearest_that_can(
    value: Any, default: Any, unit: str, told: str
) -> None:
    (found,) = misgiven(value, default, unit)

    assert f"expected {found.expected}: {found.remedy}" == told


@pytest.mark.parametrize(
    ("value", "default", "unit"),
    [
        (1.5, 0.8, "percentunit"),
        (90, 80, "percent"),
        (14.4, 6, ""),
        (True, 0.5, "percentunit"),
        ("1h30m", "30s", ""),
        ("", "30s", ""),
        ("never", "30s", ""),
        ("$__rate_interval", "5m", ""),
        ("auto", 3, ""),
        ("nan", 3, ""),
        ("5 seconds", "as long as it takes", ""),
        (["a"], "30s", ""),
        ({"5m": "10s"}, {}, ""),
    ],
)
def test_what_may_be_meant_is_let_pass(value: Any, default: Any, unit: str) -> None:
    assert list(misgiven(value, default, unit)) == []
