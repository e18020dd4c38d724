"""The wheel, built and installed in a fresh virtual environment outside the checkout."""

import gettext
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parent.parent
PACKAGES = ("analysis", "questionnaires", "surveytool", "translations")
#: What pyproject.toml asks for; where it is here already, nothing is fetched to build with.
SETUPTOOLS = 77


def _run(*command: str | Path, cwd: Path) -> str:
    # Nothing of this environment's own settings may lead back to the checkout.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SURVEYTOOL_"))}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def files() -> list[str]:
    """Every file of the checkout that git knows or would take."""
    listed = _run("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=CHECKOUT).split("\0")
    return [name for name in listed if name and (CHECKOUT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(files: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in files:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CHECKOUT / name, source / name)
    here = ["--no-isolation"] if int(version("setuptools").split(".")[0]) >= SETUPTOOLS else []
    _run(sys.executable, "-m", "build", "--wheel", *here, "--outdir", out, source, cwd=out)
    (built,) = out.glob("*.whl")
    return built


class Installed:
    """A virtual environment with the wheel in it, and this environment's packages for what it needs."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder / "environment"
        self.elsewhere = folder / "elsewhere"
        self.elsewhere.mkdir()
        venv.create(self.folder)
        python = self.folder / "bin" / "python"
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
        _run(*pip, wheel, cwd=self.elsewhere)
        # A plain path: what is installed there is found, but an editable install's own hooks are not run.
        self.packages = Path(self.python("import sysconfig; print(sysconfig.get_path('purelib'))").strip())
        (self.packages / "needed.pth").write_text(sysconfig.get_path("purelib"))

    def python(self, script: str, *args: str | Path) -> str:
        return _run(self.folder / "bin" / "python", "-c", script, *args, cwd=self.elsewhere)

    def surveytool(self, *args: str | Path) -> str:
        return _run(self.folder / "bin" / "surveytool", *args, cwd=self.elsewhere)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a fresh virtual environment."""
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel: Path, files: list[str]) -> None:
    with zipfile.ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if ".dist-info/" not in name}

    assert held == {name for name in files if name.startswith(tuple(f"{package}/" for package in PACKAGES))}


def test_what_is_installed_is_what_runs(installed: Installed) -> None:
    script = """
import json, analysis, surveytool
from surveytool import places
print(json.dumps([analysis.__file__, surveytool.__file__, *map(str, (places.QUESTIONNAIRES, places.TRANSLATIONS))]))
"""
    found = [Path(path) for path in json.loads(installed.python(script))]

    assert found == [
        installed.packages / "analysis" / "__init__.py",
        installed.packages / "surveytool" / "__init__.py",
        installed.packages / "questionnaires",
        installed.packages / "translations",
    ]


def test_check_reads_what_is_installed(installed: Installed, tmp_path: Path) -> None:
    assert "Every questionnaire and translation is whole." in installed.surveytool("check")

    thai = installed.packages / "questionnaires" / "partner_survey" / "th.yaml"
    whole = thai.read_text("utf-8")
    thai.write_text("\n".join(line for line in whole.splitlines() if not line.startswith("title:")), "utf-8")
    try:
        with pytest.raises(AssertionError, match=r"(?s)th\.yaml.*problem"):
            installed.surveytool("check")
    finally:
        thai.write_text(whole, "utf-8")


def test_the_demonstration_and_its_results_work_where_it_is_installed(installed: Installed, tmp_path: Path) -> None:
    printed = installed.surveytool("--instance", tmp_path, "demo", "--no-serve")
    account = re.search(r"(evaluator@example.org) +(\S+)", printed)
    assert account

    results = json.loads(installed.surveytool("--instance", tmp_path, "results", "mekong-2003", "--format", "json"))

    assert results["forms"]["valid"] == 38
    pages = _pages(installed, tmp_path, *account.groups())
    assert {path: status for path, (status, _) in pages.items() if status != 200} == {}
    # The interface's words are read too, not the questionnaire's alone.
    words = gettext.translation("public", CHECKOUT / "translations", ["km"])
    assert words.gettext("Send answers") in pages["/c/demo/km"][1]


def _pages(installed: Installed, instance: Path, email: str, password: str) -> dict[str, Any]:
    """Fetch pages and what they need from the application as installed, signed in."""
    script = """
import json, re, sys
from surveytool.app import create_app
client = create_app(sys.argv[1], LOCAL=True).test_client()
token = re.search('name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)[1]
client.post("/login", data={"csrf_token": token, "email": sys.argv[2], "password": sys.argv[3]})
answers = {path: client.get(path) for path in sys.argv[4:]}
print(json.dumps({path: (a.status_code, a.get_data().decode("utf-8", "replace")) for path, a in answers.items()}))
"""
    needed = ["/c/demo/km", "/static/respond.css", "/static/respond.js", "/static/fonts/NotoSansMyanmar-Regular.woff2"]
    return json.loads(
        installed.python(script, instance, email, password, *needed, "/evaluate/", "/evaluate/mekong-2003/")
    )
