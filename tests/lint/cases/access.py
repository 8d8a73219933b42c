"""Who may see what in Grafana, rightly and wrongly declared."""

from dojoboards.artifact import Artifact
from dojoboards.model import DataSource, DataSourceRef, Environment, Folder, Project, Team
from support.lint import Case, at, project


def folder(uid: str, line: int = 1, **fields: object) -> Folder:
    return Folder(**{"uid": uid, "title": uid.title(), "source": at(line), **fields})  # type: ignore[arg-type]


def permissions(**fields: object) -> Project:
    return project(
        folders=[folder("shop", permissions=fields["permissions"])],
        teams=[Team(name="operations", source=at(8)), Team(name="developers", source=at(9))],
    )


def data_source(name: str, line: int = 1, **fields: object) -> DataSource:
    return DataSource(**{"name": name, "type": "prometheus", "source": at(line), **fields})  # type: ignore[arg-type]


def data_sources(*given: DataSource, **refs: str) -> Project:
    known = {name: DataSourceRef(uid=uid, type="prometheus") for name, uid in refs.items()}
    return project(data_sources=given, environment=Environment(name="test", data_sources=known))


def board(uid: str) -> Artifact:
    return Artifact("dashboard", uid, f"grafana/dashboards/general/{uid}.json", b"{}\n", at(4))


