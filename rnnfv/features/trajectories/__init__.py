"""Improved dense trajectories (Wang and Schmid, ICCV 2013): tracks and their descriptors.

In the order data flows: ``settings``, ``flow`` and ``camera`` between two frames, ``tracking`` with
``histograms`` at one scale, ``extraction`` of a video's ``tracks``, ``files``, ``encoding``;
``drawing`` shows them.
"""
