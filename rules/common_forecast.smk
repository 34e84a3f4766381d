# What a dry run prints in the end: hours and disk of the jobs it would start.
from rnnfv import forecast

PLANNED = []
SIZES = forecast.read_sizes(f"{workflow.basedir}/data/sizes.csv")
COSTS = f"{workflow.basedir}/data/costs.csv"


def known_sentences(wildcards):
    """Training sentences of a caption set of known size; 0 of others."""
    size = forecast.size_of(forecast.Job("", "", {"captions": wildcards.captions}, (), ()), config, SIZES)
    return size.sentences if size else 0


def stage_of(name):
    """The file in rules/ that a rule is in."""
    return Path(str(workflow.get_rule(name).snakefile)).stem


def planned_job(record):
    """What Snakemake says of a job."""
    name, priority = record.rule_name, record.priority if isinstance(record.priority, int) else 0
    files = tuple(map(str, record.input)), tuple(map(str, record.output))
    return forecast.Job(
        name, stage_of(name), dict(record.wildcards), *files, priority, int(record.resources.get("mem_mb", 0))
    )


def watch_plan(record):
    """Remember the jobs that a dry run lists, and after them say what they would cost. Every message passes."""
    event = str(getattr(record, "event", None))
    if workflow.dryrun and event == "job_info" and record.output:  # rules without only name targets
        PLANNED.append(planned_job(record))
    elif PLANNED and record.getMessage().startswith("This was a dry-run"):
        jobs, PLANNED[:] = PLANNED[:], []
        logger.info(forecast_of(jobs))
    return True


def forecast_of(jobs):
    """Hours and disk of these jobs, by stage in the order data flows."""
    order = [name.name for name in workflow.rules]
    jobs = sorted(jobs, key=lambda job: order.index(job.rule))
    cores = workflow.resource_settings.nodes or workflow.cores or 8  # on a cluster: jobs at a time
    limits = limit_of("mem_mb"), limit_of("gpu") or 1
    return forecast.report(jobs, config, forecast.read_costs(COSTS), SIZES, SOURCES, cores, *limits)


def limit_of(resource):
    """What all jobs together may use of a resource; None where there is no limit."""
    limit = workflow.resource_settings.resources.get(resource)
    return int(limit.value) if limit and limit.value else None


logger.addFilter(watch_plan)
