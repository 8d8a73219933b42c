"""How versions of Grafana differ, as far as a push can notice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flavour:
    """A version of Grafana.

    Args:
        version: What it says of itself.
        commit: The same.
        nested_folders: Folders have parents, and `GET /folders` lists one level.
        unique_titles: Two dashboards of a folder, or two folders, cannot have the same title;
            a dashboard saved with `overwrite` takes the place of its namesake, and the namesake's uid.
        every_save_counts: A save that changes nothing makes a version all the same.
        versions_in_envelope: `/versions` answers an object with `versions` and `continueToken`, which it pages by.
        schema_v2: Dashboards may be stored in schema v2.
        team_uids: Teams and their grants carry a uid.
        folder_uids_filter: `/search` takes `folderUIDs`; otherwise it takes no notice of it.
        scopes_by_default: `/access-control/user/permissions` gives scopes without being asked for them.
        restores: `POST /dashboards/uid/{uid}/restore` exists.
        grants_to_services: A service account gets Admin on what it creates, as a user does.
        message_limit: How long the message of a save may be; 0: without limit.
        first_id: The first number that the server gives to something.
        new_folder_grants: What a new top-level folder grants to basic roles, as role and permission.
    """

    version: str
    commit: str
    nested_folders: bool
    unique_titles: bool
    every_save_counts: bool
    versions_in_envelope: bool
    schema_v2: bool
    team_uids: bool
    folder_uids_filter: bool
    scopes_by_default: bool
    restores: bool
    grants_to_services: bool
    message_limit: int
    first_id: int
    new_folder_grants: tuple[tuple[str, int], ...]


FLAVOURS = {
    "9.4": Flavour(
        version="9.4.7",
        commit="4add91f03d",
        nested_folders=False,
        unique_titles=True,
        every_save_counts=True,
        versions_in_envelope=False,
        schema_v2=False,
        team_uids=False,
        folder_uids_filter=False,
        scopes_by_default=False,
        restores=True,
        grants_to_services=True,
        message_limit=0,
        first_id=1,
        new_folder_grants=(("Editor", 2), ("Viewer", 1)),
    ),
    "13": Flavour(
        version="13.0.1",
        commit="5b1d4ae2c1",
        nested_folders=True,
        unique_titles=False,
        every_save_counts=False,
        versions_in_envelope=True,
        schema_v2=True,
        team_uids=True,
        folder_uids_filter=True,
        scopes_by_default=True,
        restores=False,
        grants_to_services=False,
        message_limit=500,
        first_id=3_461_768_331_415_552,
        new_folder_grants=(),
    ),
}
