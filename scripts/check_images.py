"""Report on all images, or on the user's features of them, and apply the policy for bad ones."""

from job import inputs, output, params

from rnnfv.arrays.checks import flaws, peaks_of
from rnnfv.arrays.hdf5 import open_vectors
from rnnfv.data.bad_items import decide, given_items, summarize
from rnnfv.data.shards import read_reports
from rnnfv.data.text_files import read_table

names = list(read_table(inputs.listed)["image"])
if inputs.own:
    with open_vectors(inputs.own) as (ids, values, _):
        report = given_items(names, ids, flaws(peaks_of(values[:])), "vector")
else:
    report = read_reports(inputs.reports).set_index("id").loc[names].reset_index()
print(summarize(report))
report.drop(columns="shard", errors="ignore").to_csv(output.report, index=False)
decide(report, params.on_bad_video, params.bad).to_csv(output.usable, index=False)
