# What a run prints; Snakemake's own messages are in .snakemake/log.
from rnnfv.planning.stages import SECONDS, STAGES
from rnnfv.reporting.closing import closing
from rnnfv.reporting.screen import attach

SCREEN = attach(workflow, logger, STAGES, SECONDS, LOGS)


onsuccess:
    SCREEN.close("Done")
    print(closing(RESULTS, started, TABLES, options_of(workflow)), file=sys.stderr)


onerror:
    SCREEN.close("Stopped")
