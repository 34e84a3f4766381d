"""What a dry run says of hours and disk: by hand on small plans, and of the full reproduction."""

import re
from dataclasses import replace

import pytest
import yaml
from helpers.workflow import ROOT, snakemake, succeed, tiny
from snakemake.utils import update_config, validate

from rnnfv.data.download import read_sources
from rnnfv.errors import InputError
from rnnfv.planning.forecast import (
    Job,
    hours,
    read_costs,
    read_sizes,
    report,
    simulate,
    units,
    written,
)
from rnnfv.planning.forecast.disk import _BYTES

COSTS, SIZES = ROOT / "data" / "costs.csv", ROOT / "data" / "sizes.csv"
SOURCES = read_sources(ROOT / "data" / "sources.csv")


@pytest.fixture(scope="module")
def paper():
    settings = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(settings, yaml.safe_load((ROOT / "config" / "paper.yaml").read_text()))
    validate(settings, str(ROOT / "config" / "schema.yaml"))
    return settings


def job(name, inputs=(), outputs=(), priority=0, mem_mb=0, **wildcards):
    return Job(name, "stage", wildcards, tuple(inputs), tuple(outputs), priority, mem_mb)


def run(jobs, took, cores, disk=None, gpu=None, gpus=0, mem_mb=None):
    return simulate(
        jobs, took, gpu or [None] * len(jobs), disk or [{}] * len(jobs), cores, gpus, mem_mb
    )


def test_jobs_wait_for_their_inputs_and_for_cores():
    jobs = [
        job("a", outputs=["a"]),
        job("b", outputs=["b"]),
        job("c", ["a", "b", "elsewhere"], ["c"]),
    ]
    assert run(jobs, [1, 2, 3], 2).hours == 5
    assert run(jobs, [1, 2, 3], 1).hours == 6
    names = [
        job("a", outputs=["a"]),
        job("b", outputs=["b"]),
        job("quick", outputs=["q"]),
        job("after", ["q"], ["r"]),
    ]
    assert run(names, [4, 4, 1, 7], 2).hours == 12
    names[2:] = [replace(one, priority=1) for one in names[2:]]
    assert run(names, [4, 4, 1, 7], 2).hours == 8


def test_gpus_and_memory_are_shared():
    jobs = [job(f"j{i}", outputs=[f"{i}"], mem_mb=8000) for i in range(4)]
    assert run(jobs, [1] * 4, 4).hours == 1
    assert run(jobs, [1] * 4, 4, mem_mb=16000).hours == 2
    assert run(jobs, [1] * 4, 4, mem_mb=100).hours == 4  # more than there is: alone, but not never
    assert run(jobs, [1] * 4, 4, gpu=[0.25] * 4, gpus=1).hours == 1
    assert run(jobs, [1] * 4, 4, gpu=[0.25] * 4, gpus=2).hours == 0.5
    assert run(jobs, [1] * 4, 4, gpu=[0.25] * 4).hours == 1  # without a GPU, on cores


def test_temporary_files_count_until_their_last_reader_ends():
    jobs = [
        job("make", outputs=["big", "note"]),
        job("use", ["big"], ["x"]),
        job("again", ["big", "x"], ["y"]),
        job("note", ["note"]),
    ]
    disk = [{"big": (100.0, True)}, {"x": (10.0, False)}, {"y": (1.0, False)}, {}]
    assert run(jobs, [1, 1, 1, 9], 2, disk).peak_bytes == 111
    later = [*jobs, job("late", ["y"], ["z"])]
    assert (
        run(later, [1, 1, 1, 9, 1], 2, [*disk, {"z": (50.0, False)}]).peak_bytes == 111
    )  # by then big is gone
    kept = [{"big": (100.0, False)}, *disk[1:], {"z": (50.0, False)}]
    assert run(later, [1, 1, 1, 9, 1], 2, kept).peak_bytes == 161


