"""A page to try a model on: a small web server for this machine alone."""
