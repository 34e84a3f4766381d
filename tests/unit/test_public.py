"""The public classes: examples that run, scikit-learn's manners, help and completion."""

import doctest
import inspect
import pydoc
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import estimator_checks
from sklearn.utils._param_validation import InvalidParameterError

import rnnfv
from rnnfv import InputError
from rnnfv.reduction.symmetric import leading_eigenpairs

CLASSES = {name: getattr(rnnfv, name) for name in rnnfv.__all__ if name[0].isupper()}
ESTIMATORS = {name: one for name, one in CLASSES.items() if hasattr(one, "get_params")}
OF_SEQUENCES = [name for name, one in ESTIMATORS.items() if hasattr(one(), "layout")]
POOLINGS = [name for name in OF_SEQUENCES if hasattr(ESTIMATORS[name], "transform")]
SMALL = {"n_fc": 3, "n_lstm": 2, "n_components": 2, "epochs": 1, "random_state": 0, "batch_size": 8}
SMALL |= {"device": "cpu"}

CHECKS = [
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]
"""Of scikit-learn's checks those of an estimator itself."""
OF_MATRICES = [
    "check_dict_unchanged",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_estimators_unfitted",
    "check_fit2d_1feature",
    "check_fit_idempotent",
    "check_f_contiguous_array_estimator",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_readonly_memmap_input",
    "check_set_output_transform",
]
"""Those that fit on a matrix: to a pooling its rows are univariate sequences."""


MATRIX = ["PowerNormalizer", "StreamedPCA"]


def small(name, **changes):
    estimator = ESTIMATORS[name]()
    known = estimator.get_params().keys()
    return estimator.set_params(**{k: v for k, v in (SMALL | changes).items() if k in known})


def walks(rng, n=12, dim=3):
    return [rng.normal(size=(4 + i % 5, dim)).cumsum(axis=0) for i in range(n)]


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_class_has_an_example_that_runs(name):
    one = CLASSES[name]
    found = doctest.DocTestFinder(recurse=False).find(
        one, name, globs=vars(inspect.getmodule(one)).copy()
    )
    assert sum(len(test.examples) for test in found), "no example"
    flags = doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    runner = doctest.DocTestRunner(optionflags=flags)
    for test in found:
        runner.run(test)
    assert runner.failures == 0


def test_help_and_completion_list_the_classes():
    assert set(rnnfv.__all__) <= set(dir(rnnfv))
    text = pydoc.render_doc(rnnfv, renderer=pydoc.plaintext)
    assert all(f"class {name}" in text for name in CLASSES)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_scikit_learn_checks(name, check):
    function = getattr(estimator_checks, check)
    argument = ESTIMATORS[name] if check == "check_parameters_default_constructible" else None
    function(name, small(name) if argument is None else argument())


@pytest.mark.parametrize("check", OF_MATRICES)
@pytest.mark.parametrize("name", [*POOLINGS, *MATRIX])
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_checks_on_matrices(name, check):
    getattr(estimator_checks, check)(name, small(name))


@pytest.mark.parametrize("name", MATRIX)
def test_scikit_learn_check_of_a_transformer(name):
    estimator_checks.check_transformer_general(name, small(name))


@pytest.mark.parametrize("name", sorted(ESTIMATORS))
def test_every_parameter_has_a_constraint(name):
    estimator = ESTIMATORS[name]()
    assert estimator.get_params().keys() == getattr(estimator, "_parameter_constraints", {}).keys()


