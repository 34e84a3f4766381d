"""Vectors of images and sentences in a common space: combined, searched, compared by word order."""

from collections.abc import Sequence

import numpy as np

from rnnfv.errors import InputError
from rnnfv.evaluation.checks import check_pair, check_problem, check_vectors
from rnnfv.evaluation.ranks import tolerances


def combine(members: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """One pair of arrays whose inner products are the means of the members' cosine similarities.

    Rows are scaled to unit length (rows of zeros stay zero), put side by side and divided by the
    square root of the number of members: sum_c <x_c, y_c> / C is the inner product of the two long
    rows.

    Args:
        members: pairs of images (m, k_c) and sentences (n, k_c), the same items in the same order;
            k_c may differ.

    Returns:
        images (m, sum of k_c) and sentences (n, sum of k_c), float32.

    Raises:
        InputError: members with other numbers of rows, NaN or infinity.
    """
    images, sentences = zip(*members, strict=True)
    return _side_by_side(images, "images"), _side_by_side(sentences, "sentences")


def _side_by_side(members: Sequence[np.ndarray], name: str) -> np.ndarray:
    counts = [len(x) for x in members]
    if len(set(counts)) > 1:
        raise InputError(f"the members of a combination have {counts} {name}; all need the same.")
    joined = np.empty((counts[0], sum(x.shape[1] for x in members)), np.float32)
    start = 0
    for c, x in enumerate(members, 1):
        x = check_vectors(x, f"{name} of member {c}")
        norms = np.sqrt(np.einsum("ij,ij->i", x, x, dtype=np.float64))[:, None]
        scale = np.where(norms > 0, norms, 1) * np.sqrt(len(members))
        np.divide(x, scale, out=joined[:, start : start + x.shape[1]], casting="same_kind")
        start += x.shape[1]
    return joined


def order_accuracy(
    images: np.ndarray, sentences: np.ndarray, image_of: np.ndarray, partner: np.ndarray
) -> float:
    """Share of sentences for which the order of words decides rightly.

    For images in pairs whose sentences differ in word order only.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.
        partner: (m,) int, the image whose sentences have the same words in another order, or -1.

    Returns:
        Per cent of the sentences of images with a partner that score more with their own image than
        with the partner, by more than a tie (:data:`~rnnfv.evaluation.ranks.TIE`). A representation
        without word order gets 50 where the pairs are symmetric, or less.

    Raises:
        InputError: no image has a partner; NaN, infinity, or arrays that do not fit together.
    """
    images, sentences, image_of = check_problem(images, sentences, image_of)
    asked = np.flatnonzero(partner[image_of] >= 0)
    if not len(asked):
        raise InputError("partner: no image has one, so word order cannot be tested.")
    own = image_of[asked]
    lead = np.einsum("jk,jk->j", images[own] - images[partner[own]], sentences[asked])
    return float(100 * np.mean(lead > tolerances(sentences[asked], images)))


def nearest(
    images: np.ndarray, sentences: np.ndarray, queries: Sequence[int], task: str, k: int = 5
) -> tuple[np.ndarray, np.ndarray]:
    """The k best answers to a few queries, for pictures; of those that tie the earlier comes first.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        queries: (q,) numbers of images for ``annotation``, of sentences for ``search``.
        task: ``annotation`` (answers are sentences) or ``search`` (answers are images).
        k: answers per query; all, where there are fewer.

    Returns:
        Numbers of the answers (q, k) int64, best first (answers within
        :data:`~rnnfv.evaluation.ranks.TIE` of the best of the rest are equal to it), and their
        scores (q, k) float32.

    Raises:
        InputError: NaN or infinity, or images and sentences of other dimensions.
    """
    images, sentences = check_pair(images, sentences)
    asking, answering = (images, sentences) if task == "annotation" else (sentences, images)
    chosen = np.asarray(queries, dtype=np.int64)
    scores = asking[chosen] @ answering.T
    ties = tolerances(asking[chosen], answering)
    best = np.array([_ordered(row, tied, k) for row, tied in zip(scores, ties, strict=True)])
    best = best.reshape(len(queries), -1)
    return best, np.take_along_axis(scores, best, axis=1)


def _ordered(scores: np.ndarray, tied: np.float32, k: int) -> np.ndarray:
    """Numbers of the k largest; those within ``tied`` of the largest of the rest in their order."""
    order = np.argsort(-scores, kind="stable")
    falling, start = -scores[order], 0
    while start < min(k, len(order)):
        stop = int(np.searchsorted(falling, falling[start] + tied, side="right"))
        order[start:stop].sort()
        start = stop
    return order[:k]
