"""Promises that the project's files make to each other."""

import re
from pathlib import Path

import pytest
import yaml
from helpers.configurations import configured, ready_made
from helpers.pins import pins

from rnnfv import __version__

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATIONS = sorted(path for path in (ROOT / "config").glob("*.yaml") if path.stem != "schema")


@pytest.fixture(scope="module")
def root(request):
    return request.config.rootpath


def test_requirements_are_all_pinned(root):
    for suffix in ("", "-cluster", "-dev", "-docs", "-benchmarks"):
        lines = [
            line
            for line in (root / f"requirements{suffix}.txt").read_text().splitlines()
            if line and not line.startswith(("#", "-r"))
        ]
        assert lines and all(re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", line) for line in lines)


def test_conda_environment_has_the_same_versions(root):
    environment = yaml.safe_load((root / "envs" / "rnnfv.yaml").read_text())
    [in_conda] = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    required = pins((root / "requirements.txt").read_text())
    for name, version in pins("\n".join(in_conda)).items():
        assert required[name] == version, name
    needed = pins("\n".join(in_conda))
    text = (root / "pyproject.toml").read_text()
    for block in re.findall(
        r"^(?:dependencies|data|text|video) = \[(.*?)\]", text, re.DOTALL | re.MULTILINE
    ):
        for name in re.findall(r'"([\w.-]+)[>=]', block):
            assert re.sub(r"[-_.]+", "-", name).lower() in needed, name


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.stem)
def test_every_ready_made_configuration_fits_the_schema_and_refers_to_what_there_is(path):
    before = ["paper"] if path.stem.startswith("paper-") else []  # it changes that one
    configured(*map(ready_made, [*before, path.stem]))


def test_the_citation_has_the_version_of_the_library(root):
    assert yaml.safe_load((root / "CITATION.cff").read_text())["version"] == __version__


def test_prose_and_configuration_have_at_most_100_columns(root):
    patterns = ("*.md", "*.yaml", "docs/**/*.md", "config/*", "profiles/*/*.yaml", "report/*.rst")
    for path in (path for pattern in patterns for path in root.glob(pattern)):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            free = line.startswith("|") or "://" in line
            assert free or len(line) <= 100, f"{path.relative_to(root)}: line {number}"