BAD = [
    Case(
        "dashboard/uid",
        project(),
        [
            (
                "content.py:4: 'shop.main' is not the uid of a dashboard\n"
                "    give 1 to 40 letters, digits, hyphens and underscores"
            )
        ],
        [board("shop.main"), board("shop-main")],
    ),
    Case(
        "dashboard/unique",
        project(),
        [
            (
                "content.py:4: two dashboards have the uid 'shop': this one and that at content.py:4\n"
                "    give one of them another uid"
            )
        ],
        [board("shop"), board("shop"), board("other")],
    ),
    Case(
        "folder/uid",
        project(folders=[folder("shop/db"), folder("x" * 41, title=" ")]),
        [
            (
                "content.py:1: 'shop/db' is not the uid of a folder\n"
                "    give 1 to 40 letters, digits, hyphens and underscores"
            ),
            (
                f"content.py:1: '{'x' * 41}' is not the uid of a folder\n"
                "    give 1 to 40 letters, digits, hyphens and underscores"
            ),
            f"content.py:1: the folder '{'x' * 41}' has no title\n    give it a `title`",
        ],
    ),
    Case(
        "folder/unique",
        project(folders=[folder("shop"), folder("shop", 2, title="Other")]),
        ["content.py:2: two folders have the uid 'shop'\n    the first is at content.py:1"],
    ),
    Case(
        "folder/unique",
        project(folders=[folder("a", title="Shop"), folder("b", 2, title="Shop"), folder("c", 3, parent="a")]),
        ["content.py:2: two folders at the top have the title 'Shop'\n    rename one; the first is at content.py:1"],
    ),
    Case(
        "folder/unique",
        project(folders=[folder("a"), folder("b", 2, title="X", parent="a"), folder("c", 3, title="X", parent="a")]),
        [
            (
                "content.py:3: two folders in the folder 'a' have the title 'X'\n"
                "    rename one; the first is at content.py:2"
            )
        ],
    ),
    Case(
        "folder/directory",
        project(folders=[folder("a", title="Data bases"), folder("b", 2, title="Data-Bases")]),
        [
            (
                "content.py:2: the folders 'Data bases' and 'Data-Bases' share the directory data-bases/\n"
                "    rename one; the first is at content.py:1"
            )
        ],
    ),
    Case(
        "folder/directory",
        project(folders=[folder("general")]),
        [
            (
                "content.py:1: the folder 'General' shares its directory with the dashboards that are in no folder\n"
                "    rename it, or leave its dashboards without a folder"
            )
        ],
    ),
    Case(
        "folder/parent",
        project(folders=[folder("shop"), folder("db", 2, parent="Shop")]),
        ["content.py:2: the folder 'db' lies in the unknown folder 'Shop'\n    did you mean 'shop'? known: db, shop"],
    ),
    Case(
        "folder/parent",
        project(folders=[folder("a", parent="b"), folder("b", 2, parent="a"), folder("c", 3, parent="a")]),
        [
            "content.py:1: the folder 'a' lies in itself: 'a' in 'b' in 'a'\n    take one `parent` of the circle away",
            "content.py:2: the folder 'b' lies in itself: 'b' in 'a' in 'b'\n    take one `parent` of the circle away",
        ],
    ),
    Case(
        "folder/permissions",
        permissions(permissions={"operation": "Edit", "role:viewer": "View", "user:": "View", "team:x": "View"}),
        [
            (
                "content.py:1: the folder 'shop' gives a permission to the unknown team 'operation'\n"
                "    did you mean 'operations'? known: developers, operations; or write role:... or user:..."
            ),
            (
                "content.py:1: the folder 'shop' gives a permission to the unknown role 'viewer'\n"
                "    did you mean 'role:Viewer'? known: role:Editor, role:Viewer"
            ),
            "content.py:1: the folder 'shop' gives a permission to a user without a login\n    write user:LOGIN",
            (
                "content.py:1: the folder 'shop' gives a permission to the unknown team 'team:x'\n"
                "    known: developers, operations; or write role:... or user:..."
            ),
        ],
    ),
    Case(
        "folder/permissions",
        permissions(permissions={"operations": "Edti"}),
        [
            (
                "content.py:1: the folder 'shop' gives 'operations' the unknown permission 'Edti'\n"
                "    did you mean 'Edit'? known: Admin, Edit, View"
            )
        ],
    ),
    Case(
        "team/unique",
        project(teams=[Team(name="a", source=at(1)), Team(name="a", source=at(2))]),
        ["content.py:2: two teams have the name 'a'\n    rename one; the first is at content.py:1"],
    ),
    Case(
        "team/unique",
        project(teams=[Team(name="Web Shop", source=at(1)), Team(name="web-shop", source=at(2))]),
        [
            (
                "content.py:2: the teams 'Web Shop' and 'web-shop' share the file web-shop.json\n"
                "    rename one; the first is at content.py:1"
            )
        ],
    ),
    Case(
        "team/name",
        project(
            teams=[
                Team(name="", source=at(1)),
                Team(name="role:Viewer", source=at(2)),
                Team(name="web", members=["mira", ""], source=at(3)),
            ]
        ),
        [
            "content.py:1: a team has no name\n    give it a `name`",
            (
                "content.py:2: the team 'role:Viewer' is named like what permissions call a role or a user\n"
                "    take another name"
            ),
            "content.py:3: the team 'web' has a member without a login\n    take it away",
        ],
    ),
    Case(
        "data-source/unique",
        data_sources(data_source("a"), data_source("a", 2), data_source("b", 3, title="a")),
        [
            "content.py:2: the data source 'a' is declared twice\n    keep one; the first is at content.py:1",
            (
                "content.py:3: the data sources 'a' and 'b' have the title 'a'\n"
                "    give one another `title`; the first is at content.py:1"
            ),
        ],
    ),
    Case(
        "data-source/unique",
        data_sources(data_source("a"), data_source("b", 2), a="prom", b="prom"),
        ["content.py:2: the data sources 'a' and 'b' have the uid 'prom'\n    give one another uid in dojoboards.yaml"],
    ),
    Case(
        "data-source/default",
        data_sources(data_source("a", default=True), data_source("b", 2, default=True)),
        [
            (
                "content.py:2: the data sources 'a' and 'b' are both the default\n"
                "    keep `default=True` on one; the first is at content.py:1"
            )
        ],
    ),
]

GOOD = [
    Case("dashboard/uid", project(), artifacts=[board("shop-main_2")]),
    Case("dashboard/unique", project(), artifacts=[board("shop"), board("shop-main")]),
    Case("folder/uid", project(folders=[folder("x" * 40)])),
    Case("folder/unique", project(folders=[folder("a"), folder("b", title="A ", parent="a"), folder("c", parent="b")])),
    Case("folder/directory", project(folders=[folder("a"), folder("b", parent="a", title="General")])),
    Case("folder/parent", project(folders=[folder("b", parent="a"), folder("a")])),
    Case(
        "folder/permissions",
        permissions(permissions={"operations": "Edit", "role:Viewer": "View", "user:mira": "Admin"}),
    ),
    Case("folder/permissions", permissions(permissions=None)),
    Case("folder/permissions", permissions(permissions={})),
    Case("team/unique", project(teams=[Team(name="web"), Team(name="Web 2")])),
    Case("team/name", project(teams=[Team(name="operations", members=["mira", "ops@example.com"])])),
    Case("data-source/unique", data_sources(data_source("a"), data_source("b", title="B"), a="1", b="2")),
    Case("data-source/default", data_sources(data_source("a", default=True), data_source("b"))),
]
