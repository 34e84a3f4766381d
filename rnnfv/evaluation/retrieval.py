"""Image-sentence retrieval: ranks by counting, recalls, protocols (section 4 of the paper).

Three tasks over vectors in a common space, where an inner product is a score (rows of unit length: the cosine):

- *annotation*: an image asks, all sentences answer; the rank of the first of its own sentences.
- *search*: a sentence asks, all images answer; the rank of its image.
- *sentence similarity*: a sentence asks, all other sentences answer; the rank of the first one of the same image.

A rank is 1 + the number of wrong items that score at least as much as the best right one: ties count against us, so a
representation that gives everything the same vector comes last, not first. Nothing is sorted; scores exist a block of
rows at a time.

Ties have to be exact to count. One pair's product can differ in its last bits from block to block, since BLAS takes
other code for other shapes and for the edges of a matrix. So rows that are bit-identical are found first, and their
scores are made equal by assignment, never by hope. Vectors that are equal but for rounding are not ties.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.errors import InputError

TASKS = ("annotation", "search", "sentence")
RECALLS = (1, 5, 10)
METRICS = tuple(f"{task}_{name}" for task in TASKS for name in ("r1", "r5", "r10", "medr", "meanr"))
PROTOCOLS = ("all", "first-1000", "five-folds")


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
        image_of: (n,) int, the image of every sentence; every image has one sentence or more, in any order.
        block_bytes: about how much of the (m, n) scores to hold at a time.

    Returns:
        (m,) int64.

    Raises:
        InputError: NaN, infinity, or arrays that do not fit together.
    """
    return _cross_ranks(*_checked(images, sentences, image_of), block_bytes)[0]


def search_ranks(
    images: np.ndarray,
    sentences: np.ndarray,
    image_of: np.ndarray,
    *,
    block_bytes: int = BLOCK_BYTES,
) -> np.ndarray:
    """Rank of the right image of every sentence, (n,) int64; arguments and errors of :func:`annotation_ranks`."""
    return _cross_ranks(*_checked(images, sentences, image_of), block_bytes)[1]


def sentence_ranks(
    sentences: np.ndarray, image_of: np.ndarray, *, block_bytes: int = BLOCK_BYTES
) -> np.ndarray:
    """Rank of the first other sentence of the same image among all other sentences; ties are pessimistic.

    Args:
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.
        block_bytes: about how much of the (n, n) scores to hold at a time.

    Returns:
        Ranks, int64, in the order of the sentences: (n,), less the sentences that are their image's only one. These
        have nothing to find and are left out.

    Raises:
        InputError: NaN, infinity, or arrays that do not fit together.
    """
    sentences = _checked_rows(sentences, "sentences")
    return _sibling_ranks(sentences, _checked_labels(image_of, len(sentences)), block_bytes)


def recall_at(ranks: np.ndarray, k: int) -> float:
    """Per cent of the ranks that are k or better."""
    if not len(ranks):
        raise InputError("no ranks to take a recall of.")
    return float(100 * np.mean(np.asarray(ranks) <= k))