def test_bytes_of_the_large_files_by_hand(paper):
    sizes = read_sizes(SIZES)

    def bytes_of(name, output, **wildcards):
        return written(job(name, outputs=[output], **wildcards), paper, sizes, SOURCES)

    ucf = {"dataset": "UCF101", "feature": "c3d"}
    assert bytes_of("pool_rnn", "x/rnn-fv/seed0/vectors.h5", **ucf) == {
        "x/rnn-fv/seed0/vectors.h5": (13320 * 500 * 201 * 4, True)
    }
    [(frames, temporary)] = bytes_of("decode_frames", "f.h5", **ucf, scatteritem="3-of-16").values()
    assert frames == sizes["ucf101"].frames * 128 * 171 * 3 / 16 and temporary
    [(frames, _)] = bytes_of("decode_frames", "f.h5", dataset="UCF101", feature="vgg19").values()
    assert frames == pytest.approx(sizes["ucf101"].frames / 10 * 256 * 341.33 * 3, rel=1e-4)
    [(features, _)] = bytes_of("join_features", "f.h5", **ucf).values()
    assert features == sizes["ucf101"].frames / 8 * 4096 * 2
    [(tracks, _)] = bytes_of(
        "extract_trajectories", "t.h5", dataset="HMDB51", trajectories="idt"
    ).values()
    assert tracks == 6766 * 2000 * 852
    [(vectors, _)] = bytes_of(
        "encode_trajectories", "v.h5", dataset="HMDB51", trajectories="idt"
    ).values()
    assert vectors == 6766 * 109_056 * 2
    assert bytes_of("download", "r.json", source="coco_train") == {"r.json": (13_510_573_713, True)}
    assert bytes_of("unpack", "m.json", source="coco_train") == {"m.json": (13_600_000_000, False)}
    assert bytes_of("join_images", "i.h5", captions="COCO", feature="vgg19") == {
        "i.h5": (123_287 * 4096 * 4, False)
    }
    assert (
        bytes_of("table1", "t.csv") == {} and bytes_of("manifest", "m.h5", dataset="UCF101") == {}
    )


def test_what_counts_as_temporary_is_what_the_rules_delete():
    rules = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    blocks = {
        name: body
        for name, body in re.findall(
            r"^rule (\w+):\n(.*?)(?=^rule |\Z)", rules, re.MULTILINE | re.DOTALL
        )
    }
    for name, (_, _, temporary) in _BYTES.items():
        assert ("temp(" in blocks[name]) == temporary, name
    unknown = [name for name, body in blocks.items() if "temp(" in body and name not in _BYTES]
    assert not unknown


