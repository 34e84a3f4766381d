"""The space that images and sentences share, and how well each method retrieves test items in it.

The space is that of a CCA whose eta is chosen on validation.

A *method* is a row of Tables 3 to 5: a model, or several whose cosine similarities are averaged.

What fits a CCA is imported only where one is fitted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rnnfv.arrays.hdf5 import create_h5, open_h5, write_ids
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.errors import InputError
from rnnfv.evaluation.retrieval import evaluate, evaluate_protocol
from rnnfv.evaluation.similarity import combine, order_accuracy
from rnnfv.progress import progress

if TYPE_CHECKING:
    from rnnfv.experiments.captions import Part
    from rnnfv.experiments.representations import Representation
    from rnnfv.reduction.cca_projection import CCAProjection

SAME = 1e-3
"""Cosines that differ by less, by rounding, are the same."""


@dataclass(frozen=True)
class CommonSpace:
    """A CCA of sentences, represented in one way, and images.

    Attributes:
        represent: gives the rows of sentences.
        eta: the regularisation.
        projection: the CCA with it.
    """

    represent: Representation
    eta: float
    projection: CCAProjection

    @property
    def dim(self) -> int:
        """Dimensions of the representation of a sentence."""
        return len(self.projection.x_mean)

    def project(self, part: Part) -> tuple[np.ndarray, np.ndarray]:
        """Images (m, k) and sentences (n, k) of a part; rows have unit length."""
        images = l2_normalize(self.projection.project_y(part.features))
        return images, l2_normalize(self.projection.project_x(self.represent(part.sentences)))


def fit_common_space(
    represent: Representation,
    train: Part,
    val: Part,
    etas: Sequence[float],
    components: int | None = None,
) -> tuple[CommonSpace, dict[float, float]]:
    """Fit a CCA on ``train`` with the eta that retrieves best on ``val``; ties: the earlier eta.

    Args:
        represent: gives the rows of sentences.
        train: what the CCA is fitted on.
        val: what is retrieved.
        etas: to try.
        components: of the CCA to keep; None keeps all.

    Returns:
        The space, and the sum of recalls on validation for every eta.
    """
    from rnnfv.reduction.cca import cca_problem

    problem = cca_problem(represent(train.sentences), train.features, train.image_of)
    sweep: dict[float, float] = {}
    best: CommonSpace | None = None
    for eta in etas:
        space = CommonSpace(represent, eta, problem.solve(eta, components))
        found = evaluate(*space.project(val), val.image_of, sentence_similarity=False)
        sweep[eta] = found["rsum"]
        if best is None or sweep[eta] > sweep[best.eta]:
            best = space
    assert best is not None
    return best, sweep


def solved_space(
    represent: Representation, train: Part, eta: float, components: int | None = None
) -> CommonSpace:
    """The space of an eta that is chosen already; as :func:`fit_common_space` has it.

    Args:
        represent: gives the rows of sentences.
        train: what the CCA is fitted on.
        eta: of the CCA.
        components: to keep; None keeps all.
    """
    from rnnfv.reduction.cca import cca_problem

    problem = cca_problem(represent(train.sentences), train.features, train.image_of)
    return CommonSpace(represent, eta, problem.solve(eta, components))


@dataclass(frozen=True)
class Projected:
    """Test items in the common space of one model.

    Attributes:
        images: m names.
        sentences: n names.
        image_vectors: (m, k) float32, unit rows, as are
        sentence_vectors: (n, k) float32: inner products are cosine similarities.
        image_of: (n,) int64, the image of every sentence.
    """

    images: list[str]
    sentences: list[str]
    image_vectors: np.ndarray
    sentence_vectors: np.ndarray
    image_of: np.ndarray


def write_projected(
    path: str | Path,
    part: Part,
    image_vectors: np.ndarray,
    sentence_vectors: np.ndarray,
    attributes: Mapping[str, Any],
) -> None:
    """Store a split's items in the common space.

    Args:
        path: of the file.
        part: the split.
        image_vectors: see :class:`Projected`, as is
        sentence_vectors: (n, k).
        attributes: ``model``, ``seed`` and provenance.
    """
    images, sentences = (part.images, image_vectors), (part.sentences.ids, sentence_vectors)
    with create_h5(path, attributes) as file:
        for name, (ids, values) in (("images", images), ("sentences", sentences)):
            group = file.create_group(name)
            write_ids(group, ids)
            group.create_dataset("values", data=values.astype(np.float32))
        file.create_dataset("image_of", data=part.image_of)


def read_projected(path: str | Path) -> Projected:
    """Read what :func:`write_projected` wrote.

    Raises:
        InputError: not such a file.
    """
    with open_h5(path, ["images", "sentences", "image_of"]) as file:
        groups = [file[name] for name in ("images", "sentences")]
        images, sentences = ([i.decode() for i in group["ids"][:].tolist()] for group in groups)
        image_vectors, sentence_vectors = (group["values"][:] for group in groups)
        return Projected(images, sentences, image_vectors, sentence_vectors, file["image_of"][:])


def check_projected(
    kept: Projected, image_vectors: np.ndarray, sentence_vectors: np.ndarray
) -> None:
    """Check that test items lie in a common space where the tables' do.

    Args:
        kept: what the tables were made of.
        image_vectors: (m, k), as the space has them now, as are
        sentence_vectors: (n, k).

    Raises:
        InputError: they lie elsewhere.
    """
    now = image_vectors @ sentence_vectors.T
    off = float(np.abs(now - kept.image_vectors @ kept.sentence_vectors.T).max())
    if off > SAME:
        problem = f"cosines of test items differ from the table's by up to {off:.2g}"
        raise InputError(f"{problem}. Make the table again.")


def projected_by_model(paths: Sequence[str | Path]) -> dict[str, dict[int, Path]]:
    """Map model to seed to file, as the files themselves say.

    Raises:
        InputError: a file does not say it.
    """
    found: dict[str, dict[int, Path]] = {}
    for path in map(Path, paths):
        with open_h5(path, ["images"]) as file:
            if not {"model", "seed"} <= set(file.attrs):
                raise InputError(f"{path}: attribute model or seed is missing. Make it again.")
            found.setdefault(str(file.attrs["model"]), {})[int(file.attrs["seed"])] = path
    return found


def read_models(files: Mapping[str, Mapping[int, Path]], seed: int) -> dict[str, Projected]:
    """Map model to its items for a seed; a model without randomness has one file for all seeds.

    Raises:
        InputError: models have different test items.
    """
    found: dict[str, Projected] = {}
    for model, by_seed in files.items():
        path = by_seed.get(seed) or next(iter(by_seed.values()))
        found[model] = read_projected(path)
        first = next(iter(found.values()))
        if (found[model].images, found[model].sentences) != (first.images, first.sentences):
            advice = "Remove the projected files and run again."
            raise InputError(f"{path}: other test items than the first model's. {advice}")
    return found


def partner_rows(images: Sequence[str], partners: pd.DataFrame) -> np.ndarray:
    """For every image the row of the one with the same words in another order, or -1: (m,) int.

    Args:
        images: m names.
        partners: columns ``image`` and ``partner``.
    """
    row = {name: i for i, name in enumerate(images)}
    partner = dict(zip(partners["image"], partners["partner"], strict=True))
    return np.array([row.get(partner.get(name, ""), -1) for name in images])


def evaluate_methods(
    paths: Sequence[str | Path],
    partners: pd.DataFrame,
    methods: Mapping[str, Sequence[str]],
    seeded: Collection[str],
    seeds: Sequence[int],
    protocols: Sequence[str],
) -> list[dict[str, Any]]:
    """Retrieval by every method, for every seed and protocol.

    A seed at a time is read: at COCO's size a model takes half a gigabyte.

    Args:
        paths: files of projected test items, of every model and seed.
        partners: see :func:`partner_rows`.
        methods: name to models.
        seeded: the models that have any randomness; a method without is evaluated once.
        seeds: of the models.
        protocols: see :func:`~rnnfv.evaluation.retrieval.evaluate_protocol`.

    Returns:
        Records for JSON: ``method, members, seed`` (None without randomness), ``order_accuracy``
        where images have partners, and what the protocol measures.
    """
    files, records = projected_by_model(paths), []
    for seed in seeds:
        projected = read_models(files, seed)
        first = next(iter(projected.values()))
        partner = partner_rows(first.images, partners)
        for method, members in progress(methods.items(), f"methods, seed {seed}", len(methods)):
            random = not set(seeded).isdisjoint(members)
            if seed != seeds[0] and not random:
                continue
            items = [projected[model] for model in members]
            images, sentences = combine([(p.image_vectors, p.sentence_vectors) for p in items])
            about: dict[str, Any] = {"method": method, "members": members}
            about["seed"] = seed if random else None
            if (partner >= 0).any():
                about["order_accuracy"] = order_accuracy(images, sentences, first.image_of, partner)
            for protocol in protocols:
                measured = evaluate_protocol(images, sentences, first.image_of, protocol)
                records.append(about | measured)
    return records
