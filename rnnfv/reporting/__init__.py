"""From metrics to what people read: tables, plots, galleries, provenance."""

from collections.abc import Mapping
from typing import Any

Facts = Mapping[str, Any]
"""A row of a table, or what was measured for it."""