def test_hours_follow_the_units(paper, tmp_path):
    table = tmp_path / "costs.csv"
    header = "rule,unit,cpu_seconds,gpu_seconds,evidence\n"
    rows = {
        "extract_features:c3d-float32": "0.36,0.036",
        "extract_features:vgg19": "1.8,",
        "extract_features:vgg19-float32": "3.6,",
    }
    rows |= {
        "train_rnn:HMDB51": "72,36",
        "train_sentence_rnn:regression": "0.01,",
        "train_sentence_rnn:look": "36,3.6",
    }
    rows |= {
        "extract_images:vgg19-float32": "1,",
        "project_rnn:sentence": "0.01,",
        "project_rnn:pca": "3600,",
        "fuse:idt-UCF101": "1800,",
    }
    table.write_text(header + "".join(f"{name},x,{seconds},x\n" for name, seconds in rows.items()))
    costs, sizes = read_costs(table), read_sizes(SIZES)

    def of(name, inputs=(), config=paper, **wildcards):
        return hours(job(name, inputs, **wildcards), config, costs, sizes)

    ucf, blocks = sizes["ucf101"], sizes["ucf101"].frames / 8
    assert of("extract_features", dataset="UCF101", feature="c3d") == pytest.approx(
        (blocks * 1e-4, blocks * 1e-5)
    )
    shard = {"dataset": "UCF101", "feature": "vgg19", "scatteritem": "2-of-16"}
    assert of("extract_features", **shard) == (pytest.approx(ucf.frames / 10 / 16 * 1e-3), None)
    half = paper | {
        "features": paper["features"]
        | {"vgg19": paper["features"]["vgg19"] | {"precision": "bfloat16"}}
    }
    assert of("extract_features", config=half, **shard) == (
        pytest.approx(ucf.frames / 10 / 16 * 5e-4),
        None,
    )
    center = paper | {
        "features": paper["features"] | {"vgg19": paper["features"]["vgg19"] | {"crops": "center"}}
    }
    assert of("extract_features", config=center, **shard)[0] == pytest.approx(
        ucf.frames / 10 / 16 * 1e-4
    )
    subset = paper | {
        "datasets": paper["datasets"]
        | {"UCF101": paper["datasets"]["UCF101"] | {"check_counts": False}}
    }
    assert (
        of("extract_features", config=subset, **shard) is None
    )  # nobody knows how large a part is
    assert of("train_rnn", dataset="HMDB51", feature="c3d") == (
        pytest.approx(20 * 72 / 3600),
        pytest.approx(20 * 36 / 3600),
    )
    sentences = {"captions": "COCO", "feature": "vgg19", "words": "GoogleNews"}
    looked = 11 * 36 / 3600, 11 * 3.6 / 3600
    trained = (
        566_435 * 100 * 0.01 / 3600
    )  # on the CPU in both cases: this table knows no GPU for it
    assert of("train_sentence_rnn", **sentences, model="w2v") == pytest.approx(
        (trained + looked[0], trained + looked[1])
    )
    wiki = 1_000_000 * 100 * 0.01 / 3600
    assert of("train_sentence_rnn", **sentences, model="wiki-w2v")[0] == pytest.approx(
        wiki + looked[0]
    )
    assert of("project_rnn", **sentences, model="w2v") == (
        pytest.approx(566_435 * 0.01 / 3600),
        None,
    )
    assert of("project_rnn", **sentences, model="coco-w2v")[0] == pytest.approx(
        566_435 * 0.01 / 3600 + 1
    )
    images = of("extract_images", captions="Flickr30k", feature="vgg19", scatteritem="1-of-4")
    assert images == (pytest.approx(31014 / 4 / 3600), None)
    assert of(
        "fuse", ["results/actions/UCF101/idt/split1/seed0/vectors.h5"], dataset="UCF101", row="x"
    ) == (0.5, None)
    assert of("fuse", ["results/actions/UCF101/c3d/x.h5"], dataset="UCF101", row="x") is None
    assert of("classify", dataset="UCF101", pooling="mean") is None
    assert of("extract_images", captions="shapes-flat", feature="vgg19") is None


