"""How numbers are held: sequences, matrices that are never held whole, and their HDF5 files."""
