"""Ranks against sorting, ties and limit cases by hand, combinations, protocols, pictures."""

import re

import numpy as np
import pytest

from rnnfv import InputError
from rnnfv.evaluation.ranks import ranks
from rnnfv.evaluation.retrieval import METRICS, evaluate, evaluate_protocol, recall_at
from rnnfv.evaluation.similarity import combine, nearest, order_accuracy

TINY = 1  # bytes: one row a block


def annotation_ranks(images, sentences, image_of):
    return ranks(images, sentences, image_of)["annotation"]


def sentence_ranks(sentences, image_of):
    images = np.ones((1 + max(image_of), sentences.shape[1]))
    return ranks(images, sentences, image_of)["sentence"]


def sorted_rank(scores, right):
    """The reference: sort, wrong before right where scores are equal; find the first right one."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i in right))
    return 1 + next(place for place, i in enumerate(order) if i in right)


def reference(images, sentences, image_of):
    """All three tasks, query by query; scores are sums over fresh rows: equal for equal rows."""

    def score(x, y):
        return float((x.astype(np.float64) * y).sum())

    annotation = [
        sorted_rank([score(x, y) for y in sentences], set(np.flatnonzero(image_of == i).tolist()))
        for i, x in enumerate(images)
    ]
    search = [
        sorted_rank([score(x, y) for x in images], {image_of[j]}) for j, y in enumerate(sentences)
    ]
    siblings = []
    for j, y in enumerate(sentences):
        others = [i for i in range(len(sentences)) if i != j]
        right = {place for place, i in enumerate(others) if image_of[i] == image_of[j]}
        if right:
            siblings.append(sorted_rank([score(y, sentences[i]) for i in others], right))
    return annotation, search, siblings


def uneven(rng, m, dim, integers=False):
    """Images with 1 to 6 sentences each, shuffled."""
    image_of = rng.permutation(np.repeat(np.arange(m), rng.integers(1, 7, m)))
    if integers:  # products are exact and equal scores plentiful
        images, sentences = (rng.integers(-1, 2, (n, dim)) for n in (m, len(image_of)))
        return images.astype(float), sentences.astype(float), image_of
    return rng.normal(size=(m, dim)), rng.normal(size=(len(image_of), dim)), image_of


def check(images, sentences, image_of):
    images, sentences = images.astype(np.float32), sentences.astype(np.float32)
    annotation, search, siblings = reference(images, sentences, image_of)
    for block_bytes in (TINY, 4 * 7 * len(sentences), 2**28):
        found = ranks(images, sentences, image_of, block_bytes=block_bytes)
        assert found["annotation"].tolist() == annotation
        assert found["search"].tolist() == search
        assert found["sentence"].tolist() == siblings


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("integers", [False, True])
def test_ranks_equal_sorting(seed, integers):
    check(*uneven(np.random.default_rng(seed), 23, 3 if integers else 33, integers))


@pytest.mark.parametrize("dim", [33, 100, 1000])
def test_bit_identical_rows_tie_whatever_the_blocks(rng, dim):
    images, sentences, image_of = uneven(rng, 29, dim)
    sentences += images[image_of]
    images[[3, 11, 28]] = images[0]
    sentences[rng.permutation(len(sentences))[:40]] = sentences[5]
    sentences[[1, 7, 60]] = sentences[2]
    check(images, sentences, image_of)


def test_product_alone_would_not_do(rng):
    """Equal columns of a product may differ in their last bits: ranks must not show that."""
    images, sentence = rng.normal(size=(200, 100)), rng.normal(size=100)
    sentences = np.tile(sentence, (1000, 1))
    image_of = np.repeat(np.arange(200), 5)
    assert (annotation_ranks(images, sentences, image_of) == 996).all()
    assert (sentence_ranks(sentences, image_of) == 996).all()
    same = np.tile(images[:1], (200, 1))
    assert (ranks(same, rng.normal(size=(1000, 100)), image_of)["search"] == 200).all()


def test_vectors_equal_but_for_rounding_tie_in_every_task(rng):
    """Sentences of the same words in another order, as two images each have them."""
    words = rng.normal(size=(40, 9, 300)).astype(np.float32)
    sentences = np.concatenate([words.mean(axis=1), words[:, ::-1].mean(axis=1)])
    sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)
    assert (sentences[:40] != sentences[40:]).any(axis=1).all()
    images, image_of = sentences + np.float32(1e-9), np.arange(80)
    partner = np.roll(image_of, 40)
    for scale in (1, 1e-6, 1e6):
        x, y = np.float32(scale) * images, sentences
        assert (annotation_ranks(x, y, image_of) == 2).all()
        assert (ranks(x, y, image_of)["search"] == 2).all()
        assert order_accuracy(x, y, image_of, partner) == 0
        assert nearest(x, y, image_of, "search", k=2)[0].min(axis=1).tolist() == 2 * list(range(40))
        assert (np.diff(nearest(x, y, image_of, "search", k=2)[0]) == 40).all()
    near = np.float32([[1, 0, 0], [1, 3e-3, 0], [1, 0, 6e-3]])  # cosines of 0.999995 and 0.99998
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    assert annotation_ranks(near, near, np.arange(3)).tolist() == [2, 2, 1]
    twice = sentence_ranks(np.repeat(near, 2, axis=0), np.repeat(np.arange(3), 2))
    assert twice.tolist() == [3, 3, 3, 3, 1, 1]
    found = nearest(near, near, [1, 2], "annotation")[0]
    assert found.tolist() == [[0, 1, 2], [2, 0, 1]]


def test_limit_cases_by_hand():
    one = np.eye(3)
    image_of = np.repeat(np.arange(3), 2)
    perfect = evaluate(one, one[image_of], image_of)
    assert perfect["rsum"] == 600 and perfect["sentence_meanr"] == 1 and perfect["n_single"] == 0
    names = "annotation_medr", "annotation_meanr", "search_medr", "search_meanr"
    assert all(perfect[name] == 1 for name in names)
    worst = evaluate(np.ones((3, 2)), np.ones((6, 2)), image_of)
    assert (worst["annotation_meanr"], worst["search_meanr"], worst["sentence_meanr"]) == (5, 3, 5)
    assert (worst["annotation_r1"], worst["annotation_r5"], worst["search_r5"]) == (0, 100, 100)
    # Image 0's sentences: 2nd and 4th in score; image 1's: 1st and 3rd.
    images, sentences = np.array([[1.0], [1.0]]), np.array([[3.0], [1.0], [4.0], [2.0]])
    assert annotation_ranks(images, sentences, np.array([0, 0, 1, 1])).tolist() == [2, 1]
    # A second right answer that ties with the best is not counted as wrong; -0 equals 0.
    for scores, owners, expected in [
        ([[2.0], [2.0], [1.0]], [0, 0, 1], [1, 3]),
        ([[0.0], [-0.0]], [0, 1], [2, 2]),
    ]:
        found = annotation_ranks(np.ones((2, 1)), np.array(scores), np.array(owners))
        assert found.tolist() == expected
    single = evaluate(one, one, np.arange(3))
    assert single["n_single"] == 3
    assert single["sentence_r1"] is None and single["sentence_meanr"] is None
    assert sentence_ranks(np.eye(3), np.array([0, 1, 0])).tolist() == [2, 2]
    assert evaluate(one[:1], one[:1], np.array([0]))["annotation_meanr"] == 1


def test_evaluate_puts_the_right_numbers_under_the_right_names(rng):
    images, sentences, image_of = uneven(rng, 40, 5)
    sentences += images[image_of]
    result = evaluate(images, sentences, image_of)
    found = ranks(images, sentences, image_of)
    for task, r in found.items():
        recall = pytest.approx(100 * sum(x <= 5 for x in r) / len(r))
        assert result[f"{task}_r5"] == recall == recall_at(r, 5)
        assert result[f"{task}_medr"] == np.median(r)
        assert result[f"{task}_meanr"] == pytest.approx(np.mean(r))
    recalls = (result[f"{t}_r{k}"] for t in ("annotation", "search") for k in (1, 5, 10))
    assert result["rsum"] == pytest.approx(sum(recalls))
    assert (result["n_images"], result["n_sentences"]) == (40, len(sentences))
    assert result["n_single"] == len(sentences) - len(found["sentence"]) > 0
    without = evaluate(images, sentences, image_of, sentence_similarity=False)
    assert without["sentence_r1"] is None and without["rsum"] == result["rsum"]
    assert set(METRICS) < set(without)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_what_cannot_be_ranked_is_an_error(rng, bad):
    images, sentences, image_of = uneven(rng, 5, 4)
    for array, name in ((images, "images"), (sentences, "sentences")):
        kept, array[2, 1] = array[2, 1], bad
        with pytest.raises(InputError, match=rf"{name}: 1 of \d+ rows hold NaN.*is row 2\."):
            evaluate(images, sentences, image_of)
        with pytest.raises(InputError, match=f"{name} of member 1"):
            combine([(images, sentences)])
        array[2, 1] = kept
    sentences[0] = 1e25  # finite, but its square is not a float32
    with pytest.raises(InputError, match="too large"):
        sentence_ranks(sentences, image_of)


def test_arrays_that_do_not_fit_are_refused():
    x, y, of = np.ones((2, 3)), np.ones((3, 3)), np.array([0, 1, 1])
    for arguments, message in [
        ((x, y[:, :2], of), "3-d and sentences 2-d"),
        ((x, y, of[:2]), "expected 3 integers"),
        ((x, y, of.astype(float)), "expected 3 integers"),
        ((x, y, of - 1), "expected 3 integers"),
        ((x, y, of + 1), "image 2; there are 2 images"),
        ((x, y, np.zeros(3, int)), "1 images have no sentence.*image 1"),
        ((x[0], y, of), "images: expected floats"),
        ((x, y[:0], of[:0]), "sentences: expected floats"),
        ((x.astype(int), y, of), "images: expected floats"),
    ]:
        with pytest.raises(InputError, match=message):
            annotation_ranks(*arguments)


def test_combination_averages_cosines(rng):
    members = [(rng.normal(size=(6, k)) * 10, rng.normal(size=(9, k)) * 1e-3) for k in (4, 7, 30)]
    images, sentences = combine(members)
    assert images.dtype == sentences.dtype == np.float32 and images.shape == (6, 41)
    unit = [[v / np.linalg.norm(v, axis=1, keepdims=True) for v in views] for views in members]
    cosines = [x @ y.T for x, y in unit]
    np.testing.assert_allclose(images @ sentences.T, np.mean(cosines, axis=0), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1, rtol=1e-6)
    alone = combine([(np.zeros((2, 3)), np.ones((2, 3)))])
    assert (alone[0] @ alone[1].T == 0).all()
    with pytest.raises(InputError, match=r"have \[6, 5\] images"):
        combine([members[0], (members[1][0][:5], members[1][1])])


def test_protocols(rng):
    images, sentences, image_of = uneven(rng, 1005, 6)
    sentences += images[image_of]
    settings = {"sentence_similarity": False}
    everything = evaluate_protocol(images, sentences, image_of, "all", **settings)
    assert everything["rsum"] == evaluate(images, sentences, image_of, **settings)["rsum"]
    assert (everything["n_images"], everything["n_folds"]) == (1005, 1)
    first = evaluate_protocol(images, sentences, image_of, "first-1000", **settings)
    inside = image_of < 1000
    expected = evaluate(images[:1000], sentences[inside], image_of[inside], **settings)
    assert first.items() >= expected.items() and first["protocol"] == "first-1000"
    folds = evaluate_protocol(images, sentences, image_of, "five-folds")
    by_hand = []
    for fold in range(5):
        inside, chosen = image_of // 201 == fold, images[201 * fold : 201 * (fold + 1)]
        by_hand.append(evaluate(chosen, sentences[inside], image_of[inside] % 201))
    for key in (*METRICS, "rsum", "n_sentences"):
        assert folds[key] == pytest.approx(np.mean([result[key] for result in by_hand]))
    assert (folds["n_images"], folds["n_folds"]) == (201, 5)
    assert sum(folds["fold_sentences"]) == len(sentences)
    # A fifth of the images to confuse with.
    assert folds["search_meanr"] < everything["search_meanr"] / 3
    few = image_of < 999
    with pytest.raises(InputError, match="needs 1,000 test images; there are 999"):
        evaluate_protocol(images[:999], sentences[few], image_of[few], "first-1000")
    left = images[:999], sentences[few], image_of[few]  # one was left out
    odd = evaluate_protocol(*left, "five-folds")
    assert odd["n_images"] == 199.8 and sum(odd["fold_sentences"]) == few.sum()


def test_order_accuracy_by_hand():
    images = np.array([[1.0, 0], [0, 1], [5, 5], [1, 0]])
    sentences = np.array([[2.0, 1], [1, 2], [1, 1], [0, 1], [9, 9], [3, 0]])
    image_of = np.array([0, 0, 0, 1, 2, 3])
    # Of image 0's three only the first is right (one wrong, one tie); image 1's is right; image 2
    # has no partner.
    assert order_accuracy(images, sentences, image_of, np.array([1, 0, -1, -1])) == 50
    # Images 0 and 3 are the same: all ties, none right.
    assert order_accuracy(images, sentences, image_of, np.array([3, -1, -1, 0])) == 0
    with pytest.raises(InputError, match="no image"):
        order_accuracy(images, sentences, image_of, np.full(4, -1))


def test_nearest(rng):
    images, sentences, _ = uneven(rng, 12, 4)
    sentences[3] = sentences[8]
    items, scores = nearest(images, sentences, [4, 0], "annotation", k=3)
    full = images[[4, 0]] @ sentences.T
    assert items.tolist() == np.argsort(-full, axis=1, kind="stable")[:, :3].tolist()
    np.testing.assert_allclose(scores, -np.sort(-full, axis=1)[:, :3], rtol=1e-5)
    assert nearest(images, sentences, [5], "search", k=99)[0].shape == (1, 12)
    order = nearest(images, sentences, [1], "annotation", k=len(sentences))[0][0].tolist()
    assert order.index(8) == order.index(3) + 1  # equal scores in the order of their numbers


def test_real_captions_have_ties(real_data):
    """Flickr8k's dev captions as bags of words, against sorting: they have real copies."""
    folder = real_data / "flickr8k"
    dev = (folder / "Flickr_8k.devImages.txt").read_text().split()[:80]
    lines = (folder / "Flickr8k.token.txt").read_text().splitlines()
    told = [re.split(r"#\d\t", line.lower()) for line in lines]
    told = [(dev.index(name), text.split()) for name, text in told if name in dev]
    words = sorted({word for _, text in told for word in text})
    # Integers, so that reference and product are exact.
    table = np.random.default_rng(0).integers(-2, 3, (len(words), 8)).astype(float)
    vectors = dict(zip(words, table, strict=True))
    sentences = np.array([sum(vectors[word] for word in text) for _, text in told])
    image_of = np.array([image for image, _ in told])
    images = np.array([sentences[image_of == i][0] for i in range(len(dev))])
    check(images, sentences, image_of)
