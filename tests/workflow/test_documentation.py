"""Promises of the documentation: its examples run, its pages are up to date, its links lead on."""

import re
import runpy
import subprocess
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient

import rnnfv

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_example_runs(capsys):
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    printed = [float(number) for number in capsys.readouterr().out.split()]
    promised = [float(number) for number in re.findall(r"0\.\d\d (?=by)", example)]
    assert len(printed) == 2 and printed == pytest.approx(promised, abs=0.02)


def printed_numbers(notebook):
    """All numbers that the cells of a notebook print."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    text = "".join(output.get("text", "") for output in outputs if output.get("name") == "stdout")
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]


def test_the_tutorial_runs_and_prints_what_it_shows(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    shown = nbformat.read(ROOT / "docs" / "tutorial.ipynb", as_version=4)
    again = nbformat.read(ROOT / "docs" / "tutorial.ipynb", as_version=4)
    NotebookClient(again, timeout=120, kernel_name="python3").execute()
    assert len(printed_numbers(shown)) > 10
    assert printed_numbers(again) == pytest.approx(printed_numbers(shown), abs=0.03)


def keys_without_description(schema):
    """Keys of mappings anywhere in the schema; ``{}`` refers to a key described elsewhere."""
    if isinstance(schema, list):
        return {key for part in schema for key in keys_without_description(part)}
    if not isinstance(schema, dict):
        return set()
    parts = [part for word, part in schema.items() if word not in ("if", "else")]
    properties = schema.get("properties", {})
    missing = {key for key, part in properties.items() if part and "description" not in part}
    return missing | keys_without_description(parts)


def test_every_configuration_key_is_documented():
    schema = yaml.safe_load((ROOT / "config" / "schema.yaml").read_text())
    files_by_split = {"train", "val", "test"}  # explained with the key that holds them
    of_synthetic_videos = {"splits"}  # the same with another maximum
    assert keys_without_description(schema) == files_by_split | of_synthetic_videos
    make = runpy.run_path(str(ROOT / "docs" / "configuration_page.py"))["page"]
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert page == make(schema) + "\n", "run: python docs/configuration_page.py"


def test_the_diffs_of_the_documentation_apply():
    text = (ROOT / "docs" / "maintainers" / "extending.md").read_text()
    diffs = re.findall(r"```diff\n(.*?)```", text, re.DOTALL)
    assert len(diffs) == 4
    for diff in diffs:
        command = ["git", "apply", "--check", "-"]
        done = subprocess.run(command, input=diff, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


TEXTS = {".md", ".py", ".yaml", ".smk", ".rst", ""}


def test_files_that_texts_name_are_there():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    paths = [ROOT / name for name in done.stdout.split()]
    for path in [path for path in paths if path.suffix in TEXTS and path.is_file()]:
        text = path.read_text()
        named = [ROOT / page for page in re.findall(r"\bdocs/[\w/-]+\.(?:md|ipynb|svg)\b", text)]
        if path.suffix == ".md":
            links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
            named += [path.parent / link for link in links]
        assert not [file for file in named if not file.exists()], path


@pytest.mark.parametrize("name", ["README.md", "docs/training.md"])
def test_accuracies_are_those_of_the_results(name):
    results = (ROOT / "docs" / "results.md").read_text()
    cited = re.findall(r"\d+\.\d ± \d+\.\d", (ROOT / name).read_text())
    assert len(cited) >= 8
    assert not [accuracy for accuracy in cited if accuracy not in results]


def test_the_readme_is_one_screen_and_a_bit():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_interface_shows_every_public_name():
    shown = re.findall(r"^::: rnnfv\.(\w+)$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)
    assert sorted(shown) == sorted(rnnfv.__all__)
