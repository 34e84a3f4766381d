"""Draw validation items where the lists name none; check those that are given."""

import logging

from job import inputs, output, params, wildcards

from rnnfv.data.manifests.table import read_manifest, split_columns, write_manifest
from rnnfv.data.manifests.validation import add_validation
from rnnfv.errors import InputError

validation = params.validation
columns = [f"split{split}" for split in params.splits]
listed = read_manifest(inputs.listed)
absent = [name for name in columns if name not in listed]
if absent:
    name, have = wildcards.dataset, ", ".join(split_columns(listed))
    raise InputError(
        f"datasets.{name}.splits: {len(listed)} items have {have}, but no {', '.join(absent)}."
    )
manifest = add_validation(listed, columns, validation["fraction"], validation["seed"])
for column in columns:
    logging.info("%s: %s", column, manifest[column].value_counts().to_dict())
    parts = {
        part: set(manifest.loc[manifest[column] == part, "group"]) for part in ("train", "val")
    }
    shared = sorted(parts["train"] & parts["val"])
    if shared:
        raise InputError(
            f"{column}: group {shared[0]!r} (and {len(shared) - 1} more) has both train and "
            "val items. Move whole groups to validation, or name no val items and let them be "
            "drawn; for either, the training items of a label need two groups or more (for a "
            "trial, set group to id)."
        )
write_manifest(output.manifest, manifest)
