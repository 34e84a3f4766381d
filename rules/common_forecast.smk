# What follows from the known sizes of data sets: memory of a CCA, and what a dry run prints in the end, hours and disk.
from operator import attrgetter

from rnnfv.planning import forecast

PLANNED = []
SIZES = forecast.read_sizes(f"{workflow.basedir}/data/sizes.csv")
COSTS = f"{workflow.basedir}/data/costs.csv"


def known_sentences(wildcards):
    """Training sentences of a caption set of known size; 0 of others."""
    size = forecast.size_of(
        forecast.Job("", "", {"captions": wildcards.captions}, (), ()), config, SIZES
    )
    return size.sentences if size else 0


def cca_memory(wildcards):
    """Memory in MB of a model's CCA: p x p numbers, image features twice, and blocks; a PCA's matrices, where there is one.

    Where it is known that there are fewer sentences than 3/4 of p, the CCA takes their n x n Gram matrix, and holds n x p.
    """
    p = sentence_planning.dimension(config, wildcards.model, wildcards.words)
    base = 2000 if caption_set(wildcards)["layout"] == "synthetic" else 6000
    pca = model_settings(wildcards)["pca"] or 0
    n = known_sentences(wildcards)
    if n and 4 * n < 3 * p:
        return round(base + max(8e-6 * n * n + 20e-6 * n * 4096, 4e-6 * n * p + 4e-6 * n * n))
    return round(
        base + max(8e-6 * p * p + 20e-6 * min(p, pca or p) * 4096, 16e-6 * p * p if pca else 0)
    )


def stage_of(name):
    """The file in rules/ that a rule is in."""
    return Path(str(workflow.get_rule(name).snakefile)).stem


def planned_job(record):
    """What Snakemake says of a job."""
    name, priority = record.rule_name, record.priority if isinstance(record.priority, int) else 0
    files = tuple(map(str, record.input)), tuple(map(str, record.output))
    return forecast.Job(
        name,
        stage_of(name),
        dict(record.wildcards),
        *files,
        priority,
        int(record.resources.get("mem_mb", 0)),
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
    jobs = sorted(
        jobs, key=attrgetter("outputs")
    )  # Snakemake lists them in another order every time
    jobs = [job for entry in workflow.rules for job in jobs if job.rule == entry.name]
    cores = workflow.resource_settings.nodes or workflow.cores or 8  # on a cluster: jobs at a time
    limits = limit_of("mem_mb"), limit_of("gpu") or 1
    return forecast.report(jobs, config, forecast.read_costs(COSTS), SIZES, SOURCES, cores, *limits)


def limit_of(resource):
    """What all jobs together may use of a resource; None where there is no limit."""
    limit = workflow.resource_settings.resources.get(resource)
    return int(limit.value) if limit and limit.value else None


logger.addFilter(watch_plan)
