"""The space that images and sentences share: its regularisation eta is chosen by retrieval on validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.retrieval import evaluate
from rnnfv.experiments.representations import Representation
from rnnfv.experiments.retrieval_data import Part
from rnnfv.reduction.cca import CCAProblem, CCAProjection


def in_common_space(
    projection: CCAProjection, part: Part, represent: Representation
) -> tuple[np.ndarray, np.ndarray]:
    """Images (m, k) and sentences (n, k) of a part, unit rows."""
    images = l2_normalize(projection.project_y(part.features))
    return images, l2_normalize(projection.project_x(represent(part.sentences)))


@dataclass(frozen=True)
class EtaChoice:
    """The eta with the highest sum of recalls on validation.

    Attributes:
        eta: the regularisation.
        projection: the CCA with it.
        sweep: sum of recalls of every eta that was tried.
    """

    eta: float
    projection: CCAProjection
    sweep: dict[float, float]

    @property
    def rsum(self) -> float:
        """The sum of recalls of the choice."""
        return self.sweep[self.eta]


def choose_eta(
    problem: CCAProblem,
    etas: Sequence[float],
    val: Part,
    represent: Representation,
    components: int | None = None,
) -> EtaChoice:
    """Try every eta on the validation part; ties go to the earlier one.

    Args:
        problem: the CCA of the training part.
        etas: to try.
        val: the validation part.
        represent: gives the rows of sentences.
        components: of the CCA to keep; None keeps all.
    """
    sweep: dict[float, float] = {}
    best: tuple[float, CCAProjection] | None = None
    for eta in etas:
        projection = problem.solve(eta, components)
        images, sentences = in_common_space(projection, val, represent)
        sweep[eta] = evaluate(images, sentences, val.image_of, sentence_similarity=False)["rsum"]
        if best is None or sweep[eta] > sweep[best[0]]:
            best = eta, projection
    assert best is not None
    return EtaChoice(*best, sweep)
