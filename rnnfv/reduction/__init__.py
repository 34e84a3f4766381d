"""Fewer dimensions: PCA, regularised CCA, ICA, and the normalisation of vectors."""