@pytest.mark.parametrize(
    ("name", "parameter", "value", "message"),
    [
        ("RNNFisherVector", "n_lstm", 0, r"an int in the range .*\. Got 0 instead"),
        ("RNNFisherVector", "epochs", -1, r"an int in the range .*\. Got -1 instead"),
        ("RNNFisherVector", "batch_size", 0, r"an int in the range .*\. Got 0 instead"),
        ("RNNFisherVector", "dropout", 1.0, r"a float in the range \[0\.0, 1\.0\)"),
        ("RNNFisherVector", "scale", "big", "a str among {'unit', 'none'}|{'none', 'unit'}"),
        ("RNNFisherClassifier", "epochs", 0, r"an int in the range \[1, 2147483647\]"),
        ("RNNFisherClassifier", "validation_folds", 2, r"\[3, 2147483647\] or a int among {0}"),
        ("GMMFisherVector", "n_components", 2.5, "Got 2.5 instead"),
        ("HGLMMFisherVector", "kind", "other", "a str among"),
        ("MeanPooling", "layout", "rows", "a str among"),
        ("RNNFisherVector", "dropout", Fraction(1, 2), "a float in the range"),
        ("RNNFisherVector", "n_lstm", np.uint8(3), "an int in the range"),
        ("RNNFisherClassifier", "pca", np.array(2), "a list of"),
        ("RNNFisherClassifier", "pca", b"ab", "a list of"),
    ],
)
def test_parameters_out_of_range(rng, name, parameter, value, message):
    estimator = small(name).set_params(**{parameter: value})
    expected = f"The '{parameter}' parameter of {name} must be .*({message})"
    with pytest.raises(InvalidParameterError, match=expected):
        estimator.fit(walks(rng), [0, 1] * 6)


def test_whole_numbers_of_numpy_are_whole_numbers(rng):
    X = walks(rng)
    expected = small("RNNFisherVector").fit_transform(X)
    found = small("RNNFisherVector", n_fc=np.int64(3), n_lstm=np.int32(2)).fit_transform(X)
    np.testing.assert_array_equal(found, expected)
    assert rnnfv.TrajectorySettings(length=np.int8(120)).length * 2 == 240


ONES, TENSOR = np.ones((4, 3)), torch.ones(4, 3, requires_grad=True)
MEAN, TRACKS = rnnfv.MeanPooling().fit([ONES]), rnnfv.TrajectoryFisherVector(2)
GREY = np.zeros((3, 40, 48), np.uint8)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: rnnfv.Sequences(["a", "b"], [0, 2, 9], ONES), r"up to 9 and values .* do not fit"),
        (lambda: rnnfv.Sequences(["a", "b"], [1, 2, 4], ONES), "do not fit; offsets run from 0"),
        (lambda: rnnfv.Sequences(["a", "b"], [0, 2.5, 4], ONES), r"offsets \(float64\)"),
        (lambda: rnnfv.Sequences(["a", "b"], [0, 5, 4], ONES), "offsets decrease after 'b'"),
        (lambda: rnnfv.Sequences(["a"], [0, 2, 4], ONES), "1 ids, 3 offsets"),
        (lambda: rnnfv.Sequences(["a"], [0, 4], ONES[0]), r"values of shape \(3,\)"),
        (lambda: rnnfv.Sequences(["a"], [0, 4], ONES.astype(str)), "values holds <U32"),
        (lambda: rnnfv.Sequences(["a"], [0, 4], TENSOR), "requires grad"),
        (lambda: rnnfv.MeanPooling().fit(np.array(1.0)), "expected a list of .*, got ndarray"),
        (lambda: MEAN.transform(rnnfv.Sequences([], [0], ONES[:0])), "no sequences given"),
        (lambda: leading_eigenpairs(np.full((2, 2), np.inf), 1, np.float32), "overflow"),
        (lambda: rnnfv.PowerNormalizer().transform([[1j]]), "holds complex128"),
        (lambda: rnnfv.PowerNormalizer().transform(np.ma.array(ONES, mask=ONES > 0)), "masked"),
        (lambda: rnnfv.PowerNormalizer().transform(ONES[0]), r"expected a matrix \(n, D\)"),
        (lambda: rnnfv.PowerNormalizer().transform(scipy.sparse.lil_matrix(ONES)), "real numbers"),
        (lambda: rnnfv.StreamedPCA().fit(ONES[:, :0]), "one row, of one column or more"),
        (lambda: rnnfv.VectorClassifier().fit(np.eye(4), TENSOR), "items need as many labels"),
        (lambda: TRACKS.fit(3), "expected a list of tracks, got int"),
        (lambda: TRACKS.fit([TENSOR]), "requires grad"),
        (lambda: rnnfv.TrajectorySettings(length=np.nan), "length is nan, not a whole number"),
        (lambda: rnnfv.TrajectorySettings(volume=6.0), "volume is 6.0, not a whole number"),
        (lambda: rnnfv.extract_tracks(3), "expected frames"),
        (lambda: rnnfv.extract_tracks(GREY[:, :0]), r"frame 0 is uint8 \(0, 48\)"),
        (lambda: rnnfv.extract_tracks(GREY, people={0: [[1, 2, 3]]}), "have 3 columns"),
        (lambda: rnnfv.extract_tracks(GREY, people={0: [[0, 0, 9, np.nan]]}), "holds NaN"),
        (lambda: rnnfv.ViewProjection([0, 0], np.ones((3, 1))), r"\(2,\) and \(3, 1\); expected"),
        (lambda: rnnfv.ImageSentenceEnsemble.of_spaces([]), "expected spaces, fitted; got none"),
        (lambda: rnnfv.SequenceClassifier.of(MEAN, None), "a VectorClassifier, fitted; got NoneT"),
        (lambda: rnnfv.FusedClassifier.of_members([MEAN], []), "members take as many inputs"),
        (lambda: rnnfv.FusedClassifier.of_members([3], ["a"]), "expected members, fitted; got int"),
        (lambda: MEAN.save("a.rnnfv", {"a": np.nan}), "made_by has to be a dictionary"),
        (lambda: small("RNNFisherVector", device="meta").fit([ONES]), "'meta' cannot be used"),
    ],
)
def test_what_cannot_be_meant_is_refused(function, message):
    with pytest.raises(InputError, match=message):
        function()


