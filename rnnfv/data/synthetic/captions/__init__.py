"""Synthetic captions: pictures of coloured shapes with five sentences each, in three styles.

Most pictures have a *partner* that swaps one fact: the colours of two shapes, their sizes or their
places. The sentences of the two are the same words in another order ("a red circle above a blue
square", "a blue square above a red circle"): a representation that ignores order cannot tell them
apart.

``scenes`` holds the facts of a picture, in one of the ``styles``; ``drawing`` draws them,
``grammar`` tells them, ``dataset`` numbers, splits and writes pictures and sentences.
"""
