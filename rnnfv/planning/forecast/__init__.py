"""What a planned run will cost: hours of CPU and GPU, bytes on disk, by stage; before anything is there.

Costs of a rule are those of ``data/costs.csv``, sizes of the known data sets those of ``data/sizes.csv``. Nothing here
imports Snakemake or torch: the plan comes as a list of :class:`Job`.
"""

from rnnfv.planning.forecast.costs import Cost, hours, read_costs
from rnnfv.planning.forecast.disk import written
from rnnfv.planning.forecast.plan import Job
from rnnfv.planning.forecast.report import report
from rnnfv.planning.forecast.schedule import Outcome, simulate
from rnnfv.planning.forecast.sizes import Size, read_sizes, size_of
from rnnfv.planning.forecast.units import units

__all__ = [
    "Cost",
    "Job",
    "Outcome",
    "Size",
    "hours",
    "read_costs",
    "read_sizes",
    "report",
    "simulate",
    "size_of",
    "units",
    "written",
]
