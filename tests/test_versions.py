"""The declared ranges of dependencies: the lowest version of each resolves together with all others, and so does the
highest."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
EXTRAS = ("eval", "gguf", "ray")


def declared() -> dict[str, Version]:
    """Each dependency with its lowest version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = project["dependencies"] + [text for extra in EXTRAS for text in project["optional-dependencies"][extra]]
    found: dict[str, Version] = {}
    for requirement in map(Requirement, texts):
        lowest = next(Version(each.version) for each in requirement.specifier if each.operator == ">=")
        found[requirement.name.lower().replace("_", "-")] = lowest
    return found


@pytest.mark.slow
@pytest.mark.parametrize("resolution", ["lowest-direct", "highest"])
def test_the_ends_of_every_range_resolve(resolution: str) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed")
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    command = [uv, "pip", "compile", "-q", "--no-header", "--resolution", resolution, "pyproject.toml", *extras]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode and re.search("dns|connect|sending request|timed out|offline", done.stderr, re.IGNORECASE):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    found = {name.lower(): Version(number) for name, number in re.findall(r"^([\w.-]+)==(\S+)", done.stdout, re.M)}
    beyond = {name: (str(lowest), str(found[name])) for name, lowest in declared().items() if found[name] > lowest}
    if resolution == "lowest-direct":
        assert not beyond, "a lower bound that nobody can install: (declared, resolved)"
    else:
        assert beyond
