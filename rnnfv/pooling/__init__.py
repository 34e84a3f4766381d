"""Poolings that are blind to order: the mean, and Fisher vectors of mixtures."""
