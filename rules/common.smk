# What all stages need: the checked configuration, wildcards, and what rules ask of both.
import shutil
import sys
from pathlib import Path

from snakemake.dag import DAG
from snakemake.iocontainers import Wildcards

started = time.time()
sys.path.insert(0, str(workflow.basedir))
from rnnfv.arrays.writing import remove_all_stale
from rnnfv.data.download.sources import read_sources
from rnnfv.data.replaced import since
from rnnfv.data.shards import parse_shard
from rnnfv.data.text_files import read_table
from rnnfv.errors import InputError
from rnnfv.evaluation.table_poolings import POOLINGS
from rnnfv.planning import ablations, actions, fusion, results_folder, retrieval, sentences
from rnnfv.command import options_of
from rnnfv.planning.jobs import any_of, ask_behind_ancient, given_to, growing, without_source
from rnnfv.planning.paths import check_start
from rnnfv.planning.reading import complete
from rnnfv.planning.sources import sources_needed
from rnnfv.reporting import names

ask_behind_ancient(DAG)
try:
    if not workflow.deployment_settings.deployment_method:  # conda has a Python of its own
        check_start(str(workflow.basedir), sys.executable)
    complete(config, workflow.basedir)
    NETWORKS = actions.networks(config)
    SOURCES = read_sources(config["data"]["sources"])
    NEEDED = sources_needed(config, SOURCES)
except InputError as error:
    raise WorkflowError(f"Configuration: {error}")
OWN_FEATURES = actions.own_features(config) | sentences.caption_features(config)
TABLES = [f"table{number}" for number in range(1, 6) if f"table{number}" in config]

# Archives are no declared outputs: Snakemake would delete what a user has put there.
RECEIPT = f"{config['data']['root']}/.downloaded/{{source}}.json"
MARKER = f"{config['data']['root']}/.unpacked/{{source}}.json"

# Where files are, below <results> and <logs>: a run with a name has folders of its own. What
# follows has wildcards and is no pathvar: no wildcard constraints hold inside them (9.27).
RESULTS = results_folder(config)
LOGS = f"logs{RESULTS.removeprefix('results')}"
MADE = f"{RESULTS}/", f"{config['data']['root']}/."  # beginnings of what rules make


pathvars:
    results=RESULTS,
    logs=LOGS,


ACTIONS = "actions/{dataset}"
FEATURE = f"{ACTIONS}/{{feature}}"
SPLIT = f"{FEATURE}/{{reduction}}/split{{split}}"
TRANSFERRED = f"{SPLIT}/rnn-fv-from-{{donor}}"
TRAINED = f"{SPLIT}/ablations/{{training}}"
TRACKS = f"{ACTIONS}/{{trajectories}}"
CAPTIONS = "captions/{captions}"
TOKENS = "<results>/corpora/{corpus}/tokens.txt"
MODEL = f"{CAPTIONS}/{{feature}}/{{words}}/{{model}}/seed{{seed}}"


ON_SPLIT = (
    "{wildcards.dataset}, {wildcards.feature} by {wildcards.reduction}, split {wildcards.split}"
)


wildcard_constraints:
    dataset=any_of(config["datasets"]),
    feature=any_of(sorted({*config["features"], *OWN_FEATURES, *config["trajectories"]})),
    trajectories=any_of(config["trajectories"]),
    reduction="pca|cca",
    pooling=any_of(POOLINGS),
    split=r"\d+",
    seed=r"\d+",
    donor=any_of(config["datasets"]),
    training=any_of(ablations.trainings(config)),
    row="[a-z0-9-]+",
    source=any_of(SOURCES),
    captions=any_of(config["captions"]),
    words=any_of(config["words"]),
    corpus=any_of(config["corpora"]),
    model=any_of(config["models"]),
    table=any_of(retrieval.tables(config)),


scattergather:
    **{f"clips-{name}": settings["shards"] for name, settings in config["datasets"].items()},
    **{f"tracks-{k}": s.get("track_shards", s["shards"]) for k, s in config["datasets"].items()},
    **{f"captions-{name}": settings["shards"] for name, settings in config["captions"].items()},


def markers_of(groups):
    """The markers of all archives of one group, or of a list of them."""
    groups = [groups] if isinstance(groups, str) else groups
    names = [name for name, source in SOURCES.items() if source.group in groups]
    return expand(MARKER, source=names)


def weights_of(wildcards):
    """The files that the feature's network reads, so that other files mean other features.

    Where they are fetched first: what says that they are in place. Files may not become inputs once
    they are there, or the second run would make all features anew.
    """
    settings = config["features"][wildcards.feature]
    if "source" in settings:
        return markers_of(settings["source"])
    try:
        NETWORKS[wildcards.feature].network.check_weights()
    except InputError as error:
        raise WorkflowError(str(error))
    given = (settings.get("weights"), settings.get("mean"))
    return [path for path in given if path not in (None, "random")]


def fetched_or(settings, files):
    """The markers of what is fetched first, else the user's files."""
    return markers_of(settings["source"]) if "source" in settings else files


def with_model(pattern, model):
    """The pattern of the same file of one model."""
    return expand(pattern, model=model, allow_missing=True)[0]


# A job has a GPU to itself. Without any, none is asked for: a profile's limit holds up no CPU job.
SEES_GPU = config["device"] == "auto" and shutil.which("nvidia-smi") is not None
GPU = {"gpu": int(SEES_GPU or config["device"].startswith("cuda")), "device": config["device"]}
# At the paper's size VGG-19 takes a hundred times as long without a GPU.
MINUTES_OF_FEATURES = 240 if GPU["gpu"] else 1440


def by_seed(pattern):
    """The file of every seed."""
    return expand(pattern, seed=config["seeds"], allow_missing=True)


def in_words(wildcards, more=()):
    """Wildcards in words, as the tables say them; no **more, for Snakemake to fill."""
    return names.in_words({**wildcards, **dict(more)}, config["models"])


def in_report(path, text, shown="", **more):
    """A file in Snakemake's report: explained by report/<text>.rst, labelled by its wildcards.

    One label says all: of several, the report makes switches. `more` are wildcards filled in here.
    """
    labels = lambda wildcards: {"result": in_words(wildcards, more) + shown}
    caption, category = f"../report/{text}.rst", names.HEADINGS.get(text, "Tables")
    filled = expand(path, **more, allow_missing=True)[0]
    return report(filled, caption=caption, category=category, labels=labels)


def table_files(table, text):
    """Outputs of a table: numbers, what people read, and bars; report/<text>.rst explains them."""
    place = {} if "{" in table else {"table": table}
    kinds = {kind: f"<results>/{table}.{kind}" for kind in ("csv", "md", "tex", "txt")}
    page = in_report("<results>/{table}.html", text, **place)
    return {
        **kinds,
        "html": page,
        "png": in_report("<results>/{table}.png", text, ", bars", **place),
    }


def looks_at(pattern):
    """Parameters of a job that runs again when a file that it read has been replaced."""
    return {"seen": pattern, "since": lambda wildcards: since(pattern.format(**wildcards))}


def leak_notes(datasets):
    """Files of notes on leaks and labels, for tables; nothing of data sets that are drawn here."""
    drawn = lambda name: config["datasets"][name]["layout"] == "synthetic"
    names = [name for name in dict.fromkeys(datasets) if not drawn(name)]
    return [f"{RESULTS}/{ACTIONS}/notes.json".format(dataset=name) for name in names]
