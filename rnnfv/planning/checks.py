"""Checks of the configuration, for what its schema (``config/schema.yaml``) cannot say."""

from collections.abc import Iterator

from rnnfv.errors import InputError
from rnnfv.features.trajectories.settings import TrajectorySettings
from rnnfv.features.words.vector_files import check_format
from rnnfv.planning import Config, ablations, actions, retrieval, sentences
from rnnfv.planning.fusion import missing_rows, slug, table2_rows, trajectory_settings
from rnnfv.planning.names import check_file_name, check_names


def check_config(config: Config) -> None:
    """Check that names are defined, and that what they name can be made and goes together.

    Raises:
        InputError: the first thing that is wrong, naming the key.
    """
    check_names(config)
    halves = (_of_datasets, _of_table1, _of_trajectories, _of_samples, _of_table2, _of_ablations)
    for problems in (*halves, _of_tables, _of_words, _of_models, _of_combinations):
        for problem in problems(config):
            raise InputError(problem)


def _of_datasets(config: Config) -> Iterator[str]:
    for name, settings in config["datasets"].items():
        content = {"videos", "sequences", "tracks"} & set(settings)
        if settings["layout"] == "manifest" and not content:
            yield f"datasets.{name}: set videos (a folder) or sequences (names and files), or both."


def _of_table1(config: Config) -> Iterator[str]:
    for name in config["table1"]["datasets"]:
        features = actions.features_of(config, name)
        if not features:
            advice = "or add efficientnet_lite0, whose weights come with a package"
            problem = f"no feature of {name} can be made; set features.<name>.weights"
            yield f"table1.features: {problem}, {advice}."
        if not any(actions.reductions_of(config, name, feature) for feature in features):
            problem = f"none of {name}'s features can be reduced by cca"
            cause = "transfer's caption set has no images, or vectors, of the same feature"
            other = "is synthetic and the videos are not. Add pca, or change transfer"
            yield f"table1.reductions: {problem}: {cause}, or {other}."


def _of_trajectories(config: Config) -> Iterator[str]:
    for name in config["trajectories"]:
        key = f"trajectories.{name}"
        if name in {*config["features"], *actions.own_features(config)}:
            yield f"{key}: there is a feature of this name; give one of them another."
        try:
            TrajectorySettings(**trajectory_settings(config, name))
        except InputError as error:
            yield f"{key}: {str(error).removeprefix('trajectories: ')}"
        side, volume = (config["trajectories"][name][key] for key in ("short_side", "volume"))
        if side and side < volume:
            yield f"{key}: short_side {side} is below volume {volume}: there would be no tracks."


def _of_samples(config: Config) -> Iterator[str]:
    """A mixture needs as many samples as it has components."""
    gmm, words = config["gmm"], config["sentences"]
    asked = {
        "gmm.max_samples": (gmm["max_samples"], max(gmm["components"])),
        "sentences.mixture_samples": (words["mixture_samples"], words["mixture_components"]),
    }
    for name, settings in config["trajectories"].items():
        least = max(2, settings["components"])  # a PCA comes before
        asked[f"trajectories.{name}.max_samples"] = settings["max_samples"], least
    for key, (samples, components) in asked.items():
        if samples < components:
            problem = f"{samples} samples are too few for {components} components"
            yield f"{key}: {problem}; allow more, or use fewer components."


def _of_table2(config: Config) -> Iterator[str]:
    if "table2" not in config:
        return
    for name, member in config["table2"]["representations"].items():
        if "trained_on" in member and member.get("pooling", "rnn-fv") != "rnn-fv":
            key = f"table2.representations.{name}.trained_on"
            yield f"{key}: only rnn-fv has a network to be trained elsewhere."
    paths: dict[str, str] = {}
    for method in config["table2"]["rows"]:
        check_file_name("table2.rows", slug(method))
        first = paths.setdefault(slug(method), method)
        if first != method or not slug(method):
            yield f"table2.rows: {method!r} and {first!r} differ in punctuation only; rename one."
    if not table2_rows(config):
        yield "table2.rows: no row can be made:\n" + "\n".join(missing_rows(config))


def _of_ablations(config: Config) -> Iterator[str]:
    if "ablations" not in config:
        return
    name = config["ablations"]["dataset"]
    there = config["datasets"][name]["splits"]
    unknown = sorted(set(ablations.splits(config)) - set(there))
    if unknown:
        known = ", ".join(map(str, there))
        problem = f"{name} has no split {unknown[0]} in datasets.{name}.splits"
        yield f"ablations.splits: {problem}; there are {known}."
    first, *others = config["ablations"]["changes"]
    names = [entry["name"] for entry in (first, *others)]
    for twice in (entry for i, entry in enumerate(names) if entry in names[:i]):
        yield f"ablations.changes: {twice!r} occurs twice; every entry needs a name of its own."
    if set(first) != {"name"}:
        reference = f"the first entry, {first['name']!r}, is the reference"
        advice = "put what it sets into rnn, ablations.feature or ablations.pca"
        yield f"ablations.changes: {reference} and may have nothing but a name; {advice}."
    for change in ablations.changes(config):
        for problem in _of_change(config, change):
            yield f"ablations.changes, {change['name']!r}: {problem}"


