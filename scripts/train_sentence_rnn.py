"""Train the next-word network of one model; retrieval on validation images chooses the epoch."""

import json
from pathlib import Path

from job import run

from rnnfv.data.captions.table import read_caption_set
from rnnfv.devices import own_gpu
from rnnfv.experiments.caption_parts import load_part
from rnnfv.experiments.epoch_choice import learning_curve, train_on_sentences
from rnnfv.experiments.words import read_words
from rnnfv.reporting.plots import retrieval_curve
from rnnfv.rnn.checkpoint import unfinished
from rnnfv.rnn.network import pick_device

LOSSES = {"regression": "½‖x − v‖²", "classification": "the cross entropy"}


def main(snakemake):
    inputs, output, wildcards = snakemake.input, snakemake.output, snakemake.wildcards
    settings, seed = snakemake.params.settings, int(wildcards.seed)
    captions, words = read_caption_set(inputs.images, inputs.sentences), read_words(inputs.words)
    reverse = settings["reverse"]
    train, val = (
        load_part(captions, inputs.vectors, words, split, reverse=reverse)
        for split in ("train", "val")
    )
    corpus = inputs.corpus
    result = train_on_sentences(
        words.of_corpus(corpus[0], reverse=reverse) if corpus else train.sentences,
        train,
        val,
        settings,
        seed=seed,
        device=pick_device(own_gpu(snakemake.resources.device)),
        network_path=output.network,
    )
    curve, epoch = learning_curve(result), result.best["epoch"]
    curve.to_csv(output.curve, index=False)
    title = f"{wildcards.captions}, {wildcards.model}, seed {seed}"
    retrieval_curve(curve, epoch, LOSSES[settings["objective"]], title, output.plot)
    chosen = {key: result.best[key] for key in ("epoch", "val_rsum", "eta")}
    about = {"seed": seed, "untrained": result.curve[0]["val_rsum"]}
    Path(output.choice).write_text(json.dumps(about | chosen))
    unfinished(output.network).unlink(missing_ok=True)


run(main, snakemake)
