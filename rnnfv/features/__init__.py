"""From media to vectors: decoding, feature networks, dense trajectories, words."""