def test_lists_that_are_gone_through_once_and_empty_ones(rng):
    tracks = [rng.random((9, 426)) for _ in range(3)]
    found = rnnfv.TrajectoryFisherVector(2, max_iter=2).fit(one for one in tracks)
    assert found.transform([]).shape == (0, found.dim)
    two = rnnfv.Sequences(["a", "b"], [0, 1, 4], ONES)
    assert two.select(np.array([False, True])).ids == ["b"]
    fused = rnnfv.FusedClassifier.of_members([MEAN], ["a"])
    with pytest.raises(InvalidParameterError, match="'C' parameter"):
        fused.fit({"a": [ONES, -ONES]}, [0, 1], C=np.nan)
    half = rnnfv.PowerNormalizer().transform(np.full((1, 4), 6e4, np.float16))
    assert half.dtype == np.float32 and np.allclose(half, 0.5)


def test_a_label_in_two_forms_of_unicode_is_one_label():
    model = rnnfv.VectorClassifier().fit(np.eye(4), ["\u00e9", "e\u0301", "a", "a"])
    assert model.classes_.tolist() == ["a", "\u00e9"]


@pytest.mark.parametrize("name", POOLINGS)
def test_data_frames_and_names(rng, name):
    X = walks(rng)
    plain = small(name).fit_transform(X)
    frame = small(name).set_output(transform="pandas").fit_transform(X)
    names = [f"{name.lower()}{i}" for i in range(plain.shape[1])]
    assert list(frame.columns) == names
    np.testing.assert_array_equal(frame.to_numpy(), plain)


@pytest.mark.parametrize("name", OF_SEQUENCES)
def test_layouts(rng, name):
    X, y = walks(rng, n=20), np.arange(20) % 2
    apply = "transform" if name in POOLINGS else "decision_function"
    if name in ("SequenceClassifier", "FusedClassifier"):
        pytest.skip("its steps are fitted already")
    expected = getattr(small(name).fit(X, y), apply)(X)
    turned = [x.T for x in X]
    told = small(name, layout="channels_first").fit(turned, y)
    np.testing.assert_array_equal(getattr(told, apply)(turned), expected)
    with pytest.warns(UserWarning, match=r"X of shape \(20, 3, 4\) is read as aeon's"):
        guessed = small(name).fit(turned, y)
    np.testing.assert_array_equal(getattr(guessed, apply)(turned), expected)
    with pytest.raises(InputError, match=r"has dimension [3-5], expected [3-5]"):
        small(name, layout="time_first").fit(turned, y)


