"""How numbers are held: sequences, matrices read in rows or columns, and the HDF5 files of both."""
