"""Snakemake's report: its files can be told apart, and a browser shows every one of them."""

import json
import subprocess
import sys
import zipfile

import pandas as pd
import pytest
from helpers.browser import open_page
from helpers.workflow import ROOT, succeed
from PIL import Image

TABLES = [f"results/{name}.csv" for name in ("table1", "table2", "table3", "ablations")]
LABELS = """
import json, sys
from pathlib import Path
from snakemake.api import SnakemakeApi
from snakemake.io import get_flag_value, is_flagged
from snakemake.settings.types import OutputSettings, ResourceSettings

found = []
with SnakemakeApi(OutputSettings()) as api:
    resources = ResourceSettings(cores=1)
    rules = api.workflow(resource_settings=resources, snakefile=Path(sys.argv[1]))._workflow.rules
    for rule in rules:
        for file in (file for file in rule.output if is_flagged(file, "report")):
            flag = get_flag_value(file, "report")
            place = {name: f"<{name}>" for name in file.get_wildcard_names()}
            place |= {"table": "table3"} if "table" in place else {}
            place |= {"model": "w2v"} if "model" in place else {}
            found.append([str(file), flag.category, place, flag.labels(place)])
print(json.dumps(found))
"""


def test_the_labels_of_a_file_in_the_report_say_every_wildcard(tmp_path):
    """Nothing is run: the labels are those of the rules."""
    command = [sys.executable, "-c", LABELS, ROOT / "Snakefile"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert len(found) > 12
    for path, category, place, labels in found:
        assert category and len(labels) == 1, path  # of several, the report makes switches
        [text] = labels.values()
        said = {"table": "Table 3", "reduction": "<REDUCTION>"}
        assert all(said.get(name, value) in text for name, value in place.items()), path
    seen = [(category, *labels.values()) for _, category, _, labels in found]
    assert len(set(seen)) == len(seen)
    curves = [path for path, *_ in found if "/rnn/seed" in path]
    assert len(curves) == 2 and {"seed 0", "seed 1"} == {
        labels["result"].rpartition(", ")[2] for path, _, _, labels in found if path in curves
    }


def test_the_picture_of_the_claim_is_made_by_a_rule(tmp_path):
    """The table is there: no other rule is allowed."""
    row = {"dataset": "synthetic-pairs", "feature": "f-PCA", "std": 1.0}
    rows = [row | {"pooling": "mean", "mean": 30.0}, row | {"pooling": "rnn-fv", "mean": 50.0}]
    (tmp_path / "results").mkdir()
    pd.DataFrame(rows).to_csv(tmp_path / "results/table1.csv", index=False)
    picture = "docs/images/order.png"
    only = "--allowed-rules", "draw_order"
    succeed(tmp_path, None, *only, targets=[picture], forked=False)
    made, kept = (Image.open(folder / picture).size for folder in (tmp_path, ROOT))
    assert made == kept and min(made) > 400


@pytest.fixture(scope="module")
def reports(small_run, tmp_path_factory):
    """The report of the small run as one file, and from a zip."""
    folder = tmp_path_factory.mktemp("report")
    for name in ("report.html", "report.zip"):
        options = ("--configfile", small_run / "mine.yaml", "--report", folder / name)
        succeed(small_run, None, *options, targets=TABLES)
    with zipfile.ZipFile(folder / "report.zip") as archive:
        archive.extractall(folder / "unpacked")
    return {"one file": folder / "report.html", "zip": folder / "unpacked/report/report.html"}


@pytest.mark.parametrize("kind", ["one file", "zip"])
def test_a_browser_shows_every_entry(reports, kind):
    with open_page() as (page, asked):
        page.on("download", lambda download: pytest.fail(f"a download: {download.url[:80]}"))
        page.goto(reports[kind].as_uri())
        page.get_by_text("This page shows what one run of the workflow found").wait_for()
        categories = page.evaluate("categories")
        assert {"Tables", "Confusion matrices", "Learning curves", "Retrieved images"} <= set(
            categories
        ) and {"Trajectories", "Videos", "Images", "Words"} <= set(categories)
        for category, parts in categories.items():
            expected = sum(map(len, parts.values()))
            shown = [shown_by(page, entry) for entry in entries(page, reports[kind], category)]
            assert len({label for label, _ in shown}) == expected, category
            if category == "Tables":
                check_tables(shown)
        folder = reports[kind].parent.as_uri()
        assert all(url.startswith((folder, "data:", "blob:")) for url in asked)


def entries(page, path, category):
    """The rows of a category, opened anew."""
    page.goto(path.as_uri())
    page.get_by_text(category, exact=True).first.click()
    page.locator("tbody tr").first.wait_for()
    return page.locator("tbody tr").all()


def shown_by(page, entry):
    """Click an entry: its label, and the text of the HTML that is shown; "" for a picture."""
    label = entry.locator("td").first.inner_text()
    entry.locator("a").first.click()
    name = entry.locator("a").first
    name.page.wait_for_timeout(150)
    frames = [frame for frame in page.frames if frame != page.main_frame]
    if frames:
        frames[-1].locator("h1").wait_for()
        assert frames[-1].locator("tr, li").count() > 1, label
        return label, frames[-1].inner_html("body")
    picture = page.locator("img").last
    page.wait_for_function("[...document.images].pop().complete")
    assert picture.evaluate("image => image.naturalWidth") > 300, label
    return label, ""


def check_tables(shown):
    """Every table is HTML with best values in bold, beside its bars."""
    tables = {label: text for label, text in shown if text}
    assert set(tables) == {"Table 1", "Table 2", "Table 3", "Side experiments"}
    assert {label for label, text in shown if not text} == {f"{name}, bars" for name in tables}
    assert all("<table" in text and "<strong>" in text for text in tables.values())
