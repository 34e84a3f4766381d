"""From a clone to raw data: download, verify, unpack, and say what is there.

The table of what there is to have is ``data/sources.csv`` (:mod:`rnnfv.data.download.sources`).
Nothing here imports torch.
"""
