"""The profiles, as far as a machine without a cluster can tell; tests/slurm runs them."""

import importlib.util
import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from helpers.workflow import succeed, tiny

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = ["slurm", "cluster-generic"]
RULES = {
    name
    for path in (ROOT / "rules").glob("*.smk")
    for name in re.findall(r"^rule (\w+):", path.read_text(), re.MULTILINE)
}


def profile(name):
    return yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())


def script(name):
    found = importlib.util.spec_from_file_location(
        name, ROOT / "profiles" / "cluster-generic" / f"{name}.py"
    )
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def resources_of_jobs(folder, *arguments):
    """The output of a dry run without the rules' messages, which hide the resources."""
    for name in ("scripts", "rnnfv", "config", "config.yaml", "data", "envs", "report"):
        (folder / name).exists() or (folder / name).symlink_to(ROOT / name)
    (folder / "rules").mkdir(exist_ok=True)
    for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]:
        text = re.sub(r"^    message:\n(?:        .*\n)+", "", path.read_text(), flags=re.MULTILINE)
        (folder / path.relative_to(ROOT)).write_text(text)
    (folder / "mine.yaml").write_text(yaml.safe_dump(tiny()))
    arguments = ["--configfile", "mine.yaml", "--dry-run", *arguments]
    return succeed(folder, None, *arguments, snakefile=folder / "Snakefile")


@pytest.mark.parametrize("name", ["default", *CLUSTER])
def test_every_setting_is_explained(name):
    lines = (ROOT / "profiles" / name / "config.yaml").read_text().splitlines()
    assert all("#" in line for line in lines if re.match(r"[\w-]+:", line))


@pytest.mark.parametrize("name", CLUSTER)
def test_cluster_profiles_name_rules_there_are_and_agree(name):
    settings = profile(name)
    assert set(settings["groups"]) <= RULES
    for key in (
        "groups",
        "group-components",
        "retries",
        "default-resources",
        "set-resource-scopes",
    ):
        assert settings[key] == profile("slurm")[key], key
    # In one group, frames_ahead would chain all shards of a feature to a single job.
    assert not {"decode_frames", "extract_features"} & set(settings["groups"])
    assert set(settings["group-components"]) <= set(settings["groups"].values())
    default = profile("default")
    shared = ("rerun-incomplete", "show-failed-logs")  # a cluster's profile is loaded alone
    assert all(settings[key] == default[key] for key in shared)
    assert settings["resources"] == ["downloads=2"]  # of GPUs, the cluster counts


def test_the_default_profile_loads_itself(tmp_path):
    printed = succeed(tmp_path, tiny(), "--dry-run")
    assert f"Using workflow specific profile {ROOT}/profiles/default" in printed
    assert "gpu=1" in profile("default")["resources"]


def test_memory_and_time_of_every_rule_grow_with_the_attempt(tmp_path):
    """Those of a rule, or the default of every cluster profile."""
    for path in (ROOT / "rules").glob("*.smk"):
        for block in re.findall(
            r"^    resources:.*\n((?: {8}.*\n)+)", path.read_text(), re.MULTILINE
        ):
            assert re.search(r"\*\*growing\(mem_mb=\w+, runtime=\w+\),", block), path.name
    default = [f"{key}={value}" for key, value in profile("slurm")["default-resources"].items()]
    asked = [
        re.findall(
            r"\b(mem_mb|runtime)=(\d+)\b(?! \*)",
            resources_of_jobs(tmp_path, "--attempt", number, "--default-resources", *default),
        )
        for number in ("1", "3")
    ]
    first, third = (
        sorted((key, int(value)) for key, value in found) for found in asked
    )  # jobs are printed in any order
    assert len(first) > 40 and [(key, 3 * value) for key, value in first] == third


def test_gpus_are_asked_for_by_the_rules_that_use_them_alone(tmp_path):
    printed = resources_of_jobs(tmp_path, "--config", "device=cuda")
    asking = {
        block.split(":")[0]
        for block in printed.split("\nrule ")[1:]
        if re.search(r"resources:.*\bgpu=1", block)
    }
    assert asking == {"extract_features", "train_rnn"}


def test_what_sbatch_is_told():
    job = {
        "rule": "train_rnn",
        "threads": 2,
        "resources": {"mem_mb": 8000, "runtime": 600, "gpu": 1},
    }
    told = list(script("submit").options(job))
    assert {
        "--job-name=train_rnn",
        "--cpus-per-task=2",
        "--mem=8000",
        "--time=600",
        "--gpus=1",
    } <= set(told)
    job["resources"] = {"mem_mb": 1000, "runtime": 10, "gpu": 0, "gres": "gpu:a100:1"}
    told = list(script("submit").options(job))
    assert "--gres=gpu:a100:1" in told and not any("--gpus" in option for option in told)
    assert not any(
        "gpu" in option
        for option in script("submit").options(job | {"resources": job["resources"] | {"gres": ""}})
    )


@pytest.mark.parametrize(
    ("shown", "error", "word"),
    [
        ("JobId=7 JobName=x JobState=COMPLETED Reason=None", "", "success"),
        ("JobId=7 JobState=PENDING Reason=Resources", "", "running"),
        ("JobId=7 JobState=COMPLETING", "", "running"),
        ("JobId=7 JobState=OUT_OF_MEMORY", "", "failed"),
        ("JobId=7 JobState=TIMEOUT", "", "failed"),
        ("", "slurm_load_jobs error: Unable to contact slurm controller", "running"),
        ("", "slurm_load_jobs error: Invalid job id specified", "failed"),
    ],
)
def test_what_became_of_a_job(shown, error, word):
    assert script("status").status(shown, error) == word


def test_submission_prints_the_number_alone(tmp_path):
    """sbatch answers "number;cluster" where there are several clusters."""
    (tmp_path / "sbatch").write_text('#!/bin/sh\necho "$@" > told; echo "12;west"\n')
    (tmp_path / "sbatch").chmod(0o755)
    job = {"rule": "x", "threads": 1, "resources": {"mem_mb": 10, "runtime": 1}}
    (tmp_path / "job.sh").write_text(f"#!/bin/sh\n# properties = {json.dumps(job)}\nexit 0\n")
    command = [ROOT / "profiles/cluster-generic/submit.py", "job.sh"]
    environment = {"PATH": f"{tmp_path}:/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "12\n" and (tmp_path / "told").read_text().startswith(
        "--parsable --job-name=x"
    )
