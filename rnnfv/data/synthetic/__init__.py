"""Synthetic data sets, so that every table can be made without a download.

:mod:`~rnnfv.data.synthetic.actions` renders short videos, :mod:`~rnnfv.data.synthetic.captions`
pictures with sentences. Both show what order adds; a score on them is no result of the paper.
"""
