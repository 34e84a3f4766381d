"""Keep what a row of Table 1 needs for new clips in one file, for one split and the first seed."""

from job import inputs, output, params, wildcards

from rnnfv.arrays.hdf5 import open_h5, provenance, write_vectors
from rnnfv.data.text_files import read_table
from rnnfv.experiments.classification import check_predictions, fit_row, read_split, with_networks
from rnnfv.models.frame_features import FrameFeatures
from rnnfv.models.sequence_classifier import SequenceClassifier
from rnnfv.reduction.cca_projection import read_view
from rnnfv.reduction.pca import read_pca

place = {**wildcards, "split": int(wildcards.split), "seed": params.seed}
data = read_split(inputs.sequences, inputs.manifest, place["split"], folds=params.folds)
data = with_networks(data, [params.seed], inputs.networks[:1], inputs.choices[:1])
pooling, classifier, chosen = fit_row(data, wildcards.pooling, params.settings, params.seed)
elements = read_pca(inputs.pca) if inputs.pca else read_view(inputs.cca, "y", params.components)
about = {"made for": "Table 1", **place, "chosen": chosen}
if params.frames:
    with open_h5(inputs.features, ["ids"]) as file:
        weights = {key: str(file.attrs[key]) for key in ("weights", "weights_sha256")}
    about["frames"] = FrameFeatures(**params.frames, **weights).described()
model = SequenceClassifier.of(pooling, classifier, elements, about=about)

# What stands in the table is what the model predicts, of elements as the table's.
table = read_table(inputs.predictions)
mine = (table["pooling"] == wildcards.pooling) & (table["seed"] == str(params.seed))
vectors = pooling.transform(data.sequences.select(data.rows["test"]))
check_predictions(classifier.predict(vectors), table[mine])
made_by = provenance([params.settings, params.frames], ["av"], **place)
model.save(output.model, made_by)
if output.get("vectors"):
    vectors = classifier.normalized(pooling.transform(data.sequences))
    write_vectors(output.vectors, data.sequences.ids, iter([vectors]), vectors.shape[1], made_by)
