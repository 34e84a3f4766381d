"""The steps from elements to labels, fitted for new clips: a row of Table 1, a member of Table 2.

A row is kept only if it says of the test items what the table says.
"""

from job import inputs, output, params, wildcards

import rnnfv
from rnnfv.arrays.hdf5 import open_h5
from rnnfv.arrays.provenance import provenance
from rnnfv.arrays.sequences import open_sequences
from rnnfv.arrays.vectors import write_vectors
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.text_files import read_table
from rnnfv.evaluation.table_poolings import POOLINGS
from rnnfv.experiments import classification
from rnnfv.experiments.fusion import projected_split, transferred
from rnnfv.models.frame_features import FrameFeatures
from rnnfv.models.sequence_classifier import SequenceClassifier
from rnnfv.reduction.cca_projection import read_view
from rnnfv.rnn.checkpoint import TrainedNetwork

place = {**wildcards, "split": int(wildcards.split), "seed": params.seed}
pooling = POOLINGS[wildcards.get("pooling", "rnn-fv")]
grid = classification.grid_of(params.settings, pooling.section)
if donor := wildcards.get("donor"):
    manifest, pca = read_manifest(inputs.manifest), inputs.pca or None
    data = projected_split(inputs.sequences, manifest, place["split"], pca, inputs.usable)
    pooled = transferred(TrainedNetwork.read(inputs.networks[0]), data.sequences, donor)
else:
    files = inputs.sequences, inputs.manifest, place["split"]
    data = classification.read_split(*files, folds=params.folds)
    networks = [params.seed], inputs.networks[:1], inputs.choices[:1]
    data = classification.with_networks(data, *networks)
    pooled = pooling.pool(data, params.settings[pooling.section], grid, params.seed)
classifier, choice = classification.fit_steps(data, pooled, grid)
elements = rnnfv.load(inputs.pca) if inputs.pca else read_view(inputs.cca, "y", params.components)
about = {**place, "chosen": {**pooled.chosen, "pca": choice.pca, "alpha": choice.alpha}}
if params.frames:
    with open_h5(inputs.features, ["ids"]) as file:
        about["frames"] = FrameFeatures.of_file(params.frames, file.attrs).described()
made_by = provenance([params.settings, params.frames], ["av"], **place)
model = SequenceClassifier.of(pooled.encoder, classifier, elements, about=about)
with open_sequences(inputs.features) as unreduced:
    model.typical_ = unreduced.typical()
if output.get("model"):
    table = read_table(inputs.predictions)
    mine = (table["pooling"] == wildcards.pooling) & (table["seed"] == str(params.seed))
    tested = pooled.encoder.transform(data.sequences.select(data.rows["test"]))
    classification.check_predictions(classifier, tested, table[mine])
    model.about_["made for"] = "Table 1"
model.save(output[-1], made_by)
if output.get("vectors"):
    vectors = classifier.normalized(pooled.encoder.transform(data.sequences))
    write_vectors(output.vectors, data.sequences.ids, iter([vectors]), vectors.shape[1], made_by)
