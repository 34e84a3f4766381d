"""Synthetic actions: short videos in time-reversed pairs, and loops."""
