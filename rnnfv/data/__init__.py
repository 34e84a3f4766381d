"""Data sets: their splits and captions, downloads, and the synthetic sets."""
