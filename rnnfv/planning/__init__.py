"""The meaning of the configuration, known before anything runs. Never imports torch."""

from typing import Any

Config = dict[str, Any]
"""The configuration, or a part of it."""
