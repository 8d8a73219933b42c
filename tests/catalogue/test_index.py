"""What matchers may accept is found without a look at each, and nothing that they accept is left out."""

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from dojoboards.catalogue.index import Index
from dojoboards.catalogue.relabel import LabelSet
from dojoboards.expressions import Matcher
from dojoboards.lint.dispatch import fits, fitting
from dojoboards.model.catalogue import ABSENT, ANY, OPTIONAL, Values


class Thing(NamedTuple):
    labels: LabelSet


NAMES, TEXTS = st.sampled_from(["a", "b"]), st.sampled_from(["", "x", "y", "z"])
VALUES = st.sampled_from([ANY, OPTIONAL, ABSENT]) | st.frozensets(TEXTS, min_size=1, max_size=3).map(Values)
THINGS = st.builds(
    Thing, st.builds(LabelSet, st.dictionaries(NAMES, VALUES, max_size=2), st.sampled_from([None, (), (("a", False),)]))
)
MATCHERS = st.builds(
    '{}{}"{}"'.format, NAMES, st.sampled_from(["=", "!=", "=~", "!~"]), st.sampled_from(["", "x", "x|y", ".*", "$x"])
)


@settings(max_examples=200, deadline=None)
@given(things=st.lists(THINGS, max_size=24), matchers=st.lists(MATCHERS, min_size=1, max_size=3))
def test_all_that_matchers_may_accept_is_found_in_its_order(things: list[Thing], matchers: list[str]) -> None:
    asked = [(each, fits(matchers, each.labels)) for each in things]

    assert fitting(matchers, Index(things)) == [(each, match) for each, match in asked if match is not False]


def test_of_many_things_only_those_with_the_value_are_looked_at() -> None:
    things = [Thing(LabelSet({"a": Values(frozenset({str(number)}))})) for number in range(100)]
    index = Index([*things, Thing(LabelSet({"a": ANY}))])

    assert index.perhaps([Matcher("b", "!=", "x"), Matcher("a", "=~", "7|50")]) == [
        things[7],
        things[50],
        index.all[-1],
    ]
