# What a dry run prints at its end: hours and memory by stage.
from rnnfv.planning.forecast import forecast_dry_runs

forecast_dry_runs(workflow, logger, config)
