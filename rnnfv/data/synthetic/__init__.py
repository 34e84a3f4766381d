"""Synthetic data sets: short videos, and pictures with sentences, drawn by rule for a run that needs no download.

They are synthetic and say so: a score on them checks the pipeline and shows what order adds, and is no result of the
paper. Two recipes:

- ``pairs``: twelve actions in six time-reversed pairs (grow and shrink, rise and fall, ...). A clip's noise-free
  frames, played backwards, are a clip of the partner, so a pooling that ignores order cannot expect more than 50 %.
- ``loops``: seven repeating motions (bounce, orbit, ...) with another look and frame size: a second benchmark, and
  somewhere to transfer to.

Data flow: a scene (:mod:`~rnnfv.data.synthetic.actions.scenes`) and an action's poses (:mod:`~rnnfv.data.synthetic.actions.motions`) are drawn
and filmed (:mod:`~rnnfv.data.synthetic.actions.render`), then numbered, split and written (:mod:`~rnnfv.data.synthetic.actions.clips`).
Pictures with five sentences each, in three styles, come about in the same way: facts
(:mod:`~rnnfv.data.synthetic.captions.scenes`) are drawn and told (:mod:`~rnnfv.data.synthetic.captions.grammar`), and then numbered and
split (:mod:`~rnnfv.data.synthetic.captions.pictures_and_sentences`).
"""

from rnnfv.data.synthetic.actions.clips import (
    dataset_manifest,
    render_clip,
    render_shard,
    write_clip,
)
from rnnfv.data.synthetic.actions.preview import preview
from rnnfv.data.synthetic.actions.recipes import RECIPES

__all__ = ["RECIPES", "dataset_manifest", "preview", "render_clip", "render_shard", "write_clip"]
