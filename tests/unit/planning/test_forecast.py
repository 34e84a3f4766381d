"""Hours and memory that a dry run prints: by hand on small plans, and of the full reproduction."""

import csv
import re
from dataclasses import replace

import pytest
import yaml
from helpers.workflow import ROOT, snakemake, succeed, tiny
from snakemake.utils import update_config, validate

from rnnfv.errors import InputError
from rnnfv.planning.forecast import Job, hours, read_costs, read_sizes, report, size_of

COSTS, SIZES = ROOT / "data" / "costs.csv", ROOT / "data" / "sizes.csv"
COCO = {"captions": "COCO", "feature": "vgg19", "words": "GoogleNews"}
FLICKR = COCO | {"captions": "Flickr8k"}
UCF_VGG = {"dataset": "UCF101", "feature": "vgg19"}
HEADER = "rule,variant,unit,cpu_seconds,gpu_seconds,evidence\n"


@pytest.fixture(scope="module")
def paper():
    settings = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(settings, yaml.safe_load((ROOT / "config" / "paper.yaml").read_text()))
    validate(settings, str(ROOT / "config" / "schema.yaml"))
    return settings


@pytest.fixture
def seconds(paper, tmp_path):
    """CPU and GPU seconds of a job by a table of costs that is given row by row."""
    sizes = read_sizes(SIZES)

    def of(rows, rule, inputs=(), config=paper, **wildcards):
        (tmp_path / "costs.csv").write_text(HEADER + "".join(f"{rule},{r},x\n" for r in rows))
        costs = read_costs(tmp_path / "costs.csv")
        found = hours(Job(rule, "stage", wildcards, tuple(inputs)), config, costs, sizes)
        return found and tuple(value and pytest.approx(3600 * value) for value in found)

    return of


def changed(config, section, name, **settings):
    """The configuration with some settings of one entry replaced."""
    return config | {section: config[section] | {name: config[section][name] | settings}}


@pytest.mark.parametrize(
    ("rule", "unit", "count", "wildcards"),
    [
        ("decode_frames", "frames", 2_430_000 / 16, UCF_VGG | {"scatteritem": "1-of-16"}),
        ("reduce_pca", "elements", 243_000, UCF_VGG),
        ("reduce_pca", "elements", 303_750, UCF_VGG | {"feature": "c3d"}),
        ("train_rnn", "epochs", 20, UCF_VGG),
        ("classify", "seeds", 1, UCF_VGG),
        ("fuse", "runs", 3, {"dataset": "UCF101"}),
        ("encode_trajectories", "tracks", 13_320 * 2000, UCF_VGG | {"trajectories": "idt"}),
        ("extract_images", "passes", 123_287 / 4, COCO | {"scatteritem": "1-of-4"}),
        ("read_corpus", "sentences", 1_000_000, {"corpus": "wikipedia"}),
        ("project_pooled", "sentences", 566_435, COCO | {"model": "MM-ENS"}),
        ("project_pooled", "etas", 5, COCO | {"model": "MM-ENS"}),
        ("project_rnn", "sentence passes", 6 * 30_000, FLICKR | {"model": "w2v-clsf"}),
        ("train_sentence_rnn", "trained sentences", 3_000_000, FLICKR | {"model": "w2v-clsf"}),
        ("train_sentence_rnn", "trained sentences", 10**8, FLICKR | {"model": "wiki-w2v"}),
        ("train_sentence_rnn", "validated sentences", 330_000, FLICKR | {"model": "w2v"}),
        ("train_sentence_rnn", "validations", 11, FLICKR | {"model": "w2v"}),
    ],
)
def test_units_by_hand(seconds, rule, unit, count, wildcards):
    assert seconds([f",{unit},2,"], rule, **wildcards) == (2 * count, None)


def test_a_cost_is_of_jobs_that_are_of_its_variant(seconds, paper):
    def features(config):
        rows = ["vgg19 half,passes,1,", "vgg19 float32,passes,3,"]
        return seconds(rows, "extract_features", config=config, **UCF_VGG)

    assert features(paper)[0] == 3 * 243_000
    assert features(changed(paper, "features", "vgg19", precision="bfloat16"))[0] == 243_000
    assert features(changed(paper, "features", "vgg19", crops="center"))[0] == 3 * 24_300
    assert features(changed(paper, "datasets", "UCF101", check_counts=False)) is None  # a part
    other = paper["features"] | {"vgg19": {"network": "vgg16"}}
    assert features(paper | {"features": other}) is None
    tracks = ["ucf101 tracks,runs,1,", "frames,runs,0,"]
    one = ["results/actions/UCF101/idt/split1/seed0/vectors.h5"]
    assert seconds(tracks, "fuse", one, dataset="UCF101", row="x")[0] == 3
    assert seconds(tracks, "fuse", ["UCF101/c3d/x.h5"], dataset="UCF101", row="x")[0] == 0
    project = ["regression,jobs,1,", "regression pca,jobs,10,", "classification,jobs,100,"]
    for model, cost in {"w2v": 1, "coco-w2v": 11, "w2v-clsf": 100}.items():
        assert seconds(project, "project_rnn", **COCO, model=model)[0] == cost


def test_on_a_gpu_what_uses_none_stays_on_the_cpu(seconds):
    rows = [",validations,2,1", ",jobs,5,"]
    assert seconds(rows, "train_sentence_rnn", **FLICKR, model="w2v") == (27, 16)
    assert seconds(rows[1:], "train_sentence_rnn", **FLICKR, model="w2v") == (5, None)


