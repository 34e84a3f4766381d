"""Look for items in two parts of a split: by group, by file, by content; the policy for them."""

from pathlib import Path

from job import inputs, output, params, wildcards

from rnnfv.arrays.hdf5 import write_json
from rnnfv.arrays.sequences import open_sequences
from rnnfv.data.labels import alike
from rnnfv.data.leaks import (
    apply_leak_policy,
    content_digests,
    parts_of,
    shared_content,
    shared_files,
    shared_groups,
)
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.replaced import identities, keep

manifest, root = read_manifest(inputs.listed), params.videos
paths = {}
if root and "path" in manifest:
    paths = {row.id: Path(root) / row.path for row in manifest.itertuples()}
read, digests = identities(paths.values()), []
for path in inputs.sequences:
    with open_sequences(path) as sequences:
        digests.append(content_digests(sequences))
leaks, equal = [], []
for column in (f"split{split}" for split in params.splits if f"split{split}" in manifest):
    parts = parts_of(manifest, column)
    found = [shared_groups(manifest, column), shared_files(parts, paths)]
    leaks += [f"{column}: {leak}" for leak in found if leak]
    found = [shared_content(parts, contents) for contents in digests]
    equal += [f"{column}: {leak}" for leak in found if leak]
notes = apply_leak_policy(leaks, params.on_leak, wildcards.dataset, params.drawn)
for leak in equal:  # of a few symbols, others' sequences can be the same
    notes.append(f"{wildcards.dataset}: {leak}; if they are copies, results are too good")
for names in alike(manifest["label"]):
    notes.append(f"{wildcards.dataset}: labels that differ in spelling only: {', '.join(names)}")
print("\n".join(notes) or "no item is in two parts of a split")
write_json(output.notes, notes)
keep(params.seen, params.since, read)
