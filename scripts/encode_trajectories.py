"""Codebooks of one split and the Fisher vectors of its videos' tracks, for every seed."""

from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import provenance, weights_label
from rnnfv.arrays.vectors import write_vectors
from rnnfv.data.bad_items import usable_in_split
from rnnfv.data.manifests.table import read_manifest
from rnnfv.data.splits import split_rows
from rnnfv.data.text_files import read_table
from rnnfv.features.trajectories.files import TrackShards
from rnnfv.pooling.trajectories import fit_codebook, stacked
from rnnfv.progress import progress

manifest, split = read_manifest(inputs.manifest), int(wildcards.split)
ids = usable_in_split(manifest, split, read_table(inputs.usable))
_, rows = split_rows(manifest, ids, split)
made = f"Fisher vectors of {params.settings['components']} Gaussians"
facts = {"split": split, "weights": f"{weights_label(inputs.tracks[0])}; {made}"}
for seed, codebook, path in zip(params.seeds, output.codebooks, output.vectors, strict=True):
    facts["seed"] = seed
    with TrackShards(inputs.tracks) as tracks:
        encoder = fit_codebook(tracks, [ids[i] for i in rows["train"]], params.settings, seed)
        made_by = provenance(params.settings, ["scikit-learn"], **facts)
        encoder.save(codebook, made_by)
        encoder.set_params(alpha=params.alpha)
        empty = sum(tracks.count(name) == 0 for name in ids)
        print(f"{len(ids)} videos, {empty} of them without tracks; {encoder.dim} dimensions")
        vectors = encoder.vectors(tracks.read(name) for name in ids)
        blocks = stacked(progress(vectors, "videos", len(ids)))
        about = {**facts, "without_tracks": empty}
        made_by = provenance(encoder.get_params(), ["scikit-learn"], **about)
        # float16 rounds unit vectors by 0.05 % and halves 5.8 GB at the size of UCF101
        write_vectors(path, ids, blocks, encoder.dim, made_by, dtype="float16")
