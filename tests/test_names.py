import difflib
import re

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
    assert names.slug("監視 1") != names.slug("概要 1")
    assert names.slug("監視 1").startswith("1-x")


def test_half_a_character_has_a_slug_and_an_id_too() -> None:
    assert names.slug("\ud800")
    assert names.panel_id("\ud800")


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


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Überblick: CPU & RAM", "uberblick-cpu-ram"),
        ("  --A__b  ", "a-b"),
        ("Straße", "strasse"),
        ("x²", "x2"),
        ("../../etc/passwd", "etc-passwd"),
        ("100 %", "100"),
    ],
)
def test_a_slug_has_words_and_hyphens(text: str, slug: str) -> None:
    assert names.slug(text) == slug


def test_the_key_of_a_panel_is_its_title_behind_that_of_its_row() -> None:
    assert (names.panel_key("CPU"), names.panel_key("CPU", "Hosts")) == ("CPU", "Hosts/CPU")


def test_panel_ids_are_the_same_for_ever() -> None:
    assert (names.panel_id("Hosts/CPU"), names.panel_id("")) == (1392405511, 1)


@given(st.integers(0, 20_000))
def test_ref_ids_are_unique(index: int) -> None:
    assert names.ref_id(index) != names.ref_id(index + 1)
    assert set(names.ref_id(index)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


UNITS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


@given(st.dictionaries(st.sampled_from(sorted(UNITS)), st.integers(0, 10**6), min_size=1))
def test_a_duration_is_the_sum_of_its_parts(parts: dict[str, int]) -> None:
    text = "".join(f"{parts[unit]}{unit}" for unit in UNITS if unit in parts)

    assert names.milliseconds(text) == sum(number * UNITS[unit] for unit, number in parts.items())


@pytest.mark.parametrize("pattern", [names.UID_PATTERN, names.METRIC_PATTERN, names.LABEL_PATTERN])
@pytest.mark.parametrize("text", ["", "a b", "é", "a/b", "a\n"])
def test_what_no_name_may_be_fits_no_pattern(pattern: str, text: str) -> None:
    assert not re.fullmatch(pattern, text)


def test_the_tag_of_a_project_names_it() -> None:
    assert names.project_tag("shop") == "dojoboards:shop"


def test_a_word_that_is_like_nothing_known_has_no_nearest() -> None:
    assert names.nearest("xyz", ["critical", "warning"]) == ""
    assert names.hint("xyz", ["critical"]) == "known: critical"


def test_a_word_gets_its_article() -> None:
    assert [names.a(word) for word in ("int", "list", "OrderedDict", "")] == [
        "an int",
        "a list",
        "an OrderedDict",
        "a ",
    ]


@given(
    word=st.text("abc:_", max_size=8),
    known=st.lists(st.text("abc:_", max_size=8), max_size=12),
    least=st.sampled_from([0.1, 0.5, 0.9]),
)
def test_the_nearest_word_is_the_one_that_difflib_finds(word: str, known: list[str], least: float) -> None:
    assert [names.nearest(word, known, least)] == (
        difflib.get_close_matches(word, sorted(known), n=1, cutoff=least) or [""]
    )
