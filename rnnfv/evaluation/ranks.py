"""Ranks in image-sentence retrieval, by counting (section 4 of the paper).

Three tasks over vectors in a common space, where an inner product is a score (rows of unit length:
the cosine):

- *annotation*: an image asks, all sentences answer; the rank of the first of its own sentences.
- *search*: a sentence asks, all images answer; the rank of its image.
- *sentence similarity*: a sentence asks, all other sentences answer; the rank of the first one of
  the same image.

A rank is 1 + the number of wrong items that score at least as much as the best right one: ties
count against us, so a representation that gives everything the same vector comes last, not first.
Nothing is sorted; scores exist a block of rows at a time.

Ties have to be exact to count. One pair's product can differ in its last bits from block to block,
since BLAS takes other code for other shapes and for the edges of a matrix. So rows that are
bit-identical are found first, and their scores are made equal by assignment, never by hope. Vectors
that are equal but for rounding are not ties.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.evaluation.checks import check_image_of, check_problem, check_vectors

TASKS = ("annotation", "search", "sentence")


def annotation_ranks(
    images: np.ndarray,
    sentences: np.ndarray,
    image_of: np.ndarray,
    *,
    block_bytes: int = BLOCK_BYTES,
) -> np.ndarray:
    """Rank of the first right sentence of every image, 1 the best; ties are pessimistic.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence; every image has one sentence or more, in
            any order.
        block_bytes: about how much of the (m, n) scores to hold at a time.

    Returns:
        (m,) int64.

    Raises:
        InputError: NaN, infinity, or arrays that do not fit together.
    """
    return cross_ranks(*check_problem(images, sentences, image_of), block_bytes)[0]


def search_ranks(
    images: np.ndarray,
    sentences: np.ndarray,
    image_of: np.ndarray,
    *,
    block_bytes: int = BLOCK_BYTES,
) -> np.ndarray:
    """Rank of the right image of every sentence, (n,) int64.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence; every image has one or more.
        block_bytes: about how much of the (m, n) scores to hold at a time.

    Raises:
        InputError: as :func:`annotation_ranks`.
    """
    return cross_ranks(*check_problem(images, sentences, image_of), block_bytes)[1]


def sentence_ranks(
    sentences: np.ndarray, image_of: np.ndarray, *, block_bytes: int = BLOCK_BYTES
) -> np.ndarray:
    """Rank of the first other sentence of the same image among all others; ties are pessimistic.

    Args:
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.
        block_bytes: about how much of the (n, n) scores to hold at a time.

    Returns:
        Ranks, int64, in the order of the sentences: (n,), less the sentences that are their image's
        only one. These have nothing to find and are left out.

    Raises:
        InputError: NaN, infinity, or arrays that do not fit together.
    """
    sentences = check_vectors(sentences, "sentences")
    return sibling_ranks(sentences, check_image_of(image_of, len(sentences)), block_bytes)


def cross_ranks(
    images: np.ndarray, sentences: np.ndarray, image_of: np.ndarray, block_bytes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Annotation ranks (m,) and search ranks (n,) from one product, of arrays that are checked.

    Search needs the score of a sentence with its image before that image's row of the product is
    there. So the scores of right pairs are computed first, once, and written into the product
    wherever it holds that pair or a copy of it.

    Args:
        images: (m, k) float32.
        sentences: (n, k) float32.
        image_of: (n,) int64.
        block_bytes: about how much of the scores to hold at a time.
    """
    image_copy, sentence_copy = first_copies(images), first_copies(sentences)
    copies = np.flatnonzero(sentence_copy != np.arange(len(sentences)))
    right = _right_scores(images, sentences, image_of, block_bytes)
    pair = image_copy[image_of] * len(sentences) + sentence_copy
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    right = right[first][inverse]  # copies of one pair have one score
    own, twins = _members(image_of, len(images)), _members(image_copy[image_of], len(images))
    annotation, search = np.empty(len(images), np.int64), np.zeros(len(sentences), np.int64)
    for i, row in _score_rows(images, sentences, block_bytes):
        known = twins[image_copy[i]]
        row[sentence_copy[known]] = right[known]
        row[copies] = row[sentence_copy[copies]]
        annotation[i] = _rank(row, own[i])
        search += row >= right  # the right image counts itself, which is the 1 of its rank
    return annotation, search


def sibling_ranks(sentences: np.ndarray, image_of: np.ndarray, block_bytes: int) -> np.ndarray:
    """:func:`sentence_ranks` of arrays that are checked.

    Args:
        sentences: (n, k) float32.
        image_of: (n,) int64.
        block_bytes: about how much of the scores to hold at a time.
    """
    sentence_copy = first_copies(sentences)
    copies = np.flatnonzero(sentence_copy != np.arange(len(sentences)))
    own = _members(image_of, int(image_of.max()) + 1)
    ranks = []
    for j, row in _score_rows(sentences, sentences, block_bytes):
        if len(own[image_of[j]]) > 1:
            row[copies] = row[sentence_copy[copies]]
            row[j] = -np.inf  # the query itself is no answer
            ranks.append(_rank(row, own[image_of[j]]))
    return np.array(ranks, dtype=np.int64)


def _rank(row: np.ndarray, right: np.ndarray) -> int:
    """1 + the number of wrong items that score at least as much as the best of ``right``."""
    scores = row[right]
    best = scores.max()
    return 1 + int(np.count_nonzero(row >= best)) - int(np.count_nonzero(scores >= best))


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


def first_copies(vectors: np.ndarray) -> np.ndarray:
    """(n,) int64: for every row the number of the first row with the same values."""
    seen: dict[bytes, int] = {}
    first = np.empty(len(vectors), np.int64)
    for i, vector in enumerate(vectors):
        positive = vector + np.float32(0)  # -0 and 0 are one value
        first[i] = seen.setdefault(hashlib.blake2b(positive, digest_size=16).digest(), i)
    return first


def _members(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """For each label 0 .. count - 1 the items that have it, in order."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])
