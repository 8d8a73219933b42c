import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojoboards import names


@given(st.text())
def test_a_slug_can_stand_in_a_path_and_a_uid(text: str) -> None:
    slug = names.slug(text)

    assert slug
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_titles_without_ascii_letters_get_different_slugs() -> None:
    assert names.slug("監視") != names.slug("概要")


@given(st.text())
def test_a_panel_id_fits_a_signed_32_bit_integer_and_is_never_zero(key: str) -> None:
    assert 1 <= names.panel_id(key) < 2**31


def test_ref_ids_count_as_grafana_does() -> None:
    assert [names.ref_id(index) for index in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("duration", "milliseconds"), [("30s", 30_000), ("1h30m", 5_400_000), ("1d", 86_400_000), ("0", 0), ("250ms", 250)]
)
def test_durations_are_those_of_prometheus(duration: str, milliseconds: int) -> None:
    assert names.milliseconds(duration) == milliseconds


@pytest.mark.parametrize("duration", ["", "5", "1.5m", "5 m", "m5", "1m1h", "-5m", "5m\n"])
def test_what_prometheus_refuses_as_a_duration_is_refused(duration: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        names.milliseconds(duration)


def test_a_hint_names_the_nearest_known_word_and_all_others() -> None:
    assert names.hint("criticl", ["warning", "critical"]) == "did you mean 'critical'? known: critical, warning"
    assert names.hint("x", []) == "none is declared"