def test_tables_that_cannot_be_read_are_told(tmp_path):
    table = tmp_path / "costs.csv"
    table.write_text(f"{HEADER}fuse,,jobs,long,,x\n")
    with pytest.raises(InputError, match=r"costs\.csv, line 2: could not convert.*'long'"):
        read_costs(table)
    table.write_text("rule,hours\n")
    with pytest.raises(InputError, match="its columns are not rule, variant"):
        read_costs(table)
    with pytest.raises(InputError, match="its columns are not name, videos"):
        read_sizes(table)
    (tmp_path / "sizes.csv").write_text(SIZES.read_text().replace("13320", "many"))
    with pytest.raises(InputError, match=r"sizes\.csv, line 2: .*'many'"):
        read_sizes(tmp_path / "sizes.csv")


def test_costs_are_of_rules_there_are_and_documented():
    text = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    rules = set(re.findall(r"^(?:use )?rule (?:\w+ as )?(\w+)", text, re.MULTILINE))
    documented = (ROOT / "docs/maintainers/forecast.md").read_text()
    kinds = r"measured|calculated|extrapolated|twice|as |without|not counted"
    with open(COSTS, newline="") as file:
        for row in csv.DictReader(file):
            assert row["rule"] in rules and f"`{row['unit']}`" in documented, row
            assert re.search(kinds, row["evidence"]), row
            assert float(row["cpu_seconds"]) > 0 or row["evidence"].startswith("not counted")
    keys = [(cost.rule, cost.variant, cost.unit) for cost in read_costs(COSTS)]
    assert len(set(keys)) == len(keys)


def test_the_table_adds_up_and_names_what_it_leaves_out(paper):
    costs, sizes = read_costs(COSTS), read_sizes(SIZES)
    shard = Job("extract_features", "features", UCF_VGG | {"scatteritem": "1-of-16"}, (), 3000)
    [cpu, gpu] = hours(shard, paper, costs, sizes)
    text = report([shard, replace(shard, mem_mb=2000)], paper, costs, sizes, cores=2)
    rows = {line.split()[0]: line.split() for line in text.splitlines() if line}
    assert rows["features"][1:4] == ["2", f"{2 * cpu:.1f}", f"{2 * gpu:.1f}"]
    longest = f"{60 * cpu:.0f} min ({60 * gpu:.0f} min) 3.0 GB"
    assert " ".join(rows["features"][4:]) == longest
    assert rows["all"][1:] == rows["features"][1:]
    assert f"at least {cpu:.0f} hours (jobs at a time: 2)" in text and "Unknown" not in text
    assert f"at least {cpu:.0f} hours (jobs at a time: 9)" in report(
        [shard] * 2, paper, costs, sizes, 9
    )
    other = paper | {"features": paper["features"] | {"c3d": {"network": "vgg16"}}}
    odd = replace(shard, wildcards=UCF_VGG | {"feature": "c3d"})
    assert "not counted: extract_features" in report([shard, odd], other, costs, sizes, 3)
    assert report([Job("table1", "tables", {})], paper, costs, sizes, cores=2) == ""


def test_sizes_of_captions_are_found_by_their_source(paper):
    sizes = read_sizes(SIZES)
    assert size_of({"captions": "Flickr8k"}, paper, sizes)["sentences"] == 30_000
    assert size_of({"table": "table5"}, paper, sizes)["images"] == 123_287
    assert size_of({"captions": "shapes-flat"}, paper, sizes) == {} == size_of({}, paper, sizes)


def test_the_full_reproduction_is_planned_with_its_hours(tmp_path):
    config = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text())
    planned = succeed(tmp_path, config, "--dry-run", targets=["all_tables"], cores=8)
    jobs = int(next(line.split()[-1] for line in planned.splitlines() if line.startswith("total")))
    assert 300 < jobs < 700
    table = planned[planned.index("Forecast") :].splitlines()[2:]
    stages = [line.split()[0] for line in table[: table.index("")]]
    assert stages[:5] == ["stage", "data", "manifest", "frames", "features"]
    total = next(line for line in table if line.startswith("all ")).split()
    assert int(total[1]) == jobs - 1  # all_tables itself makes nothing
    assert 700 < float(total[2]) < 950 and 15 < float(total[3]) < 30
    assert 15 < float(total[-2]) < 22 and total[-1] == "GB"  # the largest job's memory
    assert "Unknown, and not counted" not in planned


def test_no_forecast_where_nothing_is_known(tmp_path):
    done = snakemake(tmp_path, tiny(), "--dry-run")
    assert done.returncode == 0 and "Forecast" not in done.stdout + done.stderr


def test_decoding_waits_for_the_network(tmp_path):
    """With frames_ahead, shards are decoded when features of the shard so many before are there."""
    target = "results/actions/UCF101/c3d/shards/16-of-16.h5"
    config = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text())
    done = succeed(tmp_path, config, "--dry-run", targets=[target])
    shards = sorted(set(map(int, re.findall(r"c3d features of UCF101, shard (\d+)-of-16", done))))
    assert shards == list(range(2, 17, 2))
    done = succeed(tmp_path, config | {"frames_ahead": None}, "--dry-run", targets=[target])
    assert set(re.findall(r"c3d features of UCF101, shard (\d+)-of-16", done)) == {"16"}