def test_what_all_rules_grow_with_by_hand(paper):
    sizes = read_sizes(SIZES)

    def of(name, inputs=(), **wildcards):
        return units(job(name, inputs, **wildcards), paper, sizes)

    ucf, coco = (
        {"dataset": "UCF101", "feature": "vgg19"},
        {"captions": "COCO", "feature": "vgg19", "words": "GoogleNews"},
    )
    assert of("decode_frames", **ucf, scatteritem="1-of-16") == {
        "decode_frames:vgg19": 2_430_000 / 16
    }
    assert of("classify", **ucf, pooling="gmm-fv") == {"classify:gmm-fv-UCF101": 1}
    assert of("pool_rnn", **ucf) == {"pool_rnn": 13_320} and of("pool_gmm", **ucf) == {
        "pool_gmm:UCF101": 1
    }
    assert of("encode_trajectories", dataset="HMDB51", trajectories="idt") == {
        "encode_trajectories": 6766 * 2000
    }
    assert of("read_corpus", corpus="wikipedia") == {"read_corpus": 1_000_000}
    assert of("project_pooled", **coco, model="MM-ENS") == {
        "project_pooled:sentence": 566_435,
        "project_pooled:eta": 5,
        "project_pooled:job": 1,
    }
    assert of("project_pooled", **coco, model="MeanVector") == {}
    flickr = {"captions": "Flickr8k", "feature": "vgg19", "words": "GoogleNews"}
    assert (
        of("project_rnn", **flickr, model="w2v-clsf")["project_rnn:classification-sentence"]
        == 6 * 30_000
    )
    assert of("train_sentence_rnn", **flickr, model="w2v-clsf") == {
        "train_sentence_rnn:classification": 3_000_000,
        "train_sentence_rnn:validation": 330_000,
        "train_sentence_rnn:look": 11,
    }
    assert of("evaluate_retrieval", table="table5") == {
        "evaluate_retrieval:1000": 13 * 6,
        "evaluate_retrieval:5000": 13,
    }
    assert of("evaluate_retrieval", table="table3") == {
        "evaluate_retrieval:1000": 14,
        "evaluate_retrieval:5000": 0,
    }
    assert of("table1") == {} == of("manifest", dataset="UCF101")


def test_tables_that_cannot_be_read_are_told(tmp_path):
    table = tmp_path / "costs.csv"
    table.write_text("rule,unit,cpu_seconds,gpu_seconds,evidence\nfuse,job,long,,x\n")
    with pytest.raises(InputError, match=r"costs\.csv, line 2: seconds are not a number"):
        read_costs(table)
    table.write_text("rule,hours\n")
    with pytest.raises(InputError, match="its columns are not rule, unit"):
        read_costs(table)
    with pytest.raises(InputError, match="its columns are not name, videos"):
        read_sizes(table)
    (tmp_path / "sizes.csv").write_text(SIZES.read_text().replace("13320", "many"))
    with pytest.raises(
        InputError, match=r"sizes\.csv, line 2: a cell that should be a whole number"
    ):
        read_sizes(tmp_path / "sizes.csv")


def test_every_part_of_the_work_has_a_cost(paper):
    costs, sizes = read_costs(COSTS), read_sizes(SIZES)
    actions = [
        "decode_frames",
        "extract_features",
        "reduce_pca",
        "pool_gmm",
        "train_rnn",
        "pool_rnn",
        "normalize",
    ]
    jobs = [
        job(name, dataset=d, feature=f)
        for name in actions
        for d in ("UCF101", "HMDB51")
        for f in ("vgg19", "c3d")
    ]
    jobs += [
        job("classify", dataset=d, pooling=p)
        for d in ("UCF101", "HMDB51")
        for p in ("gmm-fv", "rnn-fv")
    ]
    jobs += [
        job("encode_trajectories", dataset="UCF101", trajectories="idt"),
        job("normalize_transferred", dataset="HMDB51"),
    ]
    jobs += [
        job(name, dataset="HMDB51")
        for name in ("extract_trajectories", "fit_codebook", "transfer_rnn")
    ]
    jobs += [job("fuse", ["a/idt/b"], dataset=d) for d in ("UCF101", "HMDB51")]
    sentences = {"captions": "Flickr8k", "feature": "vgg19", "words": "GoogleNews"}
    jobs += [
        job(n, **sentences)
        for n in ("list_captions", "extract_images", "look_up_words", "fit_mixtures")
    ]
    jobs += [
        job(n, **sentences, model=m)
        for n in ("project_rnn", "train_sentence_rnn")
        for m in ("w2v", "w2v-clsf")
    ]
    jobs += [
        job("project_pooled", **sentences, model="MM-ENS"),
        job("project_rnn", **sentences, model="coco-cca"),
    ]
    jobs += [job("evaluate_retrieval", table="table5"), job("read_corpus", corpus="wikipedia")]
    for one in jobs:
        parts = units(one, paper, sizes)
        assert parts and set(parts) <= set(costs), (one, set(parts) - set(costs))


