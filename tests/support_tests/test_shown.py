import pytest

pytest_plugins = ["pytester"]

SHOWS = {
    "prints": "def test_it():\n    print('the token is example-hook-token')\n",
    "reads": "def test_it(capsys):\n    print('example-secret')\n    assert capsys.readouterr().out\n",
    "leaves": "def test_it(capfd):\n    print('example-other-password')\n",
    "logs": "import logging\n\ndef test_it():\n    logging.getLogger('x').debug('glsa_example0')\n",
    "ends": (
        "import pytest, sys\n\n@pytest.fixture\ndef it():\n    yield\n    print('hunter2', file=sys.stderr)\n\n"
        "def test_it(it):\n    pass\n"
    ),
    "runs": (
        "import subprocess\n\n"
        "def test_it():\n    subprocess.run(['echo', 'example-secret-0'], capture_output=True, check=True)\n"
    ),
}
SHOWS_NONE = {
    "may": "import pytest\n\n@pytest.mark.shows_secrets\ndef test_it():\n    print('hunter2')\n",
    "harmless": "def test_it():\n    print('an example of a token')\n",
}


@pytest.mark.shows_secrets
def test_a_test_that_shows_a_secret_fails_unless_it_says_that_it_does(
    pytester: pytest.Pytester, request: pytest.FixtureRequest
) -> None:
    root = request.config.rootpath
    pytester.makeconftest((root / "tests/conftest.py").read_text())
    pytester.makeini(
        f"[pytest]\nmarkers = shows_secrets: on purpose\nlog_level = DEBUG\npythonpath = {root}/tests {root}/tools\n"
    )
    pytester.makepyfile(**{f"test_{name}": text for name, text in {**SHOWS, **SHOWS_NONE}.items()})

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", timeout=60)

    result.assert_outcomes(passed=len(SHOWS) + len(SHOWS_NONE), errors=len(SHOWS))
    for name in SHOWS:
        result.stdout.fnmatch_lines([f"ERROR test_{name}.py::test_it*"])
    result.stdout.fnmatch_lines(["it shows secrets:", "*example-hook-token*"])
