"""Side experiments on actions: against plain NumPy; the list of changes; the table by hand."""

import copy
import itertools
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from sklearn.svm import LinearSVC
from snakemake.utils import validate

from rnnfv import InputError
from rnnfv.arrays.conversion import as_sequences
from rnnfv.arrays.normalize import as_numpy
from rnnfv.evaluation.classifier import Grid, representations
from rnnfv.evaluation.table_poolings import SplitData
from rnnfv.experiments.ablations import extraction, extraction_key, measure, represent, time_ratio
from rnnfv.planning.ablations import changes, sharing, splits, trainings
from rnnfv.planning.checks import check_config
from rnnfv.planning.schema import check_schema
from rnnfv.reduction.standardize import scaled_columns
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.layer_gradients import layer_sizes
from rnnfv.rnn.settings import RNNSettings

ROOT = Path(__file__).resolve().parents[3]
DIM, UNITS = 5, 6
ROWS = {"train": np.arange(1, 60, 2), "val": np.arange(0, 40, 2), "test": np.arange(40, 60, 2)}


@pytest.fixture
def sequences(rng):
    """Sixty ragged sequences that rise or fall."""
    steps = [
        np.cumsum(rng.normal(0.2 * (-1) ** (i // 2), 1, (n, DIM)), axis=0)
        for i, n in enumerate(rng.integers(1, 9, 60))
    ]
    return as_sequences([x.astype(np.float32) for x in steps])


@pytest.fixture
def labels():
    return np.array([f"class {i // 2 % 2}" for i in range(60)])


@pytest.fixture
def network():
    return RNNSettings(n_fc=4, n_lstm=UNITS).build(DIM, seed=0)


def whole(source, block_bytes=2**20):
    return np.concatenate(
        [as_numpy(block).copy() for block in source.columns(block_bytes)], axis=1
    ).astype(np.float64)


def plain(G, scaling, pca, alpha, l2, known):
    """The vectors, one formula after another; statistics and PCA of training rows alone."""
    train = G[ROWS["train"]]
    if scaling != "none":
        scale = np.sqrt((train**2).mean(axis=0)) if scaling == "fisher" else train.std(axis=0)
        G = G if scaling == "fisher" else G - train.mean(axis=0)
        G = np.where(scale > 1e-6 * scale.max(), G / np.where(scale > 0, scale, 1), 0)
    if pca is not None:
        mean = G[ROWS["train"]].mean(axis=0)
        G = (G - mean) @ np.linalg.svd(G[ROWS["train"]] - mean, full_matrices=False)[2][:pca].T
    G = np.sign(G) * np.abs(G) ** alpha
    lengths = np.linalg.norm(G, axis=1, keepdims=True)
    return G / lengths if l2 else G / np.sqrt((lengths[known] ** 2).mean())


@pytest.mark.parametrize("pca", [7, None])
@pytest.mark.parametrize(
    ("scaling", "power", "l2"),
    list(itertools.product(("none", "fisher", "standardize"), (True, False), (True, False))),
)
def test_every_normalisation_against_plain_numpy(
    network, sequences, labels, scaling, power, l2, pca
):
    alpha = 0.5 if power else 1.0
    gradients = whole(FisherVectors(network, sequences))
    source = scaled_columns(represent(network, sequences), scaling, ROWS["train"])
    fitted = np.concatenate([ROWS["train"], ROWS["val"]])
    grid = Grid((pca,), (alpha,), 1.0, l2)
    [(_, _, ours, *_)] = representations(source, ROWS["train"], fitted, grid)
    vectors = plain(gradients, scaling, pca, alpha, l2, fitted)
    expected = vectors @ vectors[fitted].T  # what an SVM sees; PCA's signs do not matter
    np.testing.assert_allclose(ours @ ours[fitted].T, expected, atol=2e-4 * np.abs(expected).max())
    data = SplitData(sequences, labels, ROWS)
    found = measure(source, data, {"pca": pca, "alpha": alpha, "l2": l2}, C=1.0)
    for part, known in [("val", ROWS["train"]), ("test", fitted)]:
        vectors = plain(gradients, scaling, pca, alpha, l2, known)
        svm = LinearSVC(C=1.0, random_state=0, max_iter=20_000).fit(vectors[known], labels[known])
        accuracy = np.mean(svm.predict(vectors[ROWS[part]]) == labels[ROWS[part]])
        assert found["accuracy" if part == "test" else "val_accuracy"] == pytest.approx(
            accuracy, abs=0.051
        )  # one item
    assert (found["dim"], found["pca"]) == (DIM * (UNITS + 1), pca)


@pytest.mark.parametrize(
    "layers", [("fc",), ("lstm",), ("fc", "lstm"), ("output", "fc"), ("fc", "lstm", "output")]
)
def test_layers_by_columns_are_the_layers_gradients(network, sequences, layers):
    from rnnfv.rnn.fisher_vector_rows import FisherVectorRows

    source = represent(network, sequences, layers=layers)
    rows = np.concatenate(
        [b.copy() for b in FisherVectorRows(network, sequences, layers=layers).rows()]
    )
    assert source.shape == (60, sum(layer_sizes(network, layers)))
    np.testing.assert_allclose(whole(source), rows, atol=2e-6)
    np.testing.assert_allclose(whole(source, block_bytes=1), rows, atol=2e-6)


def test_dimensions_at_the_papers_size():
    sizes = {"fc": 200 * 501, "lstm": 320_800, "output": 100_500}
    paper = RNNSettings().build(500, seed=0)
    for layers in (["output"], ["fc"], ["lstm"], ["fc", "lstm"], ["fc", "lstm", "output"]):
        assert sum(layer_sizes(paper, layers)) == sum(sizes[name] for name in layers)


def test_hidden_activations_and_what_can_be_scaled(network, sequences, labels):
    source = represent(network, sequences, pooling="hidden")
    np.testing.assert_array_equal(whole(source), FisherVectors(network, sequences).mean_hidden())
    fisher = scaled_columns(source, "fisher", ROWS["train"])
    np.testing.assert_allclose((whole(fisher)[ROWS["train"]] ** 2).mean(axis=0), 1, rtol=1e-5)
    np.testing.assert_array_equal(
        whole(source), FisherVectors(network, sequences).mean_hidden()
    )  # left as they were
    data = SplitData(sequences, labels, ROWS)
    found = measure(fisher, data, {"pca": None, "alpha": 0.5, "l2": True}, C=1.0)
    assert found["dim"] == UNITS and found["pca"] is None


def test_test_items_have_no_influence_on_statistics(network, sequences):
    before = scaled_columns(represent(network, sequences), "standardize", ROWS["train"])
    for i in ROWS["test"]:
        sequences.values[sequences.offsets[i] : sequences.offsets[i + 1]] *= 9
    after = scaled_columns(represent(network, sequences), "standardize", ROWS["train"])
    np.testing.assert_array_equal(before.scale, after.scale)
    np.testing.assert_array_equal(before.center, after.center)


def test_every_kth_element(rng):
    arrays = [rng.normal(size=(n, 3)).astype(np.float32) for n in (1, 7, 4, 9)]
    thinned = as_sequences(arrays).thinned(3)
    assert thinned.lengths.tolist() == [1, 3, 2, 3]
    for ours, array in zip(thinned, arrays, strict=True):
        np.testing.assert_array_equal(ours, array[::3])
    np.testing.assert_array_equal(as_sequences(arrays).thinned(1).values, np.concatenate(arrays))


def test_time_ratio(network, sequences):
    assert time_ratio(lambda: time.sleep(0.06), lambda: time.sleep(0.02)) == pytest.approx(
        3, rel=0.4
    )
    change = {"pooling": "fisher", "layers": ("lstm",), "scaling": "fisher"}
    extraction(network, sequences, change)()  # runs, and may run again
    change = {"pooling": "hidden", "layers": ("output",), "scaling": "none"}
    extraction(network, sequences, change)()


# The list of changes


@pytest.fixture(scope="module")
def default():
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    validate(config, str(ROOT / "config" / "schema.yaml"))
    return config


def with_changes(default, *entries, **settings):
    config = copy.deepcopy(default)
    config["features"]["blocks"] = {"network": "c3d", "weights": "random"}
    config["ablations"] |= {"changes": [{"name": "reference"}, *entries], **settings}
    check_schema(config, yaml.safe_load((ROOT / "config" / "schema.yaml").read_text()))
    check_config(config)
    return config


def test_the_default_list_has_every_kind(default):
    check_config(default)
    found = changes(default)
    normalisations = [
        (c["scaling"], c["alpha"], c["l2"])
        for c in found
        if set(c["changed"]) <= {"scaling", "power", "l2"}
    ]
    assert sorted(normalisations) == sorted(
        itertools.product(("none", "fisher", "standardize"), (0.5, 1.0), (True, False))
    )
    layers = {tuple(change["layers"]) for change in found}
    assert layers >= {("output",), ("fc",), ("lstm",), ("fc", "lstm"), ("fc", "lstm", "output")}
    varied = {key for change in found for key in change["changed"]}
    assert varied >= {"pooling", "untrained", "pca", "dropout", "n_lstm", "epoch", "stride"}


def test_what_shares_a_network(default):
    config = with_changes(
        default,
        {"name": "a", "scaling": "fisher"},
        {"name": "b", "dropout": 0.95},
        {"name": "c", "dropout": 0.95, "l2": False, "epoch": "last"},
        {"name": "d", "dropout": default["rnn"]["dropout"]},  # which is the reference's
        {"name": "e", "stride": 2, "n_lstm": 7},
    )
    feature = config["ablations"]["feature"]
    assert trainings(config) == ["reference", "dropout-0.95", "stride-2_n_lstm-7"]
    assert [c["name"] for c in sharing(config, feature, "reference")] == ["reference", "a", "d"]
    assert [c["epoch"] for c in sharing(config, feature, "dropout-0.95")] == ["best", "last"]
    reference, scaled_one, dropped, *_, wide = changes(config)
    assert wide["rnn"] == reference["rnn"] | {"n_lstm": 7}
    assert extraction_key(reference) == extraction_key(dropped) != extraction_key(scaled_one)
    assert reference["pca"] == default["ablations"]["pca"] and "pca" not in reference["rnn"]
    del config["ablations"]["pca"]
    assert changes(config)[0]["pca"] == default["rnn"]["pca"][0]
    assert changes(with_changes(default, pca=None))[0]["pca"] is None
    assert splits(with_changes(default, splits=[2])) == [2]


@pytest.mark.parametrize(
    ("entry", "settings", "message"),
    [
        ({"name": "reference"}, {}, "'reference' occurs twice"),
        ({"name": "a", "layers": ["conv"]}, {}, "ablations.changes.*'conv' given; expected 'fc'"),
        ({"name": "a", "dropuot": 0.1}, {}, "dropuot: there is no such key; did you mean"),
        ({"name": "a", "dropout": 1}, {}, "dropout"),
        ({"name": "a", "feature": "vgg"}, {}, "'a': feature: 'vgg' cannot be made of"),
        ({"name": "a", "feature": "vgg19"}, {}, "set features.vgg19.weights"),
        ({"name": "a"}, {"feature": "c3d"}, "'reference': feature: set features.c3d.weights"),
        (
            {"name": "a", "feature": "blocks"},
            {"reduction": "cca"},
            "'a': reduction: no CCA can be learnt for blocks",
        ),
        ({"name": "a", "layers": ["fc"], "n_fc": 0}, {}, "no layer fc, since n_fc is 0"),
        (
            {"name": "a", "layers": ["lstm"], "pooling": "hidden"},
            {},
            "hidden activations are not a gradient",
        ),
        ({"name": "a", "untrained": True, "epoch": "last"}, {}, "an untrained network has none"),
        (
            {"name": "a"},
            {"dataset": "nothing"},
            "ablations.dataset: 'nothing' is not defined; there are",
        ),
        ({"name": "a"}, {"splits": [4]}, "has no split 4"),
        ({"name": "a"}, {"changes": [{"name": "first", "l2": False}]}, "'first', is the reference"),
        ({"name": "a"}, {"changes": []}, "ablations.changes"),
    ],
)
def test_what_is_wrong_is_told(default, entry, settings, message):
    with pytest.raises(InputError, match=message):
        with_changes(default, entry, **settings)
