"""Synthetic actions: short videos of moving shapes, in two recipes.

- ``pairs``: twelve actions in six time-reversed pairs (grow and shrink, rise and fall, ...).
  Without noise, a clip played backwards is a clip of the partner: a pooling that ignores order
  tells the two apart in 50 % of cases.
- ``loops``: seven repeating motions (bounce, orbit, ...) with another look and frame size, as a
  second data set and as a target of transfer.

``motions`` and ``scenes`` describe what is seen, ``filming`` draws it, ``dataset`` numbers, splits
and writes the clips.
"""
