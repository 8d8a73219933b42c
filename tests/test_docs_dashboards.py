import re
from pathlib import Path
from typing import get_type_hints

import pytest

from dojoboards import panels, variables
from dojoboards.artifact import Artifact
from dojoboards.load import load
from dojoboards.model import DataSourceRef, Environment, Setting
from dojoboards.render import dashboards

TEXT = (Path(__file__).parents[1] / "docs/dashboards.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"^<!-- example: (\w+) -->\n```python\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE))

ENV = Environment(
    name="prod",
    settings={"error_ratio_max": Setting(value=0.05, unit="percentunit")},
    data_sources={name: DataSourceRef(uid=name, type=name) for name in ("prometheus", "loki")},
)


def test_every_block_of_python_is_an_example() -> None:
    assert len(EXAMPLES) == TEXT.count("```python")


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_module_that_makes_a_dashboard(name: str, tmp_path: Path) -> None:
    (tmp_path / "dashboards").mkdir()
    (tmp_path / f"dashboards/{name}.py").write_text(EXAMPLES[name], encoding="utf-8")

    made = list(dashboards.render(load(tmp_path, ENV, "shop")))

    assert [str(item) for item in made if not isinstance(item, Artifact)] == []
    assert len(made) == 1


def test_the_page_names_every_panel_function_option_and_kind_of_variable() -> None:
    functions = {name for name in panels.__all__ if name.islower()} - {"row"}
    kinds = {name for name, value in vars(variables).items() if getattr(value, "__module__", "") == variables.__name__}
    wanted = {f"panels.{name}" for name in functions} | {f"variables.{name}" for name in kinds if name.islower()}

    assert {name for name in wanted if name not in TEXT and not name.startswith("variables._")} == set()
    assert [option for option in get_type_hints(panels.PanelOptions) if f"`{option}`" not in TEXT] == []