def test_arrays_of_three_axes(rng):
    smooth = rng.normal(size=(10, 40, 3)).cumsum(axis=1)
    expected = rnnfv.MeanPooling().fit_transform(list(smooth))
    np.testing.assert_array_equal(rnnfv.MeanPooling().fit_transform(smooth), expected)
    turned = smooth.transpose(0, 2, 1)
    with pytest.warns(UserWarning, match="layout='channels_first'"):
        found = rnnfv.MeanPooling().fit_transform(turned)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    # As long, but rough along its second axis: elements of 40 features, as of a network.
    features = rng.normal(size=(10, 1, 40)) + 0.1 * rng.normal(size=(10, 3, 40))
    assert rnnfv.MeanPooling().fit_transform(features).shape == (10, 40)
    fitted = rnnfv.MeanPooling().fit(smooth)
    with pytest.warns(UserWarning, match="channels"):  # D is known here
        np.testing.assert_allclose(fitted.transform(turned), expected, rtol=1e-6)


def test_univariate_sequences(rng):
    X = [rng.normal(size=length) for length in (4, 7, 5)]
    expected = rnnfv.MeanPooling().fit_transform([x[:, None] for x in X])
    np.testing.assert_array_equal(rnnfv.MeanPooling().fit_transform(X), expected)
    table = rng.normal(size=(6, 9))
    np.testing.assert_allclose(
        rnnfv.MeanPooling().fit_transform(table)[:, 0], table.mean(axis=1), rtol=1e-5
    )
    with pytest.raises(InputError, match=r"expected 3\. One sequence alone goes into a list"):
        rnnfv.MeanPooling().fit(walks(rng)).transform(walks(rng)[0])


def test_univariate_as_in_aeon_is_recognised(rng):
    X = rng.normal(size=(5, 1, 20))
    with pytest.warns(UserWarning, match="is read as aeon's"):
        found = rnnfv.MeanPooling().fit_transform(X)
    np.testing.assert_allclose(found[:, 0], X.mean(axis=(1, 2)), rtol=1e-5)
    assert rnnfv.MeanPooling(layout="time_first").fit(X).n_features_in_ == 20


def test_a_data_frame_holds_a_sequence_a_row(rng):
    table = pd.DataFrame(rng.normal(size=(6, 9)))
    expected = rnnfv.MeanPooling().fit_transform(table.to_numpy())
    np.testing.assert_array_equal(rnnfv.MeanPooling().fit_transform(table), expected)
    y = ["a", "b"] * 3
    frame = rnnfv.VectorClassifier().fit(table, y).decision_function(table.to_numpy())
    array = rnnfv.VectorClassifier().fit(table.to_numpy(), y).decision_function(table.to_numpy())
    np.testing.assert_array_equal(frame, array)


def test_new_sequences_are_of_the_size_of_those_fitted_on(rng):
    X = walks(rng)
    pooling = rnnfv.MeanPooling().fit(X)
    for factor in (1e5, 1e-7):
        with pytest.raises(InputError, match=r"sequence '0' holds .* times what is typical"):
            pooling.transform([factor * X[0]])
    for factor, times in ((1000, "1,000 times as large"), (1e-5, "100,000 times as small")):
        with pytest.warns(UserWarning, match=f"new sequences are about {times} as those"):
            pooling.transform([factor * X[0]])
    assert len(pooling.transform([X[0], 1000 * X[1], 30 * X[2]])) == 3  # most are alike


def test_elements_that_do_not_differ_make_no_mixture(rng):
    for model in rnnfv.GMMFisherVector(2), rnnfv.HGLMMFisherVector(2), rnnfv.LMMFisherVector(2):
        for X in (np.ones((9, 4, 3)), 1e-6 * rng.normal(size=(9, 4, 3))):
            with pytest.raises(InputError, match=r"are equal, or nearly: .* Scale them up"):
                model.fit(X)


def test_the_larger_of_two_is_not_what_is_typical():
    with pytest.raises(InputError, match="sequence '1' holds 1e"):
        rnnfv.MeanPooling().fit([np.ones((2, 2)), np.full((2, 2), 1e12)])


