"""The paper's experiments as functions: choice of the epoch, fusion, ablations, sentences."""
