# What a run prints. CI, clusters and --verbose keep Snakemake's own messages, and so does the log
# file in .snakemake/log.
from rnnfv.planning.stages import SECONDS, STAGES
from rnnfv.reporting.closing import closing
from rnnfv.reporting.screen import Screen, attach

STAGE_OF = {entry.name: STAGES.get(Path(entry.snakefile).stem, "") for entry in workflow.rules}
CONFIGFILES = [str(path) for path in workflow.config_settings.configfiles or []]
OPTIONS = " ".join(["", "--configfile", *CONFIGFILES]) if CONFIGFILES else ""
SCREEN = Screen(STAGE_OF, SECONDS, sys.stderr)
attach(SCREEN, workflow, logger, OPTIONS)


onsuccess:
    SCREEN.close("Done")
    print(closing(RESULTS, started, TABLES, OPTIONS), file=sys.stderr)


onerror:
    SCREEN.close("Stopped")
