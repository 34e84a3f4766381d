# RNN Fisher vectors as a workflow: configuration, stages in the order data flows, targets.
# Default target: results/table1.csv. What happens at each stage is in rules/, how numbers are made
# in rnnfv/.
import time
from os.path import splitext

from snakemake.io import strip_wildcard_constraints
from snakemake.utils import min_version

min_version("9.0")


configfile: f"{workflow.basedir}/config.yaml"


report: "report/workflow.rst"


include: "rules/common.smk"
include: "rules/inputs.smk"


rule all:
    input:
        "<results>/table1.csv",
        "<results>/table1.provenance.json",
    localrule: True


rule all_tables:
    input:
        expand("<results>/{table}.csv", table=TABLES),
        "<results>/provenance.json",
    localrule: True


include: "rules/data.smk"
include: "rules/synthetic.smk"
include: "rules/manifest.smk"
include: "rules/frames.smk"
include: "rules/features.smk"
include: "rules/captions.smk"
include: "rules/words.smk"
include: "rules/sentences.smk"
include: "rules/reduce.smk"
include: "rules/rnn.smk"
include: "rules/classify.smk"
include: "rules/table1.smk"
include: "rules/trajectories.smk"
include: "rules/table2.smk"
include: "rules/retrieval.smk"
include: "rules/ablations.smk"
include: "rules/models.smk"
include: "rules/provenance.smk"
include: "rules/forecast.smk"
include: "rules/screen.smk"


# What no directive says for all rules at once: with --sdm conda all jobs run in one environment,
# a log is below logs/ where the rule's first output is below results/, and a job runs again when a
# file of the user's that it reads is another one, if older.
for entry in workflow.rules:
    if entry.script:
        entry.set_params(given=given_to(entry, MADE))
        entry.conda_env = f"{workflow.basedir}/envs/rnnfv.yaml"
    if entry.script and not entry.log:
        first, _ = splitext(strip_wildcard_constraints(str(entry.output[0])))
        entry.log_modifier = entry.output_modifier  # how modules would change paths
        entry.set_log(f"logs{first.removeprefix('results')}.log")


onstart:
    remove_all_stale("results")  # of jobs that were killed
