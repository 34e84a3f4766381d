"""RNN Fisher vectors: order-aware, fixed-length representations of sequences (Lev, Sadeh, Klein, Wolf, ECCV 2016)."""

__version__ = "0.1.0"
