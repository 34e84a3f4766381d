"""What the configuration means, known before anything runs. Never imports torch."""
