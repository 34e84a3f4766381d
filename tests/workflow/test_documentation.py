"""Promises of the documentation: its examples run, its pages are up to date, its links lead on."""

import importlib
import re
import runpy
import subprocess
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml
from helpers.configurations import configured
from nbclient import NotebookClient

import rnnfv

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_example_runs(capsys):
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    names = {}
    exec(compile(example, "README.md", "exec"), names)
    n, rows, columns = names["digits"].images.shape
    assert f"{n:,} images, each a sequence of {rows} rows of {columns} pixels" in example
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
PAGE = r"\bdocs/[\w/-]+\.(?:md|ipynb|png|svg)\b"


def test_files_that_texts_name_are_there():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    paths = [ROOT / name for name in done.stdout.split()]
    for path in [path for path in paths if path.suffix in TEXTS and path.is_file()]:
        text = path.read_text()
        named = [
            ROOT / page for page in re.findall(r"\bdocs/[\w/-]+\.(?:md|ipynb|png|svg)\b", text)
        ]
        if path.suffix == ".md":
            links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text)
            named += [path.parent / link for link in links]
        assert not [file for file in named if not file.exists()], path


def test_the_readme_is_one_screen_and_a_bit():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def test_the_interface_shows_every_public_name():
    shown = re.findall(r"^::: rnnfv\.(\w+)$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE)
    assert sorted(shown) == sorted(rnnfv.__all__), "docs/api.md lists them"


def blocks(page, language):
    """The blocks of code in a language on a page of docs/."""
    text = (ROOT / "docs" / page).read_text()
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_code_of_the_page_on_the_library_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(blocks("library.md", "python"))
    exec(compile(code, "library.md", "exec"), {})
    shown = capsys.readouterr().out.splitlines()
    assert (shown[0], shown[-1]) == ("1.0", "True") and len(shown) == 5


@pytest.mark.parametrize("page", ["videos.md", "sequences.md", "captions.md"])
def test_configurations_of_the_how_to_pages_are_accepted(page):
    [text] = blocks(page, "yaml")
    configured(yaml.safe_load(text))


def test_the_files_of_the_how_to_page_on_sequences_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    [code] = blocks("sequences.md", "python")
    exec(compile(code, "sequences.md", "exec"), {})
    sequences = rnnfv.load_sequences("data/mine/features.h5")
    manifest = pd.read_csv("data/mine/manifest.csv")
    assert list(sequences.ids) == list(manifest["id"]) and sequences.dim == 8
    assert set(manifest["split1"]) == {"train", "test"}


def test_equations_are_drawn_without_scripts():
    hooks = runpy.run_path(str(ROOT / "docs" / "hooks.py"))
    html = (
        r'<p>of <span class="arithmatex">\(x_1\)</span> in :class:<code>~rnnfv.MeanPooling</code>'
    )
    shown = hooks["on_page_content"](html)
    assert "<msub><mi>x</mi><mn>1</mn></msub>" in shown and "arithmatex" not in shown
    assert shown.endswith("in <code>MeanPooling</code>")


def test_the_page_of_the_tutorial_has_its_code_outputs_and_pictures():
    hooks = runpy.run_path(str(ROOT / "docs" / "hooks.py"))
    page = hooks["notebook_page"](ROOT / "docs" / "tutorial.ipynb")
    assert page.count("```python\n") > 8 and page.count("data:image/png;base64") == 2
    assert "```text\nmean    0.48" in page


@pytest.fixture
def tables(monkeypatch):
    """The script that writes what was measured into the pages."""
    monkeypatch.syspath_prepend(ROOT / "docs")
    return importlib.import_module("results_tables")


def test_what_pages_say_was_measured_is_what_the_files_of_the_runs_say(tables):
    places = {}
    for name in tables.PAGES:
        for found in tables.PLACE.finditer((ROOT / name).read_text()):
            assert found[3] == tables.measured(found[2]), "run: python docs/results_tables.py"
            places[found[2]] = name
    assert set(tables.TEXTS) <= set(places) and len(places) > 10
    said = (tables.MEASURED / "README.md").read_text()
    for run in (path for path in tables.MEASURED.iterdir() if path.is_dir()):
        assert f"| `{run.name}` | `" in said, "with the command that made it"


def test_tables_are_made_of_files(tables, monkeypatch, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/table2.csv").write_text(
        "method,dataset,mean,std,split1,split2,split3,source,seed_std\n"
        "ours,a,55.82,3.16,57.34,57.94,52.18,this run,0.19\npaper,a,9,,,,,theirs,\n"
    )
    monkeypatch.setattr(tables, "MEASURED", tmp_path)
    assert tables.measured("run/table2").splitlines() == [
        "| method | accuracy (%) | splits 1 / 2 / 3 | ± seeds |",
        "|---|---:|---|---:|",
        "| ours | 55.8 ± 3.2 | 57.3 / 57.9 / 52.2 | 0.2 |",
    ]
