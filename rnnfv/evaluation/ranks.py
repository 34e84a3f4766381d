"""Ranks in image-sentence retrieval, by counting (section 4 of the paper).

Three tasks over vectors in a common space, where an inner product is a score (rows of unit length:
the cosine):

- *annotation*: an image asks, all sentences answer; the rank of the first of its own sentences.
- *search*: a sentence asks, all images answer; the rank of its image.
- *sentence similarity*: a sentence asks, all other sentences answer; the rank of the first one of
  the same image.

A rank is 1 + the number of wrong items that score at least as much as the best right one, give or
take :data:`TIE`: ties count against us, so a representation that gives everything the same vector
comes last, not first. Nothing is sorted; scores exist a block of rows at a time.

Scores that differ by less than rounding can explain have to be ties: vectors that are equal but for
their last bits, as means of the same words in another order are, would else be ranked by the
processor's kernels.
"""

from collections.abc import Iterator

import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.evaluation.checks import check_problem

TASKS = ("annotation", "search", "sentence")

TIE = 1e-5
"""Scores that differ by no more than this tie. It is a cosine: of vectors that are not of unit
length, this times the query's and the longest item's."""


def ranks(
    images: np.ndarray,
    sentences: np.ndarray,
    image_of: np.ndarray,
    *,
    sentence_similarity: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> dict[str, np.ndarray]:
    """Ranks of the first right answers by task, 1 the best; ties are pessimistic.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence; every image has one sentence or more, in
            any order.
        sentence_similarity: also the third task, an (n, n) product: five times the cost of the
            other two together at five sentences an image. Else it has no ranks.
        block_bytes: about how much of the scores to hold at a time.

    Returns:
        int64, ``annotation`` (m,), ``search`` (n,), and ``sentence`` in the order of the sentences,
        less those that are their image's only one: these have nothing to find and are left out.

    Raises:
        InputError: NaN, infinity, or arrays that do not fit together.
    """
    images, sentences, image_of = check_problem(images, sentences, image_of)
    found = [*cross_ranks(images, sentences, image_of, block_bytes), np.zeros(0, np.int64)]
    if sentence_similarity:
        found[2] = sibling_ranks(sentences, image_of, block_bytes)
    return dict(zip(TASKS, found, strict=True))


def cross_ranks(
    images: np.ndarray, sentences: np.ndarray, image_of: np.ndarray, block_bytes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Annotation ranks (m,) and search ranks (n,) from one product, of arrays that are checked.

    Search needs the score of a sentence with its image before that image's row of the product is
    there, so the scores of right pairs are computed first.

    Args:
        images: (m, k) float32.
        sentences: (n, k) float32.
        image_of: (n,) int64.
        block_bytes: about how much of the scores to hold at a time.
    """
    own = _members(image_of, len(images))
    tied = tolerances(images, sentences)
    enough = _right_scores(images, sentences, image_of, block_bytes) - tolerances(sentences, images)
    annotation, search = np.empty(len(images), np.int64), np.zeros(len(sentences), np.int64)
    for i, row in _score_rows(images, sentences, block_bytes):
        annotation[i] = _rank(row, own[i], tied[i])
        search += row >= enough  # the right image counts itself, which is the 1 of its rank
    return annotation, search


def sibling_ranks(sentences: np.ndarray, image_of: np.ndarray, block_bytes: int) -> np.ndarray:
    """Ranks of sentence similarity, of arrays that are checked; see :func:`ranks`.

    Args:
        sentences: (n, k) float32.
        image_of: (n,) int64.
        block_bytes: about how much of the scores to hold at a time.
    """
    own = _members(image_of, int(image_of.max()) + 1)
    tied = tolerances(sentences, sentences)
    found = []
    for j, row in _score_rows(sentences, sentences, block_bytes):
        if len(own[image_of[j]]) > 1:
            row[j] = -np.inf  # the query itself is no answer
            found.append(_rank(row, own[image_of[j]], tied[j]))
    return np.array(found, dtype=np.int64)


def tolerances(queries: np.ndarray, items: np.ndarray) -> np.ndarray:
    """:data:`TIE` for each query, in units of its scores, (q,) float32."""
    lengths, longest = np.linalg.norm(queries, axis=1), np.linalg.norm(items, axis=1).max()
    return np.float32(TIE) * lengths * longest


def _rank(row: np.ndarray, right: np.ndarray, tied: np.float32) -> int:
    """1 + the number of wrong items that score no less than ``tied`` below the best right one."""
    scores = row[right]
    enough = scores.max() - tied
    return 1 + int(np.count_nonzero(row >= enough)) - int(np.count_nonzero(scores >= enough))


def _score_rows(
    queries: np.ndarray, items: np.ndarray, block_bytes: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield i and the scores (n,) of query i with all items; the caller may write into them."""
    height = min(max(1, block_bytes // (4 * len(items))), len(queries))
    block = np.empty((height, len(items)), np.float32)
    for start in range(0, len(queries), height):
        rows = queries[start : start + height]
        yield from enumerate(np.matmul(rows, items.T, out=block[: len(rows)]), start)


def _right_scores(
    images: np.ndarray, sentences: np.ndarray, image_of: np.ndarray, block_bytes: int
) -> np.ndarray:
    """(n,) float32: the score of every sentence with its image."""
    scores = np.empty(len(sentences), np.float32)
    height = max(1, block_bytes // (4 * sentences.shape[1]))
    for start in range(0, len(sentences), height):
        part = slice(start, start + height)
        scores[part] = np.einsum("jk,jk->j", images[image_of[part]], sentences[part])
    return scores


def _members(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """For each label 0 .. count - 1 the items that have it, in order."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])
