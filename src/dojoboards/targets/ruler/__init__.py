"""The targets that are Mimir, Cortex or Loki: rules and an Alertmanager's configuration, through the configuration API.

`connection` asks and is refused. `rules` holds rule groups, which `groups` makes comparable and marks as ours, and
`health` sees that they run. `alertmanager` holds a tenant's Alertmanager configuration, a document that `notification`
makes with the values of secrets, and makes comparable without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dojoboards.artifact import Artifact
from dojoboards.model import Project, TargetSettings
from dojoboards.targets.ruler.alertmanager import AlertmanagerTarget
from dojoboards.targets.ruler.rules import RulesTarget


def ruler_target(
    project: Project, settings: TargetSettings, artifacts: Sequence[Artifact], root: Path
) -> RulesTarget | AlertmanagerTarget:
    """Return the target of a server that takes rules, or an Alertmanager's configuration, through its API.

    Args:
        project: Whose artifacts they are.
        settings: Where they go; its `api` is set.
        artifacts: All artifacts of the environment.
        root: The project's directory, to which relative paths refer.
    """
    make = AlertmanagerTarget if settings.system == "alertmanager" else RulesTarget
    return make(project, settings, artifacts, root)
