from dojoboards import schemas
from dojoboards.artifact import KINDS
from dojoboards.commands import build, planning
from dojoboards.targets import directory
from dojoboards.targets.systems import SYSTEMS


def test_every_system_is_named_wherever_systems_are_listed() -> None:
    known = set(SYSTEMS)

    assert set(directory._KINDS) == known
    assert set(planning._ORDER) == known
    assert set(build.SYSTEMS) == known
    assert set(schemas.schema("config")["$defs"]["environment"]["properties"]["targets"]["properties"]) == known


def test_what_a_directory_takes_are_kinds_of_artifacts() -> None:
    assert frozenset().union(*directory._KINDS.values()) <= set(KINDS)
