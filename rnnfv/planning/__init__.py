"""The meaning of the configuration, known before anything runs. Never imports torch."""
