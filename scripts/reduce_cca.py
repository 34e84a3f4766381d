"""Project the elements by the image side of a caption data set's CCA; then L2."""

from job import inputs, output, params, wildcards

from rnnfv.arrays.hdf5 import open_h5
from rnnfv.arrays.provenance import provenance, weights_label
from rnnfv.data.manifests.table import read_manifest
from rnnfv.errors import InputError
from rnnfv.experiments.classification import open_split, write_reduced
from rnnfv.reduction.cca_projection import read_view

split = int(wildcards.split)
view = read_view(inputs.cca, "y", params.components)
with open_h5(inputs.cca, ["y_mean"]) as file:
    images = str(file.attrs["weights"])
frames = weights_label(inputs.sequences)
label = f"{frames}; CCA of images and sentences of {params.captions}"
label += f" ({images})" if images != frames else ""
made_by = provenance([params.components, params.captions], weights=label, split=split)
dim = view.weights.shape[1]
manifest = read_manifest(inputs.manifest)
with open_split(inputs.sequences, manifest, split, inputs.usable) as (sequences, place):
    if sequences.dim != len(view.mean):
        raise InputError(
            f"{inputs.sequences}: elements have {sequences.dim} dimensions, but the images of "
            f"{params.captions} have {len(view.mean)}: use features of the same network "
            "for both, or table1.reductions: [pca]."
        )
    print(f"{sequences.dim} -> {dim} dimensions, by {inputs.cca}")
    write_reduced(output.sequences, (sequences, place), view.project, dim, made_by)