def test_the_table_adds_up(paper):
    costs, sizes = read_costs(COSTS), read_sizes(SIZES)
    shards = [
        replace(
            job(
                "decode_frames",
                outputs=[f"{i}.h5"],
                dataset="UCF101",
                feature="c3d",
                scatteritem=f"{i}-of-2",
            ),
            stage="frames",
        )
        for i in (1, 2)
    ]
    one = hours(shards[0], paper, costs, sizes)[0]
    text = report(shards, paper, costs, sizes, SOURCES, cores=2)
    row = next(line.split() for line in text.splitlines() if line.startswith("frames"))
    assert row[1] == "2" and float(row[2]) == pytest.approx(2 * one, abs=0.06)
    assert f"2 cores, no GPU: about {one:.1f} hours, at most 160 GB on disk at a time" in text
    assert report([job("table1", outputs=["x"])], paper, costs, sizes, SOURCES, cores=2) == ""
    other = paper | {
        "features": paper["features"] | {"c3d": {"network": "r3d_18", "weights": "x.pth"}}
    }
    text = report(
        [job("extract_features", dataset="UCF101", feature="c3d")],
        other,
        costs,
        sizes,
        SOURCES,
        cores=3,
        gpus=2,
    )
    assert "3 cores, 2 GPUs: at least no hours" in text
    assert "of unknown cost, and counted as nothing: extract_features:r3d_18-float32" in text


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """The full reproduction, planned where there is nothing."""
    folder = tmp_path_factory.mktemp("plan")
    config = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text())
    return succeed(
        folder, config, "--dry-run", "--resources", "mem_mb=22000", targets=["all_tables"], cores=8
    )


def test_the_full_reproduction_is_planned_with_its_hours_and_disk(planned):
    jobs = int(next(line.split()[-1] for line in planned.splitlines() if line.startswith("total")))
    assert 500 < jobs < 1500
    files = int(re.search(r"(\d+) files of results", planned)[1])
    assert 900 < files < 5000
    peaks = re.findall(
        r"8 cores, (?:no|a) GPU, 22000 MB: about [\d.]+ hours, at most ([\d.]+) GB on disk at a time",
        planned,
    )
    assert len(peaks) == 2 and all(60 < float(peak) < 150 for peak in peaks)
    table = planned[planned.index("Forecast") :].splitlines()[2:]
    stages = [line.split()[0] for line in table[: table.index("")]]
    assert stages[:5] == ["stage", "data", "manifest", "frames", "features"] and stages[-1] == "all"
    total = next(line for line in table if line.startswith("all "))
    assert int(total.split()[1]) == jobs - 1  # all_tables itself makes nothing
    [memory] = re.findall(r"([\d.]+) GB +[\d.]+ GB +[\d.]+ GB$", total)
    assert 15 < float(memory) < 22


def test_no_forecast_where_nothing_is_known(tmp_path):
    done = snakemake(tmp_path, tiny(), "--dry-run")
    assert done.returncode == 0 and "Forecast" not in done.stdout + done.stderr


def test_decoding_waits_for_the_network(tmp_path):
    """With frames_ahead, a shard's frames are decoded when the features of the shard so many before it are there."""
    target = "results/actions/UCF101/c3d/shards/16-of-16.h5"
    config = yaml.safe_load((ROOT / "config" / "paper.yaml").read_text())
    done = succeed(tmp_path, config, "--dry-run", targets=[target])
    shards = sorted(set(map(int, re.findall(r"c3d features of UCF101, shard (\d+)-of-16", done))))
    assert shards == list(range(2, 17, 2))
    done = succeed(tmp_path, config | {"frames_ahead": None}, "--dry-run", targets=[target])
    assert set(re.findall(r"c3d features of UCF101, shard (\d+)-of-16", done)) == {"16"}
