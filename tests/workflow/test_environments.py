"""Homes of the software: environments made and used by --sdm conda, the container's recipe."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from helpers.conda_standin import make
from helpers.pins import pins

ROOT = Path(__file__).resolve().parents[2]
RULE = """
rule greeting:
    output: "greeting.txt"
    conda: "environment.yaml"
    shell: "echo $CONDA_PREFIX > {output}; greet >> {output}"
"""


@pytest.fixture
def snakemake(tmp_path):
    """A run of one rule whose environment is solved and installed from a channel in a folder."""
    pytest.importorskip("rattler", reason="py-rattler is not installed: see requirements-dev.txt")
    commands, channel = make(tmp_path / "made")
    (tmp_path / "Snakefile").write_text(RULE)

    def run(version, *arguments):
        environment = {
            "channels": [channel, "nodefaults"],
            "dependencies": [f"greeter =={version}"],
        }
        (tmp_path / "environment.yaml").write_text(yaml.safe_dump(environment))
        found = os.environ | {"PATH": f"{commands}:{os.environ['PATH']}"}
        command = [sys.executable, "-m", "snakemake", "--cores", "1", "--sdm", "conda", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=found, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    return run


def environments(folder):
    return {
        path.parent.parent.resolve()
        for path in (folder / ".snakemake" / "conda").glob("*/bin/greet")
    }


@pytest.mark.slow
def test_environments_are_made_used_and_made_anew_when_their_file_changes(snakemake, tmp_path):
    assert "Creating conda environment" in snakemake("1.0", "--conda-create-envs-only")
    [first] = environments(tmp_path)
    assert not (tmp_path / "greeting.txt").exists()
    assert "Creating conda environment" not in snakemake("1.0")
    prefix, greeting = (tmp_path / "greeting.txt").read_text().splitlines()
    assert Path(prefix).resolve() == first and greeting == "greeter 1.0"
    assert "Nothing to be done" in snakemake("1.0")
    again = snakemake("2.0")
    assert "Creating conda environment" in again
    assert "oftware environment" in again  # and so the job runs again
    prefix, greeting = (tmp_path / "greeting.txt").read_text().splitlines()
    assert greeting == "greeter 2.0" and environments(tmp_path) == {first, Path(prefix).resolve()}


def test_every_rule_runs_in_the_environment():
    """Snakemake's linter says so where a rule names none."""
    command = [sys.executable, "-m", "snakemake", "--lint"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "in a good condition" in done.stderr, done.stderr
    assert (ROOT / "envs/rnnfv.yaml").is_file()


def test_the_container_holds_exactly_the_requirements():
    text = (ROOT / "Dockerfile").read_text()
    instructions = re.sub(r"\\\n\s*", "", text)
    installs = re.findall(r"pip install (.*)", instructions)
    assert installs == ["--no-cache-dir -r requirements.txt"]
    assert "COPY requirements.txt" in instructions
    [python] = re.findall(r"^FROM python:(\d+\.\d+)-slim", text, re.MULTILINE)
    conda = yaml.safe_load((ROOT / "envs/rnnfv.yaml").read_text())["dependencies"][0]
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert conda == f"python ={python}" and lowest == f">={python}"
    assert re.search(r"^USER (?!root)\w+", text, re.MULTILINE) and 'ENTRYPOINT ["snakemake"' in text


def test_the_pins_are_of_what_pyproject_asks_for():
    """A new requirement is compiled into its files: the command is in their heads."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    asked, before = project["project"]["dependencies"] + extras["data"], {}
    files = {"workflow": "", "cluster": "-cluster", "dev": "-dev"}
    for extra, suffix in files.items():
        asked = asked + extras[extra] + (extras["text"] + extras["video"])
        text = (ROOT / f"requirements{suffix}.txt").read_text()
        found = pins(text)
        names = {re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", line)[0]).lower() for line in asked}
        assert names - {"rnnfv"} <= set(found) and before.items() <= found.items()
        assert f"uv pip compile pyproject.toml --extra {extra}" in text.splitlines()[1]
        assert not [name for name in found if name.startswith(("nvidia-", "cuda-", "triton"))]
        before = found
    peers = (ROOT / "requirements-benchmarks.txt").read_text()
    assert {"numpy", "torch", "av", *extras["benchmarks"]} - {"rnnfv[video]"} <= set(pins(peers))
    both = pins(peers).keys() & before.keys()  # so that both can be in one environment
    assert {name: pins(peers)[name] for name in both} == {name: before[name] for name in both}
    [torch] = project["tool"]["uv"]["dependency-metadata"]
    assert torch["version"] == before["torch"]  # else CUDA's packages are pinned, too