def _of_change(config: Config, change: ablations.Change) -> Iterator[str]:
    dataset, feature = config["ablations"]["dataset"], change["feature"]
    there = actions.features_to_choose_from(config, dataset)
    if feature not in there:
        listed = ", ".join(sorted(there)) or "none"
        yield f"feature: {feature!r} cannot be made of {dataset}; there are {listed}."
    elif not actions.has_weights(config, feature):
        yield f"feature: set features.{feature}.weights, or take the entry out of the list."
    elif change["reduction"] == "cca" and not actions.transferable(config, dataset, feature):
        problem = f"no CCA can be learnt for {feature} of {dataset}"
        yield f"reduction: {problem}; use pca, or change transfer."
    if "fc" in change["layers"] and not change["rnn"]["n_fc"] and change["pooling"] == "fisher":
        yield "layers: the network has no layer fc, since n_fc is 0."
    if change["pooling"] == "hidden" and "layers" in change["changed"]:
        yield "layers: hidden activations are not a gradient; leave layers or pooling: hidden out."
    if change["changed"].get("untrained") and "epoch" in change["changed"]:
        yield "epoch: an untrained network has none; leave epoch or untrained out."


def _of_tables(config: Config) -> Iterator[str]:
    for table in retrieval.tables(config):
        name, feature = config[table]["captions"], config[table]["feature"]
        captions = config["captions"][name]
        if feature not in captions.get("vectors", {}):
            if captions["layout"] != "synthetic" and "images" not in captions:
                advice = f"set images (a folder), or vectors.{feature} (a vectors file)"
                yield f"captions.{name}: no {feature} features can be made; {advice}."
            if actions.networks(config)[feature].network.kind != "frame":
                advice = "images need a network of frames"
                yield f"{table}.feature: {feature} is a network of clips; {advice}."
        for model in retrieval.needed_models(config, table):
            by_cca = sentences.model_settings(config, model)["words"] == "cca"
            if by_cca and not sentences.embedding_model(config):
                needed = "a model with pooling mm-ens, whose CCA embeds the words"
                yield f"models.{model}.words: cca needs {needed}."


def _of_words(config: Config) -> Iterator[str]:
    for name, words in config["words"].items():
        if ("path" in words) == ("corpora" in words):
            choice = "give either path, a file of word vectors, or corpora to train them on"
            hint = "to use a file beside the default run's trained vectors"
            yield f"words.{name}: {choice}. (Settings add up: {hint}, give it a name of its own.)"
        elif "path" in words:
            try:
                check_format(words["path"], allow_pickle=words.get("allow_pickle", False))
            except InputError as error:
                yield f"words.{name}.path: {error}"


def _of_models(config: Config) -> Iterator[str]:
    for name, model in config["models"].items():
        pooling = model["pooling"]
        # A setting that a pooling does not read: its row would claim something else.
        ignored = sorted(set(model) - {"pooling", "label", *sentences.READ_BY[pooling]})
        if pooling != "rnn-fv" and ignored:
            problem = f"has no meaning for pooling {pooling}"
            yield f"models.{name}.{ignored[0]}: {problem}. Take it out, or use rnn-fv."
        if "network" in model:
            yield from _of_network(config, name, model)


def _of_network(config: Config, name: str, model: Config) -> Iterator[str]:
    """A model may use another's network, but differ in nothing that network was trained with."""
    other = config["models"][model["network"]]
    if other["pooling"] != "rnn-fv" or model["pooling"] != "rnn-fv" or "network" in other:
        problem = f"{model['network']!r} has no network of its own"
        yield f"models.{name}.network: {problem}; name an rnn-fv that has."
    for key in (*sentences.NETWORK, *sentences.DATA):
        if model.get(key, other.get(key)) != other.get(key):
            reason = f"the network is that of {model['network']}"
            yield f"models.{name}.{key}: cannot be set, since {reason}."


def _of_combinations(config: Config) -> Iterator[str]:
    for table in retrieval.tables(config):
        for name, members in retrieval.combinations(config, table).items():
            if name in config["models"]:
                problem = f"{name!r} is also the name of a model"
                yield f"combinations: {problem}; give the combination {members} another."
        files = {file.lower(): name for file, name in retrieval.method_files(config, table).items()}
        for name in retrieval.methods(config, table):
            file = retrieval.method_file(name).lower()
            check_file_name(f"{table}.combinations", file)
            if not file or files[file] != name:
                problem = f"has the letters of {files[file]!r}" if file else "has no letters"
                yield f"{table}.combinations: {name!r} {problem}, for a file's name. Rename it."
    model = config.get("transfer", {}).get("model")
    if model and config["models"][model]["pooling"] == "rnn-fv":
        reason = "the paper projects frames by GMM+HGLMM's CCA"
        yield f"transfer.model: name a model that is not an rnn-fv; {reason}."
