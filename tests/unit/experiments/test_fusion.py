"""Early fusion against scikit-learn on the concatenated matrix; what Table 2 may show."""

import h5py
import numpy as np
import pytest
import yaml
from helpers.configurations import configured, refusal

from rnnfv.arrays.matrices import ArraySource
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.views import ConcatenatedColumns
from rnnfv.errors import InputError
from rnnfv.evaluation.classifier import Choice, Grid, linear_svm, predict_once, representations
from rnnfv.experiments.fusion import classify_fused, common_ids, side_by_side
from rnnfv.planning.checks import check_config
from rnnfv.planning.fusion import lacking, missing_rows, slug, table2_rows, trajectory_settings
from rnnfv.reduction.gram import principal_scores


@pytest.fixture
def problem(rng):
    """Three classes: the short view cannot tell b from c, the long one (D > n) a from b."""
    labels = np.repeat(["a", "b", "c"], 30)
    views = {}
    for name, dim, seen, noise in (("short", 12, [0, 1, 1], 0.5), ("long", 700, [0, 0, 1], 3)):
        centre = rng.normal(size=(3, dim))[np.repeat(seen, 30)]
        views[name] = l2_normalize(centre + noise * rng.normal(size=(90, dim))).astype(np.float32)
    order = rng.permutation(90)
    rows = {"train": np.sort(order[:50]), "val": np.sort(order[50:60]), "test": np.sort(order[60:])}
    return views, labels, rows


@pytest.mark.parametrize("names", [["short"], ["long"], ["short", "long"]])
def test_fused_predictions_are_those_of_one_svm_on_the_concatenated_matrix(
    problem, names, tmp_path
):
    views, labels, rows = problem
    ids, plain = [f"i{i:02d}" for i in range(90)], np.hstack([views[name] for name in names])
    with h5py.File(tmp_path / "views.h5", "w") as file:
        for name in names:
            chunks = 16, min(64, views[name].shape[1])
            file.create_dataset(name, data=views[name], chunks=chunks)
        vectors = side_by_side([(ids, file[name]) for name in names], ids)
        predicted = classify_fused(vectors, labels, rows)
        assert vectors.shape == plain.shape
        np.testing.assert_array_equal(np.hstack(list(vectors.columns(2000))), plain)
    fitted = np.sort(np.concatenate([rows["train"], rows["val"]]))
    expected = linear_svm(plain[fitted], labels[fitted], 1.0).predict(plain[rows["test"]])
    assert (predicted == expected).mean() > 0.96  # the same SVM, but for liblinear's stopping


def test_two_views_tell_more_than_either(problem):
    views, labels, rows = problem
    ids, accuracy = list(range(90)), {}
    for names in (("short",), ("long",), ("short", "long")):
        vectors = side_by_side([(ids, views[name]) for name in names], ids)
        predicted = classify_fused(vectors, labels, rows)
        accuracy[names] = np.mean(predicted == labels[rows["test"]])
    assert accuracy["short", "long"] > 0.15 + max(accuracy["short",], accuracy["long",])


def test_one_member_alone_is_classified_as_in_table_1(problem, rng):
    """Normalising first and classifying then is what predict_once does in one step."""
    _, labels, rows = problem
    raw = rng.normal(size=(90, 400)).astype(np.float32) + (labels == "a")[:, None] * 0.3
    choice = Choice(20, 0.5, 0.0)
    fitted = np.concatenate([rows["train"], rows["val"]])
    [(_, _, vectors, *_)] = representations(raw, rows["train"], fitted, Grid((20,), (0.5,)))
    ids = list(range(90))
    fused = classify_fused(side_by_side([(ids, vectors)], ids), labels, rows)
    np.testing.assert_array_equal(fused, predict_once(raw, labels, rows, choice))


def test_items_are_joined_by_id_whatever_their_order(rng):
    first, second = (rng.normal(size=shape).astype(np.float32) for shape in ((4, 3), (3, 2)))
    ids = common_ids([["a", "b", "c", "d"], ["d", "b", "x"]])
    assert ids == ["b", "d"]
    vectors = side_by_side([(["a", "b", "c", "d"], first), (["d", "b", "x"], second)], ids)
    joined = np.hstack(list(vectors.columns()))
    np.testing.assert_array_equal(joined, np.hstack([first[[1, 3]], second[[1, 0]]]))
    with pytest.raises(InputError, match="no item in common"):
        common_ids([["a"], ["b"]])
    with pytest.raises(InputError, match="cannot stand side by side"):
        ConcatenatedColumns([ArraySource(first), ArraySource(second)])


