"""Project the elements by the image side of a caption data set's CCA; then L2."""

from job import run

from rnnfv.arrays.hdf5 import open_h5, provenance, weights_label
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.sequences import open_sequences, write_sequences
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.splits import items_in_split
from rnnfv.errors import InputError
from rnnfv.progress import progress
from rnnfv.reduction.cca_projection import read_view


def main(snakemake):
    split, captions = int(snakemake.wildcards.split), snakemake.params.captions
    view = read_view(snakemake.input.cca, "y", snakemake.params.components)
    with open_h5(snakemake.input.cca, ["y_mean"]) as file:
        images = str(file.attrs["weights"])
    frames = weights_label(snakemake.input.sequences)
    label = f"{frames}; CCA of images and sentences of {captions}" + (
        f" ({images})" if images != frames else ""
    )
    with open_sequences(snakemake.input.sequences) as sequences:
        if sequences.dim != len(view.mean):
            raise InputError(
                f"{snakemake.input.sequences}: elements have {sequences.dim} dimensions, but the "
                f"images of {captions} have {len(view.mean)}: use features of the same network "
                "for both, or table1.reductions: [pca]."
            )
        place = {name: i for i, name in enumerate(sequences.ids)}
        ids = [
            name
            for name in items_in_split(read_manifest(snakemake.input.manifest), split)
            if name in place
        ]
        dim = view.weights.shape[1]
        print(f"{sequences.dim} -> {dim} dimensions, by {snakemake.input.cca}")
        made_by = provenance([snakemake.params.components, captions], weights=label, split=split)
        reduced = ((name, l2_normalize(view.project(sequences[place[name]]))) for name in ids)
        write_sequences(
            snakemake.output.sequences,
            progress(reduced, "items", len(ids)),
            dim,
            attributes=made_by,
        )


run(main, snakemake)
