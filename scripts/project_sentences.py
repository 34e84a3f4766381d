"""Represent sentences, fit the CCA with images, choose eta on validation, project the test items.

For models blind to order and for RNN-FVs alike: the second have a network among their inputs.
"""

import json
from pathlib import Path

from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label
from rnnfv.data.captions import read_caption_set
from rnnfv.experiments.eta_choice import choose_eta, in_common_space
from rnnfv.experiments.representations import (
    MixtureRepresentation,
    NetworkRepresentation,
    mean_vector,
)
from rnnfv.experiments.retrieval_data import load_part, read_words, write_projected
from rnnfv.pooling.mixture_files import read_mixtures
from rnnfv.reduction.cca import cca_problem, write_projection


def representation(snakemake, settings, seed, train):
    if settings["pooling"] == "mean":
        return mean_vector
    if settings["pooling"] == "rnn-fv":
        return NetworkRepresentation(snakemake.input.network, settings, seed, train)
    values, mixtures = read_mixtures(snakemake.input.mixtures)
    coordinates = settings["mixture_coordinates"] if settings["pooling"] == "mm-ens" else None
    return MixtureRepresentation(
        values, mixtures, settings["pooling"], settings["alpha"], coordinates, seed
    )


def main(snakemake):
    settings, seed = snakemake.params.settings, int(snakemake.wildcards.seed)
    captions, words = (
        read_caption_set(snakemake.input.images, snakemake.input.sentences),
        read_words(snakemake.input.words),
    )
    train, val, test = (
        load_part(
            captions, snakemake.input.vectors, words, split, reverse=settings.get("reverse", False)
        )
        for split in ("train", "val", "test")
    )
    rows = representation(snakemake, settings, seed, train.sentences)
    source = rows(train.sentences)
    print(
        f"{source.shape[0]} training sentences x {source.shape[1]} numbers, {train.features.shape[1]} of images"
    )
    problem = cca_problem(source, train.features, train.image_of)

    choice = choose_eta(problem, settings["eta"], val, rows, settings["components"])
    eta, projection = choice.eta, choice.projection
    n_components = len(projection.correlations)
    for tried, rsum in choice.sweep.items():
        print(f"eta {tried:g}: sum of recalls on validation {rsum:.1f}")
    weights = weights_label(snakemake.input.vectors)
    made_by = provenance(
        settings, ["scipy"], seed=seed, eta=eta, weights=weights, words=words.label
    )
    write_projected(
        snakemake.output.projected, test, *in_common_space(projection, test, rows), made_by
    )
    if snakemake.output.get("cca"):
        write_projection(snakemake.output.cca, projection, made_by)
    chosen = {
        "seed": seed,
        "dim": source.shape[1],
        "eta": eta,
        "val_rsum": choice.rsum,
        "sweep": choice.sweep,
    }
    chosen |= {"components": n_components, "words": words.label, "weights": weights}
    if settings["pooling"] == "rnn-fv":
        trained = json.loads(Path(snakemake.input.trained).read_text())
        chosen |= {"epoch": trained["epoch"], "untrained_rsum": trained["untrained"]}
    Path(snakemake.output.choice).write_text(json.dumps(chosen))


run(main, snakemake)
