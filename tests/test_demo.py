import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_without_servers_the_demo_pushes_to_directories_and_says_how_to_get_them(tmp_path: Path) -> None:
    script = (
        "import stack\nstack.find = lambda name: ''\n"
        f"import demo\nfrom pathlib import Path\ndemo.WORK = Path({str(tmp_path)!r})\ndemo.main()\n"
    )
    variables = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}{os.pathsep}{ROOT / 'tools'}"}

    done = subprocess.run(
        [sys.executable, "-c", script], env=variables, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "local: pushed 15 changes; not verified" in done.stdout
    assert "local: nothing to change; not verified" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("To see them live: make stack (Debian), or put prometheus")
    assert (tmp_path / "prometheus/rules/service.yml").exists()


def test_the_demo_shows_what_is_live_and_pushes_nothing_the_second_time(programs: None) -> None:
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}

    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/demo.py")],
        env=variables, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    output = done.stdout
    assert "local: pushed " in output
    assert "DojoPool / Main " in output
    assert "monitoring                 7 rules: 7 ok" in output
    assert 'severity="critical"                  -> operations-mail and on' in output
    assert output.index("Push again") < output.index("local: nothing to change; the servers run it")
    assert not [line for line in output.splitlines() if " err" in line or (" unknown" in line and "rules:" in line)]
