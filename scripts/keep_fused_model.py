"""Keep a row of Table 2 for new items, once it says of the test items what the table says."""

from contextlib import ExitStack

import numpy as np
from job import inputs, output, params, wildcards

import rnnfv
from rnnfv.arrays.provenance import provenance
from rnnfv.arrays.sequences import load_sequences
from rnnfv.arrays.vectors import open_vectors
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.data.text_files import read_table
from rnnfv.experiments.classification import check_predictions
from rnnfv.experiments.fusion import common_ids, side_by_side
from rnnfv.models.fused_classifier import FusedClassifier

row, split = params.row, int(wildcards.split)
names = [name for name in dict.fromkeys(row["takes"]) if name not in row["tracks"]]
features = {n: load_sequences(path) for n, path in zip(names, inputs.features, strict=True)}
about = {"made for": "Table 2", **wildcards, "split": split, "seed": row["seed"]}
about |= {"row": row["method"], "inputs": {}}
about["inputs"] |= {name: {"tracks": made} for name, made in row["tracks"].items()}
members, vectors = [], []
with ExitStack() as stack:
    stored = [stack.enter_context(open_vectors(path)) for path in inputs.vectors]
    ids = common_ids([members_ids for members_ids, _, _ in stored])
    for name, steps, (known, values, _) in zip(row["takes"], inputs.steps, stored, strict=True):
        if name in row["tracks"]:  # tracks are gone; their vectors are those of the codebook
            members.append(rnnfv.load(steps).set_params(alpha=row["alpha"][name]))
            vectors.append((known, values))
            continue
        member, place = rnnfv.load(steps), {one: i for i, one in enumerate(features[name].ids)}
        encoded = member.encode(features[name].select([place[one] for one in ids]))
        about["inputs"][name] = {"frames": member.about_.get("frames")}
        members.append(member)
        vectors.append((ids, encoded))
    labels, rows = split_rows(read_manifest(inputs.manifest), ids, split)
    fitted = np.sort(np.concatenate([rows["train"], rows["val"]]))
    model = FusedClassifier.of_members(members, row["takes"], about)
    model.fit_vectors(side_by_side(vectors, [ids[i] for i in fitted]), labels[fitted], row["C"])
    tested = side_by_side(vectors, [ids[i] for i in rows["test"]])
    tested = np.concatenate(list(tested.columns()), axis=1)
table = read_table(inputs.predictions)
table = table[(table["split"] == str(split)) & (table["seed"] == str(row["seed"]))]
check_predictions(model.classifier_, tested, table)
model.save(output.model, provenance(row, ["av", "scikit-learn"], **wildcards))
