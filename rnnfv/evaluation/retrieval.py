"""Image-sentence retrieval: recalls, median and mean ranks, and protocols (section 4)."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from rnnfv.errors import InputError
from rnnfv.evaluation.checks import check_image_of
from rnnfv.evaluation.ranks import TASKS, ranks

RECALLS = (1, 5, 10)
METRICS = tuple(f"{task}_{name}" for task in TASKS for name in ("r1", "r5", "r10", "medr", "meanr"))


def recall_at(ranks: np.ndarray, k: int) -> float:
    """Per cent of the ranks that are k or better."""
    return float(100 * np.mean(np.asarray(ranks) <= k))


def evaluate(
    images: np.ndarray, sentences: np.ndarray, image_of: np.ndarray, **options: Any
) -> dict[str, Any]:
    """A row of Tables 3 to 5.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.
        options: of :func:`~rnnfv.evaluation.ranks.ranks`.

    Returns:
        For each task recalls at 1, 5 and 10 in per cent, median and mean rank (:data:`METRICS`);
        ``rsum``, the sum of the six recalls of annotation and search; ``n_images``,
        ``n_sentences``; ``n_single``, the sentences that are their image's only one and therefore
        have no rank in sentence similarity. A task without ranks has None.

    Raises:
        InputError: NaN, infinity, or arrays that do not fit together.
    """
    result: dict[str, Any] = {}
    for task, found in ranks(images, sentences, image_of, **options).items():
        known = len(found) > 0
        result |= {f"{task}_r{k}": recall_at(found, k) if known else None for k in RECALLS}
        result[f"{task}_medr"] = float(np.median(found)) if known else None
        result[f"{task}_meanr"] = float(np.mean(found)) if known else None
    result["rsum"] = sum(result[f"{task}_r{k}"] for task in TASKS[:2] for k in RECALLS)
    single = int((np.bincount(image_of) == 1).sum())
    return result | {"n_images": len(images), "n_sentences": len(sentences), "n_single": single}


def evaluate_protocol(
    images: np.ndarray, sentences: np.ndarray, image_of: np.ndarray, protocol: str, **options: Any
) -> dict[str, Any]:
    """:func:`evaluate` on all test images, the first 1,000, or as the mean over five folds.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.
        protocol: ``all``; ``first-1000``: the first 1,000 images and their sentences;
            ``five-folds``: five consecutive folds of m / 5 images, give or take one, each evaluated
            by itself (COCO's 1K numbers from its 5K test images).
        options: as for :func:`evaluate`.

    Returns:
        The keys of :func:`evaluate`, means over folds, where ``n_images`` and ``n_sentences`` are
        of one fold (the mean, where folds differ in sentences) and ``n_single`` is of all; also
        ``protocol``, ``n_folds`` and ``fold_sentences``, a list of the number of sentences in each
        fold.

    Raises:
        InputError: fewer images than it needs; what :func:`evaluate` raises.
    """
    image_of, m = check_image_of(image_of, len(sentences)), len(images)
    least = {"all": 0, "first-1000": 1000, "five-folds": 5}[protocol]
    if m < least:
        needs = f"protocol {protocol} needs {least:,} test images"
        raise InputError(f"{needs}; there are {m}. Use protocol all.")
    folds = [(0, 1000 if protocol == "first-1000" else m)]
    if protocol == "five-folds":
        folds = list(pairwise(round(m * fold / 5) for fold in range(6)))
    results = []
    for start, stop in folds:
        fold = images, sentences, image_of
        if len(folds) > 1 or stop < m:
            inside = np.flatnonzero((image_of >= start) & (image_of < stop))
            fold = images[start:stop], sentences[inside], image_of[inside] - start
        results.append(evaluate(*fold, **options))
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


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
