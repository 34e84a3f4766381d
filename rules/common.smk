# What all stages need: the checked configuration, wildcards, and functions of features and machines.
# Which file feeds which is in common_actions.smk and the rule files.
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
from rnnfv.data.download import read_sources
from rnnfv.planning.sentence_checks import check_sentences
from rnnfv.errors import InputError
from rnnfv.planning.sources import sources_needed, tables_of_files

try:
    planning.check_schema(config, load_configfile(f"{workflow.basedir}/config/schema.yaml"))
    validate(config, "../config/schema.yaml")  # and fill in the defaults
    NETWORKS = planning.networks(config)
    planning.check_references(config)
    check_sentences(config)
    fusion_planning.check_fusion(config)
    ablation_planning.check_ablations(config)
except InputError as error:
    raise WorkflowError(f"Configuration: {error}")
OWN_FEATURES = planning.own_features(config) | sentence_planning.caption_features(config)
TABLES = [f"table{number}" for number in range(1, 6) if f"table{number}" in config]

# Archives are no declared outputs: Snakemake would delete what a user has put there.
config["data"].setdefault("sources", f"{workflow.basedir}/data/sources.csv")
RECEIPT = f"{config['data']['root']}/.downloaded/{{source}}.json"
MARKER = f"{config['data']['root']}/.unpacked/{{source}}.json"
try:
    SOURCES = read_sources(config["data"]["sources"])
    NEEDED = sources_needed(config, SOURCES)
except InputError as error:
    raise WorkflowError(f"Data: {error}")

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
    source=any_of(SOURCES),
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


def markers_of(groups):
    """The markers of all archives of one group, or of a list of them."""
    groups = [groups] if isinstance(groups, str) else groups
    names = [name for name, source in SOURCES.items() if source.group in groups]
    return expand(MARKER, source=names)


def feature_settings(wildcards):
    """What a feature depends on, in a fixed order: not where its weights are fetched from."""
    return without_source(config["features"][wildcards.feature])


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


def fetched_or(settings, files):
    """The markers of what is fetched first, else the user's files."""
    return markers_of(settings["source"]) if "source" in settings else files


def without_source(settings):
    """Settings in a fixed order, without where files are fetched from: what results depend on."""
    return {key: value for key, value in sorted(settings.items()) if key != "source"}


def with_model(pattern, model):
    """The pattern of the same file of one model."""
    return expand(pattern, model=model, allow_missing=True)[0]


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


def show_check(since):
    """Print the report on data and machine, if this run made one."""
    path = Path("results/check.txt")
    if path.exists() and path.stat().st_mtime >= since:
        print(f"\n{path.read_text()}\n({path})\n", file=sys.stderr)


def features_behind(wildcards):
    """The files of features, and of words, that a table's numbers come from."""
    if wildcards.described == "table1":
        return sorted({path for row in TABLE1 for path in features_of_row(row)})
    if wildcards.described == "table2":
        seed, files = config["seeds"][0], set()
        for row in TABLE2:
            split = config["datasets"][row["dataset"]]["splits"][0]
            place = {"dataset": row["dataset"], "split": split}
            files |= {member_vectors(place, name, seed) for name in row["members"]}
        return sorted(files)
    if wildcards.described == "ablations":
        dataset, features = ablations("dataset"), ablation_features()
        return [features_of_row({"dataset": dataset, "feature": name})[0] for name in features]
    return images_and_words(**config[wildcards.described])


def features_of_row(row):
    """Features of a row of Table 1; with a CCA, also the images and words that it was fitted to."""
    own = config["datasets"][row["dataset"]].get("sequences", {}).get(row["feature"])
    files = [own or f"results/{FEATURE}/sequences.h5".format(**row)]
    if row.get("reduction") == "cca":
        files += images_and_words(**config["transfer"] | {"feature": row["feature"]})
    return files


def images_and_words(captions, feature, words, **_):
    """The vectors of a caption set's images and of its words."""
    folder = f"results/captions/{captions}"
    return [f"{folder}/{feature}/images.h5", f"{folder}/words/{words}/table.h5"]


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
