"""Random states of scikit-learn's kind; the generators of the process are left alone."""

import numpy as np


def seed_of(random_state: int | np.random.RandomState | None) -> int:
    """A seed from scikit-learn's ``random_state``; NumPy's global generator is left alone."""
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if random_state is None:
        return int(np.random.default_rng().integers(2**31))
    return int(random_state)


def generator_of(random_state: int | np.random.RandomState | None) -> np.random.RandomState:
    """A generator from scikit-learn's ``random_state``; NumPy's global one is left alone."""
    if isinstance(random_state, np.random.RandomState):
        return random_state
    return np.random.RandomState(seed_of(random_state))
