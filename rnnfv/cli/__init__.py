"""The command ``rnnfv``: what the library and a run's models can do, from a terminal."""
