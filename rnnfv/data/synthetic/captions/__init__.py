"""Synthetic captions: pictures of coloured shapes with five sentences each."""
