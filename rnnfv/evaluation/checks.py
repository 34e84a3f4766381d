"""Checks of what retrieval is evaluated on: two views and the image of every sentence."""

from typing import Any

import numpy as np

from rnnfv.errors import InputError


def check_problem(
    images: Any, sentences: Any, image_of: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images, sentences and the image of every sentence, checked and as float32 and int64.

    Args:
        images: (m, k) float.
        sentences: (n, k) float.
        image_of: (n,) int, the image of every sentence.

    Raises:
        InputError: NaN, infinity, an image without sentences, or arrays that do not fit together.
    """
    images, sentences = check_pair(images, sentences)
    image_of, m = check_image_of(image_of, len(sentences)), len(images)
    if image_of.max() >= m:
        problem = f"sentence {image_of.argmax()} is of image {image_of.max()}"
        raise InputError(f"image_of: {problem}; there are {m} images.")
    missing = np.flatnonzero(np.bincount(image_of, minlength=m) == 0)
    if len(missing):
        problem = f"{len(missing)} images have no sentence, the first is image {missing[0]}"
        raise InputError(f"image_of: {problem}. Leave them out.")
    return images, sentences, image_of


def check_pair(images: Any, sentences: Any) -> tuple[np.ndarray, np.ndarray]:
    """Images and sentences as vectors of one space; errors as :func:`check_problem`."""
    images, sentences = check_vectors(images, "images"), check_vectors(sentences, "sentences")
    if images.shape[1] != sentences.shape[1]:
        problem = f"images are {images.shape[1]}-d and sentences {sentences.shape[1]}-d"
        raise InputError(f"{problem}; they must share a space.")
    return images, sentences


def check_vectors(vectors: Any, name: str) -> np.ndarray:
    """``vectors`` as a float32 matrix that can be ranked.

    Raises:
        InputError: not a matrix of floats, NaN, infinity, or a norm beyond float32.
    """
    vectors = np.asarray(vectors)
    if vectors.ndim != 2 or not vectors.size or vectors.dtype.kind != "f":
        expected = "expected floats of shape (rows, k), neither empty"
        raise InputError(f"{name}: {expected}; got {vectors.dtype} {vectors.shape}.")
    with np.errstate(over="ignore"):  # what is too large becomes infinity and is found below
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    # Entries are finite where the sum of squares is; where it is below the range of float32, so
    # are all products.
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64)
    bad = np.flatnonzero(~(squares < np.finfo(np.float32).max))
    if len(bad):
        problem = "rows hold NaN, infinity or numbers too large for float32"
        found = f"{len(bad)} of {len(vectors)} {problem}; the first is row {bad[0]}"
        advice = "They cannot be ranked; look for the step that made them."
        raise InputError(f"{name}: {found}. {advice}")
    return vectors


def check_image_of(image_of: Any, n: int) -> np.ndarray:
    """``image_of`` as (n,) int64.

    Raises:
        InputError: not n integers from 0 on.
    """
    image_of = np.asarray(image_of)
    integers = image_of.shape == (n,) and image_of.dtype.kind in "iu"
    if not integers or (n and image_of.min() < 0):
        expected = f"expected {n} integers from 0 on, one a sentence"
        raise InputError(f"image_of: {expected}, got {image_of.dtype} {image_of.shape}.")
    return image_of.astype(np.int64)
