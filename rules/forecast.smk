# What a dry run prints at its end: hours and memory by stage.
from rnnfv.planning import forecast

PLANNED = []


def planned_job(record):
    """A job as Snakemake announces it; its stage is the rule file that it comes from."""
    stage = Path(str(workflow.get_rule(record.rule_name).snakefile)).stem
    mem_mb = int(record.resources.get("mem_mb", 0))
    inputs = tuple(map(str, record.input))
    return forecast.Job(record.rule_name, stage, dict(record.wildcards), inputs, mem_mb)


def watch_plan(record):
    """Collect the jobs that a dry run lists, and after the last print what they would cost."""
    event = str(getattr(record, "event", None))
    if workflow.dryrun and event == "job_info" and record.output:  # others only name targets
        PLANNED.append(planned_job(record))
    elif PLANNED and record.getMessage().startswith("This was a dry-run"):
        order = {entry.name: number for number, entry in enumerate(workflow.rules)}
        jobs = sorted(PLANNED, key=lambda job: order[job.rule])  # stages in the order of data
        PLANNED.clear()
        cores = workflow.resource_settings.nodes or workflow.cores or 8  # on a cluster: jobs
        costs = forecast.read_costs(f"{workflow.basedir}/data/costs.csv")
        sizes = forecast.read_sizes(f"{workflow.basedir}/data/sizes.csv")
        logger.info(forecast.report(jobs, config, costs, sizes, cores))
    return True  # every message passes


logger.addFilter(watch_plan)
