"""The common space of images and sentences: a CCA whose eta is chosen on validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.retrieval import evaluate
from rnnfv.experiments.caption_parts import Part
from rnnfv.experiments.representations import Representation
from rnnfv.reduction.cca import cca_problem
from rnnfv.reduction.cca_projection import CCAProjection


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
