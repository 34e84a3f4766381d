"""Represent sentences, fit their CCA with images, choose eta on validation, project the test items.

For models blind to order and for RNN-FVs alike: the second have a network among their inputs.
"""

import json
from pathlib import Path

from job import run

from rnnfv.arrays.hdf5 import provenance, weights_label
from rnnfv.data.captions.table import read_caption_set
from rnnfv.experiments.caption_parts import load_part
from rnnfv.experiments.common_space import fit_common_space
from rnnfv.experiments.representations import representation
from rnnfv.experiments.retrieval import write_projected
from rnnfv.experiments.words import read_words
from rnnfv.reduction.cca_projection import write_projection


def main(snakemake):
    inputs, output, settings = snakemake.input, snakemake.output, snakemake.params.settings
    model, seed = snakemake.wildcards.model, int(snakemake.wildcards.seed)
    captions, words = read_caption_set(inputs.images, inputs.sentences), read_words(inputs.words)
    reverse = settings.get("reverse", False)
    train, val, test = (
        load_part(captions, inputs.vectors, words, split, reverse=reverse)
        for split in ("train", "val", "test")
    )
    files = {name: inputs.get(name) for name in ("network", "mixtures")}
    represent = representation(settings, seed, train.sentences, **files)
    space, sweep = fit_common_space(represent, train, val, settings["eta"], settings["components"])
    about = {"model": model, "seed": seed, "eta": space.eta, "words": words.label}
    about["weights"] = weights_label(inputs.vectors)
    made_by = provenance(settings, ["scipy"], **about)
    write_projected(output.projected, test, *space.project(test), made_by)
    if output.get("cca"):
        write_projection(output.cca, space.projection, made_by)
    components = len(space.projection.correlations)
    chosen = about | {"dim": space.dim, "components": components, "sweep": sweep}
    chosen["val_rsum"] = sweep[space.eta]
    if settings["pooling"] == "rnn-fv":
        trained = json.loads(Path(inputs.trained).read_text())
        chosen |= {"epoch": trained["epoch"], "untrained_rsum": trained["untrained"]}
    print(json.dumps(chosen, indent=1))
    Path(output.choice).write_text(json.dumps(chosen))


run(main, snakemake)
