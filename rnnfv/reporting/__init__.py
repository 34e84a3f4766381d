"""From metrics to what people read: tables, plots, galleries, provenance."""
