# What all stages need: the checked configuration, wildcards, and functions of features and machines.
# Which file feeds which is in common_actions.smk and common_captions.smk.
import re
import shutil
import sys
from pathlib import Path

from snakemake.common.configfile import load_configfile
from snakemake.iocontainers import Wildcards

started = time.time()
sys.path.insert(0, str(workflow.basedir))
from rnnfv.planning import ablations as ablation_planning
from rnnfv.planning import actions as planning
from rnnfv.planning import fusion as fusion_planning
from rnnfv.planning import sentences as sentence_planning
from rnnfv.errors import InputError

try:
    planning.check_schema(config, load_configfile(f"{workflow.basedir}/config/schema.yaml"))
    validate(config, "../config/schema.yaml")  # and fill in the defaults
    NETWORKS = planning.networks(config)
    planning.check_references(config)
    sentence_planning.check_sentences(config)
    fusion_planning.check_fusion(config)
    ablation_planning.check_ablations(config)
except InputError as error:
    raise WorkflowError(f"Configuration: {error}")
OWN_FEATURES = planning.own_features(config) | sentence_planning.caption_features(config)
TABLES = [f"table{number}" for number in range(1, 6) if f"table{number}" in config]

# Where files are, below results/ and logs/. Not Snakemake's pathvars: no wildcard constraints
# hold inside them (9.27).
ACTIONS = "actions/{dataset}"
FEATURE = f"{ACTIONS}/{{feature}}"
SPLIT = f"{FEATURE}/{{reduction}}/split{{split}}"
TRANSFERRED = f"{SPLIT}/rnn-fv-from-{{donor}}"
TRAINED = f"{SPLIT}/ablations/{{training}}/seed{{seed}}"
TRACKS = f"{ACTIONS}/{{trajectories}}"
FUSED = f"{ACTIONS}/table2/{{row}}/split{{split}}"
CAPTIONS = "captions/{captions}"
MODEL = f"{CAPTIONS}/{{feature}}/{{words}}/{{model}}/seed{{seed}}"


def any_of(names):
    """A pattern for one of these names; for nothing at all where there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


wildcard_constraints:
    dataset=any_of(config["datasets"]),
    feature=any_of(sorted({*config["features"], *OWN_FEATURES, *config["trajectories"]})),
    trajectories=any_of(config["trajectories"]),
    reduction="pca|cca",
    pooling="mean|gmm-fv|rnn-fv|rnn-hidden|rnn-fv-untrained",
    split=r"\d+",
    seed=r"\d+",
    donor=any_of(config["datasets"]),
    row="[a-z0-9-]+",
    captions=any_of(config["captions"]),
    words=any_of(config["words"]),
    corpus=any_of(config["corpora"]),
    model=any_of(config["models"]),
    table=any_of(sentence_planning.tables(config)),


scattergather:
    **{name: settings["shards"] for name, settings in config["datasets"].items()},
    **{
        f"tracks-{name}": s.get("track_shards", s["shards"])
        for name, s in config["datasets"].items()
    },
    **{f"captions-{name}": settings["shards"] for name, settings in config["captions"].items()},


def feature_settings(wildcards):
    """What a feature depends on, in a fixed order: not where its weights are fetched from."""
    settings = config["features"][wildcards.feature]
    return {key: value for key, value in sorted(settings.items()) if key != "source"}


def weights_of(wildcards):
    """The files the feature's network reads, so that other files mean other features; weights are checked in planning.

    Where they are fetched first: what says that they are in place. Files may not become inputs once they are there, or the
    second run would make all features anew.
    """
    if "source" in config["features"][wildcards.feature]:
        return markers_of(config["features"][wildcards.feature]["source"])
    try:
        NETWORKS[wildcards.feature].network.check_weights()
    except InputError as error:
        raise WorkflowError(str(error))
    settings = config["features"][wildcards.feature]
    return [
        settings[key] for key in ("weights", "mean") if settings.get(key) not in (None, "random")
    ]


def gpus():
    """1 where jobs should have a GPU to themselves, else 0: then the profile's limit does not hold up CPU jobs."""
    if config["device"] == "auto":
        return int(shutil.which("nvidia-smi") is not None)
    return int(config["device"].startswith("cuda"))


GPU = {"gpu": gpus(), "device": config["device"]}


def minutes_of_features(wildcards):
    """Minutes that a shard's features may take: at the paper's size VGG-19 takes a hundred times as long without a GPU."""
    return 240 if GPU["gpu"] else 1440


def growing(**resources):
    """Resources of a rule that grow when a job is submitted again; an amount may be a function.

    The first attempt gets the amount, the second twice as much. A profile's `retries` says how many
    attempts there are. Rules without any are content with a cluster profile's default-resources.
    """

    def scaled(amount):
        def needed(wildcards, attempt):
            return (amount(wildcards) if callable(amount) else amount) * attempt

        return needed

    return {name: scaled(amount) for name, amount in resources.items()}


def show_tables(since):
    """Print the tables made since `since`, and where they are."""
    for path in sorted([*Path("results").glob("table*.md"), *Path("results").glob("ablations.md")]):
        if path.stat().st_mtime >= since:
            print(
                f"\n{path.read_text()}\n{path.with_suffix('.csv')} (also .md, .tex)\n",
                file=sys.stderr,
            )


def start_jobs_freely():
    """Lift Snakemake's limit on job starts, 100 a second unless another is asked for.

    While jobs wait for a core, every one that ends leaves a timer that wakes the scheduler once a second from then on: after some
    hundred jobs that takes a core of its own (Snakemake 9.27).
    """
    limit = getattr(workflow.scheduler, "job_rate_limiter", None)
    if limit is not None and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


onstart:
    start_jobs_freely()
