"""Report on all images, or on the user's features of them, and apply the policy for bad ones."""

from pathlib import Path

from job import inputs, output, params, wildcards

from rnnfv.arrays.vectors import open_vectors
from rnnfv.arrays.writing import write_json
from rnnfv.data.bad_items import decide, given_items, summarize
from rnnfv.data.copies import as_single_elements, repeated, windows_of
from rnnfv.data.leaks import apply_leak_policy, other_units, shared_content, shared_files
from rnnfv.data.shards import read_reports
from rnnfv.data.text_files import read_table
from rnnfv.reporting.inputs import items_page
from rnnfv.reporting.names import in_words

listed = read_table(inputs.listed)
names, parts = list(listed["image"]), dict(zip(listed["image"], listed["split"], strict=True))
if inputs.own:
    with open_vectors(inputs.own) as (ids, values, _):
        vectors = as_single_elements(ids, values)
        report = given_items(names, ids, vectors.flaws(), "vector")
        same = windows_of(vectors)
        leak, oddities = shared_content(parts, same), repeated(parts, same)
        oddities += other_units(parts, vectors.peaks())
else:
    report = read_reports(inputs.reports).set_index("id").loc[names].reset_index()
    files = {row.id: Path(row.path) for row in report.itertuples()}
    leak, oddities = shared_files(parts, files) if params.folder else None, []
print(summarize(report))
page = items_page(report, f"Images of {in_words(wildcards)}")
Path(output.page).write_text(page, encoding="utf-8")
report.drop(columns="shard", errors="ignore").to_csv(output.report, index=False)
decide(report, params.on_bad_video, params.bad).to_csv(output.usable, index=False)
notes = apply_leak_policy([leak] if leak else [], params.on_leak, wildcards.captions)
write_json(output.notes, notes + [f"{wildcards.captions}: {oddity}" for oddity in oddities])
