from pathlib import Path

import pytest

from dojoboards.errors import DojoboardsError
from dojoboards.model import Lookup, SecretRef
from dojoboards.targets.secrets import lookup, resolve


def test_a_variable_gives_its_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "example-token")

    assert resolve(SecretRef(env="SHOP_TOKEN"), "the token", tmp_path) == "example-token"


def test_a_file_gives_its_content_without_the_last_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("example\ntoken\n")

    assert resolve(SecretRef(file="token"), "the token", tmp_path) == "example\ntoken"


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (SecretRef(env="SHOP_UNSET"), "the token: the environment variable SHOP_UNSET is not set"),
        (SecretRef(file="gone"), "the token: cannot read the file gone: No such file or directory"),
        (SecretRef(file="empty"), "the token: the file empty is empty"),
        (SecretRef(file="binary"), "the token: cannot read the file binary: it is not UTF-8 text"),
    ],
)
def test_what_cannot_be_had_is_told_without_showing_anything(
    reference: SecretRef, message: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    with pytest.raises(DojoboardsError) as caught:
        resolve(reference, "the token", tmp_path)

    assert [problem.message for problem in caught.value.problems] == [message]


def test_a_lookup_falls_back_to_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = Lookup(env="SHOP_URL", default="http://127.0.0.1:9090")

    assert lookup(reference) == "http://127.0.0.1:9090"
    monkeypatch.setenv("SHOP_URL", "http://prometheus.example:9090")
    assert lookup(reference) == "http://prometheus.example:9090"
    assert lookup("plain") == "plain"
