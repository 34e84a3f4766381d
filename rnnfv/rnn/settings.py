"""Architecture and training of the next-element network as settings."""

from dataclasses import dataclass

from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.rnn.network import NextElementRNN, seeded


@dataclass(frozen=True)
class RNNSettings:
    """Architecture and training of the network.

    Optimiser, learning rate and batch size are not in the paper.

    Attributes:
        objective: ``"regression"`` (the next element itself) or ``"classification"`` (which row of
            their table it is).
        n_fc, n_lstm: units of the first layer and of the LSTM (paper: 200, 200 for videos; none,
            100 for sentences).
        dropout: probability of dropping a unit (paper: more was better up to 0.95).
        negative_slope: of the leaky ReLU (paper: 0.1).
        learning_rate, weight_decay: of Adam with decoupled weight decay.
        batch_size: sequences per update.
        clip: largest norm of the gradient of an update.
        epochs: at most this many.
        patience: stop after this many epochs without a better validation score; 0 never stops
            early.
    """

    objective: str = "regression"
    n_fc: int = 200
    n_lstm: int = 200
    dropout: float = 0.5
    negative_slope: float = 0.1
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch_size: int = 64
    clip: float = 5.0
    epochs: int = 30
    patience: int = 0

    def build(self, n_features: int, seed: int, n_symbols: int | None = None) -> NextElementRNN:
        """The network with its initial weights, which depend on ``seed`` alone.

        Args:
            n_features: D, dimensions of an element.
            seed: of the initial weights.
            n_symbols: size of the vocabulary; needed for classification.
        """
        n_outputs = n_symbols if self.objective == "classification" else None
        with seeded(seed):
            sizes = n_features, self.n_fc, self.n_lstm, n_outputs
            return NextElementRNN(*sizes, self.dropout, self.negative_slope)


def n_symbols(sequences: Sequences) -> int | None:
    """Number of symbols that elements are picked from, rows of their table; None: plain vectors."""
    return len(sequences.values.table) if isinstance(sequences.values, TableRows) else None
