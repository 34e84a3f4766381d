"""Join the reports on all videos and apply the policy for bad ones: stop, or go on without them."""

import shutil
from pathlib import Path

from job import inputs, output, params, wildcards

from rnnfv.data.bad_items import decide, summarize
from rnnfv.data.shards import read_reports
from rnnfv.reporting.inputs import items_page
from rnnfv.reporting.names import in_words

report = read_reports(inputs.reports).sort_values("id")
print(summarize(report))
page = items_page(report, f"Videos of {in_words(wildcards)}")
Path(output.page).write_text(page, encoding="utf-8")
report.drop(columns="shard").to_csv(output.report, index=False)
decide(report, params.on_bad_video, params.bad).to_csv(output.usable, index=False)
# Tracks that were kept for another attempt at the bad ones, which is not needed.
for unfinished in Path(output.usable).parent.parent.glob("tracks/*.unfinished"):
    shutil.rmtree(unfinished)
