"""Shared parts of the PyTorch networks: weights files, devices, precision, crops."""
