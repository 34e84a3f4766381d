"""The RNN Fisher vector as a scikit-learn transformer, for sequences of one's own."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self

import numpy as np

from rnnfv.arrays.estimators import LAYOUT, OPTIMISATION, Pooling, one_of, whole
from rnnfv.arrays.hdf5 import BLOCK_BYTES
from rnnfv.arrays.random_states import seed_of
from rnnfv.devices import pick_device
from rnnfv.rnn.fisher_vector import FisherVectors
from rnnfv.rnn.network import NextElementRNN
from rnnfv.rnn.network_arrays import network_arrays, network_of
from rnnfv.rnn.settings import RNNSettings
from rnnfv.rnn.training import train

_OF_NETWORK = set(RNNSettings.__dataclass_fields__)


@dataclass(eq=False, repr=False)
class RNNFisherVector(Pooling):
    """Gradient of a next-element network's likelihood by its output layer: (T, D) -> (D (H + 1),).

    ``fit`` trains the network on sequences, without labels; ``transform`` gives each sequence's
    mean gradient, in closed form, with dropout off (section 1 of the method). Apply PCA, then
    :class:`~rnnfv.PowerNormalizer`, then a linear classifier, as in the paper.

    Args:
        n_fc: units of the fully connected layer before the LSTM; 0 leaves it out.
        n_lstm: H, LSTM units.
        dropout: probability of dropping a unit while training.
        epochs: passes over the training sequences.
        scale: ``"none"``, or ``"unit"``: elements are multiplied by one number, by which the root
            mean square of their values is 1; of use where they are of unit length.
        init: initial weights, ``"torch"`` or ``"orthogonal"``.
        learning_rate: of the optimiser, Adam with decoupled weight decay.
        weight_decay: of the optimiser.
        batch_size: sequences per update.
        layout: of arrays: ``"time_first"`` for (T, D) each; ``"channels_first"`` for (D, T) each,
            as in aeon; or ``"auto"``, time first unless lengths and values speak for the other.
        device: ``"auto"`` or a torch device.
        random_state: seed of weights, batches and dropout. The same seed and CPU give the same
            bytes.

    Attributes:
        network_: the trained :class:`~rnnfv.rnn.network.NextElementRNN`.
        losses_: training loss of every epoch, mean over steps of 1/2 ||x_{i+1} - v_i||^2.
        n_features_in_: D.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> X = [rng.normal(size=(length, 3)) for length in (5, 8, 6)]
        >>> model = RNNFisherVector(n_fc=4, n_lstm=4, epochs=1, random_state=0)
        >>> model.fit_transform(X).shape  # 3 (4 + 1) numbers a sequence
        (3, 15)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "n_fc": whole(0),
        "n_lstm": whole(1),
        "epochs": whole(0),
        "scale": one_of("none", "unit"),
        **OPTIMISATION,
        **LAYOUT,
    }

    n_fc: int = 200
    n_lstm: int = 200
    _: KW_ONLY
    dropout: float = 0.5
    epochs: int = 30
    scale: str = "none"
    init: str = "torch"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch_size: int = 64
    layout: str = "auto"
    device: str = "auto"
    random_state: int | np.random.RandomState | None = None

    def fit(self, X: Any, y: Any = None) -> Self:
        """Train on the sequences X: a list of (T, D) arrays, :class:`~rnnfv.Sequences` or a file.

        Raises:
            InputError: a sequence is empty, of another dimension, or holds NaN; the message names
                it.
        """
        sequences = self._known(X)
        settings, seed = self._settings(), seed_of(self.random_state)
        result = train(sequences, settings, seed=seed, device=pick_device(self.device))
        self.network_: NextElementRNN = settings.build(sequences.dim, seed, scale=result.scale)
        if result.weights:
            self.network_.load_state_dict(result.weights)
        self.losses_ = [record["train_loss"] for record in result.curve[1:]]
        return self

    @property
    def _n_features_out(self) -> int:
        layer = self.network_.output
        return int(layer.out_features * (layer.in_features + 1))

    def transform(self, X: Any) -> np.ndarray:
        """RNN-FVs of the sequences X: (n, D (H + 1)) float32.

        For more than fits in memory: :meth:`iter_transform`.

        Raises:
            InputError: as ``fit``, or another dimension than in ``fit``.
        """
        return self._vectors(X).matrix()

    def iter_transform(self, X: Any, block_bytes: int = BLOCK_BYTES) -> Iterator[np.ndarray]:
        """RNN-FVs of the sequences X, a block of rows of about ``block_bytes`` at a time.

        A block's memory is used again for the next one: write it out, or copy it, before asking
        for that.
        """
        yield from self._vectors(X).rows(block_bytes)

    @classmethod
    def from_network(cls, network: NextElementRNN, device: str = "auto") -> Self:
        """The Fisher vectors of a regression network that is trained already."""
        arguments = network_arrays(network)["arguments"]
        made = cls(**{name: arguments[name] for name in ("n_fc", "n_lstm", "dropout")})
        made.device, made.network_ = device, network
        made.losses_, made.n_features_in_ = [], arguments["n_features"]
        return made

    def _settings(self) -> RNNSettings:
        params = self.get_params()
        return RNNSettings(**{key: params[key] for key in params.keys() & _OF_NETWORK})

    def _fitted(self) -> dict[str, Any]:
        return super()._fitted() | {"network_": network_arrays(self.network_)}

    def _restore(self, fitted: dict[str, Any]) -> None:
        super()._restore(fitted | {"network_": network_of(fitted["network_"])})

    def _vectors(self, X: Any) -> FisherVectors:
        sequences = self._more(X)
        return FisherVectors(self.network_, sequences, device=pick_device(self.device))