def test_vectors_that_tell_nothing_or_are_none(rng):
    y = ["a", "b"] * 3
    with pytest.raises(InputError, match="all rows are equal"):
        rnnfv.VectorClassifier().fit(np.full((6, 3), 7.0), y)
    for X, message in (
        (np.ones((0, 3)), "is empty"),
        (np.ones((3, 0)), "is empty"),
        (np.ones(3), "expected a"),
        ([["a"]], "holds <U1"),
        (None, "holds object"),
        (np.array([[np.inf]]), "row 0 holds NaN or infinity"),
    ):
        with pytest.raises(InputError, match=message):
            rnnfv.PowerNormalizer().fit(X)


def test_arrays_that_are_none(rng):
    import torch

    for X, message in [
        ([torch.ones(3, 2, requires_grad=True)], r"requires grad: give x\.detach\(\)"),
        ([[[1, 2], [3]]], "sequence '0' is ragged"),
        ([np.ones((2, 2, 2, 2))], "has shape"),
        (3, "expected a list of"),
        ({"a": 1}, "got dict"),
        ([np.array([[1j]])], "holds complex128"),
        ([None], "holds object"),
        ([["a", "b"]], "holds <U1"),
        ([np.ma.masked_less([[1.0, 2.0]], 1.5)], "has masked entries"),
    ]:
        with pytest.raises(InputError, match=message):
            rnnfv.MeanPooling().fit(X)
    tensors = [torch.ones(3, 2), torch.ones(1, 2)]
    assert rnnfv.MeanPooling().fit_transform(tensors).tolist() == [[1, 1], [1, 1]]


def test_clones_are_unfitted(rng):
    for name in POOLINGS:
        assert not hasattr(clone(small(name).fit(walks(rng))), "n_features_in_")


def test_a_row_beside_which_the_others_vanish_is_refused(rng):
    X, y = rng.normal(size=(30, 6)), ["a", "b"] * 15
    X[3, 2] = 1e14
    for fit in (
        lambda: rnnfv.StreamedPCA(2).fit(X),
        lambda: rnnfv.WordICA(2).fit(X),
        lambda: rnnfv.HybridMixture(2).fit(X),
        lambda: rnnfv.RegularizedCCA(1).fit(X[:, 3:], X),
        lambda: rnnfv.RegularizedCCA(1).fit(X, X[:, 3:]),
    ):
        with pytest.raises(InputError, match=r"3.* holds 1e\+14, .* times what is typical"):
            fit()
    X[3, 2] = 1e38
    with pytest.raises(InputError, match="row 3 holds 1e\\+38"):
        rnnfv.VectorClassifier().fit(X, y)
    with pytest.raises(InputError, match="X holds complex128"):
        rnnfv.StreamedPCA(2).fit(1j * X)
    with pytest.raises(InputError, match="label 1 is None"):
        rnnfv.VectorClassifier().fit(X[:2], ["a", None])
    with pytest.raises(NotFittedError):
        rnnfv.VectorClassifier().predict(X)


@pytest.mark.parametrize("name", ["StreamedPCA", "PowerNormalizer", "VectorClassifier", "WordICA"])
def test_columns_in_another_order_are_refused(rng, name):
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc"))
    model = getattr(rnnfv, name)().fit(frame, np.arange(60) % 2)
    use = model.predict if name == "VectorClassifier" else model.transform
    assert np.array_equal(use(frame), use(frame.to_numpy()))
    with pytest.raises(InputError, match=r"X has the columns c, b, a, not those .* fitted on: a"):
        use(frame[["c", "b", "a"]])


def test_frames_of_other_columns_are_no_sequences(rng, tmp_path):
    frames = [pd.DataFrame(rng.normal(size=(5, 3)), columns=list("abc")) for _ in range(4)]
    pooling = rnnfv.MeanPooling().fit(frames)
    pooling.save(tmp_path / "mean.rnnfv")
    for model in (pooling, rnnfv.load(tmp_path / "mean.rnnfv")):
        with pytest.raises(InputError, match="not those that the model was fitted on: a, b, c"):
            model.transform([frame[["b", "a", "c"]] for frame in frames])
    with pytest.raises(InputError, match="sequence '1' has the columns b, a, c, not those of the"):
        pooling.fit([frames[0], frames[1][["b", "a", "c"]]])
    assert not hasattr(pooling.fit([frame.to_numpy() for frame in frames]), "feature_names_in_")
