"""Measures of how good vectors are: linear classification, and ranks in retrieval."""