def evaluate(
    images: np.ndarray,
    sentences: np.ndarray,
    image_of: np.ndarray,
    *,
    sentence_similarity: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> dict[str, Any]:
    """The numbers of a row of Tables 3 to 5, from one product for annotation and search and one for sentence similarity.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.
        sentence_similarity: also the third task, an (n, n) product: five times the cost of the other two together at
            five sentences an image.
        block_bytes: about how many bytes of scores to hold at a time.

    Returns:
        For each task recalls at 1, 5 and 10 in per cent, median and mean rank (:data:`METRICS`); ``rsum``, the sum of
        the six recalls of annotation and search; ``n_images``, ``n_sentences``; ``n_single``, the sentences that are
        their image's only one and therefore have no rank in sentence similarity. A task without ranks has None.

    Raises:
        InputError: NaN, infinity, or arrays that do not fit together.
    """
    images, sentences, image_of = _checked(images, sentences, image_of)
    annotation, search = _cross_ranks(images, sentences, image_of, block_bytes)
    siblings = (
        _sibling_ranks(sentences, image_of, block_bytes)
        if sentence_similarity
        else np.zeros(0, np.int64)
    )
    result: dict[str, Any] = {}
    for task, ranks in zip(TASKS, (annotation, search, siblings), strict=True):
        known = len(ranks) > 0
        result |= {f"{task}_r{k}": recall_at(ranks, k) if known else None for k in RECALLS}
        result[f"{task}_medr"] = float(np.median(ranks)) if known else None
        result[f"{task}_meanr"] = float(np.mean(ranks)) if known else None
    result["rsum"] = sum(result[f"{task}_r{k}"] for task in TASKS[:2] for k in RECALLS)
    single = int((np.bincount(image_of) == 1).sum())
    return result | {"n_images": len(images), "n_sentences": len(sentences), "n_single": single}


def evaluate_protocol(
    images: np.ndarray,
    sentences: np.ndarray,
    image_of: np.ndarray,
    protocol: str,
    *,
    sentence_similarity: bool = True,
    block_bytes: int = BLOCK_BYTES,
) -> dict[str, Any]:
    """:func:`evaluate` on all the test images, on the first 1,000, or as the mean over five folds of them.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.
        protocol: ``all``; ``first-1000``: the first 1,000 images and their sentences; ``five-folds``: five consecutive
            folds of m / 5 images, give or take one, each evaluated by itself (COCO's 1K numbers from its 5K test images).
        sentence_similarity: as for :func:`evaluate`.
        block_bytes: as for :func:`evaluate`.

    Returns:
        The keys of :func:`evaluate`, means over folds, where ``n_images`` and ``n_sentences`` are of one fold (the mean,
        where folds differ in sentences) and ``n_single`` is of all; also ``protocol``, ``n_folds`` and
        ``fold_sentences``, a list of the number of sentences in each fold.

    Raises:
        InputError: an unknown protocol, or fewer images than it needs; what :func:`evaluate` raises.
    """
    image_of, m = _checked_labels(image_of, len(sentences)), len(images)
    if protocol == "all":
        folds = [(0, m)]
    elif protocol == "first-1000":
        if m < 1000:
            raise InputError(
                f"protocol first-1000 needs 1,000 test images; there are {m}. Use protocol all."
            )
        folds = [(0, 1000)]
    elif protocol == "five-folds":
        if m < 5:
            raise InputError(
                f"protocol five-folds needs 5 test images or more; there are {m}. Use protocol all."
            )
        borders = [round(m * fold / 5) for fold in range(6)]
        folds = list(pairwise(borders))
    else:
        raise InputError(
            f"protocol {protocol!r} is not known; it is one of {', '.join(PROTOCOLS)}."
        )
    results = []
    for start, stop in folds:
        fold = images, sentences, image_of
        if len(folds) > 1 or stop < m:
            inside = np.flatnonzero((image_of >= start) & (image_of < stop))
            fold = images[start:stop], sentences[inside], image_of[inside] - start
        results.append(
            evaluate(*fold, sentence_similarity=sentence_similarity, block_bytes=block_bytes)
        )
    mean = {key: _mean([result[key] for result in results]) for key in (*METRICS, "rsum")}
    counts = [result["n_sentences"] for result in results]
    return mean | {
        "n_images": _mean([result["n_images"] for result in results]),
        "n_sentences": counts[0] if len(set(counts)) == 1 else float(np.mean(counts)),
        "n_single": sum(result["n_single"] for result in results),
        "protocol": protocol,
        "n_folds": len(folds),
        "fold_sentences": counts,
    }


def combine(members: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """One pair of arrays whose inner products are the means of the members' cosine similarities.

    Rows are scaled to unit length (rows of zeros stay zero), put side by side and divided by the square root of the
    number of members: sum_c <x_c, y_c> / C is the inner product of the two long rows.

    Args:
        members: pairs of images (m, k_c) and sentences (n, k_c), the same items in the same order; k_c may differ.

    Returns:
        images (m, sum of k_c) and sentences (n, sum of k_c), float32.

    Raises:
        InputError: no members, members with other numbers of rows, NaN or infinity.
    """
    if not members:
        raise InputError("a combination needs at least one member.")
    for c, (x, y) in enumerate(members, 1):
        if np.shape(x)[1:] != np.shape(y)[1:]:
            raise InputError(
                f"member {c}: images of shape {np.shape(x)}, sentences {np.shape(y)}; a space has one size."
            )
    return _side_by_side([x for x, _ in members], "images"), _side_by_side(
        [y for _, y in members], "sentences"
    )


def _side_by_side(members: Sequence[np.ndarray], name: str) -> np.ndarray:
    counts = [len(x) for x in members]
    if len(set(counts)) > 1:
        raise InputError(f"the members of a combination have {counts} {name}; all need the same.")
    joined = np.empty((counts[0], sum(x.shape[1] for x in members)), np.float32)
    start = 0
    for c, x in enumerate(members, 1):
        x = _checked_rows(x, f"{name} of member {c}")
        norms = np.sqrt(np.einsum("ij,ij->i", x, x, dtype=np.float64))[:, None]
        scale = np.where(norms > 0, norms, 1) * np.sqrt(len(members))
        np.divide(x, scale, out=joined[:, start : start + x.shape[1]], casting="same_kind")
        start += x.shape[1]
    return joined


def order_accuracy(
    images: np.ndarray, sentences: np.ndarray, image_of: np.ndarray, partner: np.ndarray
) -> float:
    """How often the order of words decides rightly, for images in pairs whose sentences differ in word order only.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.
        partner: (m,) int, the image whose sentences have the same words in another order, or -1.

    Returns:
        Per cent of the sentences of images with a partner that score strictly more with their own image than with the
        partner. A representation without word order gets 50 where the pairs are symmetric, or less.

    Raises:
        InputError: no image has a partner, a partner does not exist; NaN, infinity, or arrays that do not fit together.
    """
    images, sentences, image_of = _checked(images, sentences, image_of)
    partner = np.asarray(partner)
    if partner.shape != (len(images),) or not np.issubdtype(partner.dtype, np.integer):
        raise InputError(
            f"partner: expected {len(images)} integers, one an image; got {partner.dtype} {partner.shape}."
        )
    if (
        (partner < -1).any()
        or (partner >= len(images)).any()
        or (partner == np.arange(len(images))).any()
    ):
        raise InputError(
            f"partner: entries must be -1 or the number of another image, 0 to {len(images) - 1}."
        )
    asked = np.flatnonzero(partner[image_of] >= 0)
    if not len(asked):
        raise InputError("partner: no image has one, so word order cannot be tested.")
    own = image_of[asked]
    # The difference of the images first: it is exactly zero, a tie, where the two are the same.
    difference = images[own].astype(np.float64) - images[partner[own]]
    return float(100 * np.mean(np.einsum("jk,jk->j", difference, sentences[asked]) > 0))


def nearest(
    images: np.ndarray,
    sentences: np.ndarray,
    queries: Sequence[int] | np.ndarray,
    task: str,
    k: int = 5,
) -> tuple[np.ndarray, np.ndarray]:
    """The k best answers to a few queries, for pictures; equal scores in the order of their numbers.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        queries: (q,) numbers of images for ``annotation``, of sentences for ``search``.
        task: ``annotation`` (answers are sentences) or ``search`` (answers are images).
        k: answers per query; all, where there are fewer.

    Returns:
        Numbers of the answers (q, k) int64, best first, and their scores (q, k) float32.

    Raises:
        InputError: an unknown task, or a query that does not exist; NaN or infinity.
    """
    if task not in TASKS[:2]:
        raise InputError(f"task {task!r} is not known; it is annotation or search.")
    images, sentences = _checked_pair(images, sentences)
    asking, answering = (images, sentences) if task == "annotation" else (sentences, images)
    queries = np.asarray(queries, dtype=np.int64)
    if ((queries < 0) | (queries >= len(asking))).any():
        raise InputError(
            f"queries: {queries.tolist()}; for {task} they must be between 0 and {len(asking) - 1}."
        )
    scores = (asking[queries] @ answering.T)[:, _first_copies(answering)]
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return best, np.take_along_axis(scores, best, axis=1)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _cross_ranks(
    images: np.ndarray, sentences: np.ndarray, image_of: np.ndarray, block_bytes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Annotation ranks (m,) and search ranks (n,) from one product.

    Search needs the score of a sentence with its image before that image's row of the product is there. So the scores of
    right pairs are computed first, once, and written into the product wherever it holds that pair or a copy of it.
    """
    image_copy, sentence_copy = _first_copies(images), _first_copies(sentences)
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


def _sibling_ranks(sentences: np.ndarray, image_of: np.ndarray, block_bytes: int) -> np.ndarray:
    sentence_copy = _first_copies(sentences)
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
    """1 + the number of wrong items that score at least as much as the best of the items ``right``."""
    scores = row[right]
    best = scores.max()
    return 1 + int(np.count_nonzero(row >= best)) - int(np.count_nonzero(scores >= best))


def _score_rows(
    queries: np.ndarray, items: np.ndarray, block_bytes: int
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield i and the scores (n,) of query i with all items, computed in blocks; the caller may write into them."""
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


def _first_copies(rows: np.ndarray) -> np.ndarray:
    """(n,) int64: for every row the number of the first row with the same values."""
    seen: dict[bytes, int] = {}
    digests = (
        hashlib.blake2b(row + np.float32(0), digest_size=16).digest() for row in rows
    )  # -0 and 0 are one value
    return np.array(
        [seen.setdefault(digest, i) for i, digest in enumerate(digests)], dtype=np.int64
    )


def _members(labels: np.ndarray, count: int) -> list[np.ndarray]:
    """For each label 0 .. count - 1 the items that have it, in order."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])


def _checked(
    images: Any, sentences: Any, image_of: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    images, sentences = _checked_pair(images, sentences)
    image_of = _checked_labels(image_of, len(sentences))
    if image_of.max() >= len(images):
        raise InputError(
            f"image_of: sentence {image_of.argmax()} is of image {image_of.max()}; there are {len(images)} images."
        )
    missing = np.flatnonzero(np.bincount(image_of, minlength=len(images)) == 0)
    if len(missing):
        raise InputError(
            f"image_of: {len(missing)} images have no sentence, the first is image {missing[0]}. Leave them out."
        )
    return images, sentences, image_of


def _checked_pair(images: Any, sentences: Any) -> tuple[np.ndarray, np.ndarray]:
    images, sentences = _checked_rows(images, "images"), _checked_rows(sentences, "sentences")
    if images.shape[1] != sentences.shape[1]:
        raise InputError(
            f"images are {images.shape[1]}-d and sentences {sentences.shape[1]}-d; they must share a space."
        )
    return images, sentences


def _checked_rows(rows: Any, name: str) -> np.ndarray:
    rows = np.asarray(rows)
    if rows.ndim != 2 or not rows.size or not np.issubdtype(rows.dtype, np.floating):
        raise InputError(
            f"{name}: expected floats of shape (rows, k), neither empty; got {rows.dtype} {rows.shape}."
        )
    with np.errstate(over="ignore"):  # what is too large becomes infinity and is found below
        rows = np.ascontiguousarray(rows, dtype=np.float32)
    # Entries are finite where the sum of squares is; where it is below the range of float32, so are all products.
    squares = np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    bad = np.flatnonzero(~(squares < np.finfo(np.float32).max))
    if len(bad):
        raise InputError(
            f"{name}: {len(bad)} of {len(rows)} rows hold NaN, infinity or numbers too large for float32; the first "
            f"is row {bad[0]}. They cannot be ranked; look for the step that made them."
        )
    return rows


def _checked_labels(image_of: Any, n: int) -> np.ndarray:
    image_of = np.asarray(image_of)
    if (
        image_of.shape != (n,)
        or not np.issubdtype(image_of.dtype, np.integer)
        or (n and image_of.min() < 0)
    ):
        raise InputError(
            f"image_of: expected {n} integers from 0 on, one a sentence, got {image_of.dtype} {image_of.shape}."
        )
    return image_of.astype(np.int64)
