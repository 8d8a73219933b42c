from pathlib import Path

import pytest

from dojoboards.errors import DojoboardsError
from dojoboards.targets.directories.address import Address, address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ssh://prometheus-1/etc/prometheus", Address("prometheus-1", "/etc/prometheus")),
        ("ssh://deploy@h.example:2222/etc/p", Address("h.example", "/etc/p", "deploy", "2222")),
        ("ssh://[::1]:2222/path", Address("::1", "/path", "", "2222")),
        ("ssh://deploy@[fe80::1%eth0]/path", Address("fe80::1%eth0", "/path", "deploy")),
        ("ssh://h/etc//prometheus/./rules/../", Address("h", "/etc/prometheus")),
        ("ssh://h/with%20a%20space/100%25", Address("h", "/with a space/100%")),
        ("ssh://h/?a#b", Address("h", "/?a#b")),
    ],
)
def test_an_address_has_a_host_and_a_path(text: str, expected: Address) -> None:
    assert address(text, Path("/project")) == expected


def test_an_address_is_shown_as_it_is_written() -> None:
    text = "ssh://deploy@[::1]:2222/etc/prometheus"

    assert str(address(text, Path("/project"))) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ssh://-oProxyCommand=touch%20x/etc", "no host is called '-oProxyCommand=touch%20x'"),
        ("ssh://-l@h/etc", "no user is called '-l'"),
        ("ssh://@h/etc", "no user is called ''"),
        ("ssh://a b/etc", "no host is called 'a b'"),
        ("ssh://h;id/etc", "no host is called 'h;id'"),
        ("ssh://$(id)/etc", "no host is called '$(id)'"),
        ("ssh:///etc", "no host is called ''"),
        ("ssh://", "no host is called ''"),
        ("ssh://[h]/etc", "no host is called 'h'"),
        ("ssh://::1/etc", "no host is called ''"),
        ("ssh://h:/etc", "'' is no port"),
        ("ssh://h:0/etc", "'0' is no port"),
        ("ssh://h:65536/etc", "'65536' is no port"),
        ("ssh://h:-p/etc", "'-p' is no port"),
        ("ssh://h", "ssh://h names no directory"),
        ("ssh://h/", "ssh://h/ names no directory"),
        ("ssh://h/etc/..", "ssh://h/etc/.. names no directory"),
        ("ssh:/h/etc", "ssh:/h/etc is neither a path nor the address of a directory"),
        ("ftp://u:hunter2@h/etc", "ftp://h/etc is neither a path nor the address of a directory"),
        ("SSH://h/etc", "SSH://h/etc is neither a path nor the address of a directory"),
        ("sftp://h/etc", "sftp://h/etc is neither a path nor the address of a directory"),
        ("ssh://h/a%0Ab", "ssh://h/a%0Ab names no directory"),
    ],
)
def test_what_ssh_or_a_shell_could_take_for_something_else_is_refused(text: str, message: str) -> None:
    with pytest.raises(DojoboardsError) as caught:
        address(text, Path("/project"))

    (problem,) = caught.value.problems
    assert problem.message in {message, f"{text}: {message}"}
    assert str(problem.source) == "/project/dojoboards.yaml"
    assert problem.exit == 2


def test_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(DojoboardsError) as caught:
        address("ssh://deploy:hunter2@h/etc", Path("/project"))

    assert "holds a password" in str(caught.value)
    assert "hunter2" not in str(caught.value)
