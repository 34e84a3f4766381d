"""Arrays in memory and in HDF5 files: sequences, and matrices that are never held whole."""