def test_gram_of_parts_is_the_sum_of_grams(rng):
    """Kernel view: fused inner products are the members' inner products added up."""
    parts = [rng.normal(size=(20, dim)).astype(np.float32) for dim in (300, 50)]
    joined = ConcatenatedColumns([ArraySource(x) for x in parts])
    scores = principal_scores(joined, np.arange(20), 20, center=False).scores
    np.testing.assert_allclose(scores @ scores.T, sum(x @ x.T for x in parts), rtol=1e-3, atol=2e-2)


# Planning


@pytest.fixture
def config():
    return configured()


def test_default_rows_are_those_that_can_be_made(config):
    methods = {(row["dataset"], row["method"]) for row in table2_rows(config)}
    assert ("synthetic-pairs", "iDT") in methods and ("synthetic-loops", "iDT") in methods
    assert not any("C3D" in method for _, method in methods)
    transfer = "RNN-FV (Lite0-PCA), RNN trained on synthetic-pairs"
    assert ("synthetic-loops", transfer) in methods and ("synthetic-pairs", transfer) not in methods
    missing = "\n".join(missing_rows(config))
    assert "synthetic-pairs, RNN-FV (C3D): no row, since features.c3d.weights is not set" in missing
    itself = f"synthetic-pairs, {transfer}: no row, since it is trained on synthetic-pairs itself"
    assert itself in missing


def test_why_a_data_set_lacks_a_representation(config):
    manifest = {"layout": "manifest", "manifest": "m.csv", "splits": [1]}
    own = config["datasets"]["own"] = manifest | {"sequences": {"mine": "s.h5"}}
    config["table2"]["representations"]["mine"] = {"feature": "mine"}
    assert lacking(config, "own", "mine") is None
    assert lacking(config, "own", "iDT") == "own has neither videos nor tracks"
    assert lacking(config, "own", "Lite0-PCA") == "own has no feature efficientnet_lite0"
    assert lacking(config, "synthetic-pairs", "mine") == "synthetic-pairs has no feature mine"
    own["tracks"] = {"idt": "folder"}
    assert lacking(config, "own", "iDT") is None
    config["datasets"]["films"] = manifest | {"videos": "v"}
    assert "drawn videos alone" in lacking(config, "films", "from-pairs")
    assert "no CCA can be learnt" in lacking(config, "films", "Lite0-CCA")
    assert lacking(config, "films", "Lite0-PCA") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{datasets: [x]}", "table2.datasets: 'x' is not defined"),
        ("{rows: {new: [none]}}", "table2.rows.new: 'none' is not defined; there are"),
        ("{rows: {iDT!: [iDT]}}", "'iDT!' and 'iDT' differ in punctuation only"),
        ("{representations: {a: {feature: b}}}", "representations.a.feature: 'b' is not"),
        ("{representations: {a: {trajectories: b}}}", "representations.a.trajectories: 'b'"),
        (
            "{representations: {a: {feature: c3d, pooling: mean, trained_on: synthetic-pairs}}}",
            "only rnn-fv has a network",
        ),
    ],
)
def test_mistakes_are_told_by_their_key(text, message):
    assert message in refusal({"table2": yaml.safe_load(text)})


@pytest.mark.parametrize(
    ("place", "change", "message"),
    [
        (["trajectories"], {"c3d": {"length": 15}}, "trajectories.c3d: there is a feature of this"),
        (["trajectories", "idt"], {"length": 10}, "trajectories.idt: length 10 does not divide"),
        (["datasets", "synthetic-pairs"], {"tracks": {"x": "f"}}, "synthetic-pairs.tracks: 'x'"),
        (["table2"], {"rows": {"C3D": ["C3D"]}}, "no row can be made"),
    ],
)
def test_mistakes_that_the_schema_alone_does_not_tell(config, place, change, message):
    part = config
    for key in place:
        part = part[key]
    part |= change
    with pytest.raises(InputError) as told:
        check_config(config)
    assert message in str(told.value)


def test_names_in_paths():
    assert slug("RNN-FV (C3D + VGG-CCA) + iDT") == "rnn-fv-c3d-vgg-cca-idt"


def test_tracks_depend_on_tracking_alone(config):
    before = trajectory_settings(config, "idt")
    config["trajectories"]["idt"] |= {"components": 99, "max_tracks": 5, "alpha": 0.1}
    assert trajectory_settings(config, "idt") == before and before["length"] == 9
