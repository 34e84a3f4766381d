"""Train the next-word network of one model; the epoch is chosen by retrieval on the validation images."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from job import run

from rnnfv.arrays.hdf5 import atomic_path, provenance
from rnnfv.arrays.normalize import l2_normalize
from rnnfv.arrays.rows import NormalizedRows, sample_coordinates
from rnnfv.arrays.sequences import Sequences
from rnnfv.data.captions import read_caption_set
from rnnfv.devices import own_gpu
from rnnfv.errors import InputError
from rnnfv.evaluation.retrieval import evaluate
from rnnfv.experiments.retrieval_data import load_part, read_words
from rnnfv.features.words.corpora import plain
from rnnfv.features.words.vocabulary import coverage, encode, reversed_words
from rnnfv.reduction.cca import cca_problem
from rnnfv.reporting.plots import retrieval_curve
from rnnfv.rnn.network import pick_device
from rnnfv.rnn.streamed import StreamedFisherVectors
from rnnfv.rnn.training import RNNSettings, n_symbols, train


def corpus_sentences(words, path, reverse):
    """The sentences of a corpus that have at least one word with a vector; the others are counted in the log."""
    tokens = [line.split() for line in plain(path)]
    seen = coverage(encode(tokens, words.words))
    print(
        f"{path}: {seen['dropped_percent']} % of words have no vector; {seen['empty_sentences']} of {len(tokens)} sentences"
    )
    sentences = words.sentences([str(i) for i in range(len(tokens))], tokens, of_corpus=True)
    sentences = sentences.select(np.flatnonzero(sentences.lengths > 1))
    if not len(sentences):
        raise InputError(
            f"{path}: no word of this corpus has a vector. Train on another, or use other word vectors."
        )
    return reversed_words(sentences) if reverse else sentences


def digest(part):
    """What changes when a part's images, features or sentences do."""
    sentences = part.sentences
    arrays = (
        part.features,
        sentences.values.table,
        sentences.values.index,
        sentences.offsets,
        part.image_of,
    )
    return [
        part.images,
        *(hashlib.sha256(np.ascontiguousarray(array)).hexdigest() for array in arrays),
    ]


def validation_score(train_part, val_part, settings, seed, device):
    """Return a function of the network: the best sum of recalls over eta, of sampled coordinates of its RNN-FVs."""

    def rows(network, sentences):
        width = network.output.out_features * (network.output.in_features + 1)
        coordinates = sample_coordinates(width, settings["epoch_coordinates"], seed)
        source = StreamedFisherVectors(
            network,
            sentences,
            objective=settings["objective"],
            coordinates=coordinates,
            device=device,
        )
        return NormalizedRows(source, settings["alpha"])

    def score(network):
        problem = cca_problem(
            rows(network, train_part.sentences), train_part.features, train_part.image_of
        )
        best = {"score": -1.0}
        for eta in settings["eta"]:
            projection = problem.solve(eta)
            found = evaluate(
                l2_normalize(projection.project_y(val_part.features)),
                l2_normalize(projection.project_x(rows(network, val_part.sentences))),
                val_part.image_of,
                sentence_similarity=False,
            )["rsum"]
            if found > best["score"]:
                best = {"score": found, "val_rsum": found, "eta": eta}
        return best

    return score


def main(snakemake):
    settings, wildcards = snakemake.params.settings, snakemake.wildcards
    seed, device = int(wildcards.seed), pick_device(own_gpu(snakemake.resources.device))
    captions, words = (
        read_caption_set(snakemake.input.images, snakemake.input.sentences),
        read_words(snakemake.input.words),
    )
    parts = [
        load_part(captions, snakemake.input.vectors, words, split, reverse=settings["reverse"])
        for split in ("train", "val")
    ]
    if snakemake.input.corpus:
        sentences: Sequences = corpus_sentences(
            words, snakemake.input.corpus[0], settings["reverse"]
        )
    else:
        sentences = parts[0].sentences
    names = (
        "objective",
        "n_lstm",
        "dropout",
        "learning_rate",
        "weight_decay",
        "batch_size",
        "clip",
        "epochs",
        "patience",
    )
    rnn = RNNSettings(n_fc=0, **{name: settings[name] for name in names})
    network_path = Path(snakemake.output.network)
    state_path = network_path.with_name(
        "unfinished.pt"
    )  # not an output, so it survives when the job is killed
    result = train(
        sentences,
        rnn,
        seed=seed,
        device=device,
        evaluate=validation_score(*parts, settings, seed, device),
        evaluate_every=settings["evaluate_every"],
        state_path=state_path,
        evaluated_on=[
            settings["eta"],
            settings["alpha"],
            settings["epoch_coordinates"],
            *map(digest, parts),
        ],
    )
    best = {key: result.best[key] for key in ("epoch", "val_rsum", "eta")}
    curve = pd.DataFrame(result.curve).drop(columns="score")
    curve.to_csv(snakemake.output.curve, index=False)
    title = f"{wildcards.captions}, {wildcards.model}, seed {seed}"
    loss = {"regression": r"$\frac{1}{2}\|x-v\|^2$", "classification": "the cross entropy"}[
        rnn.objective
    ]
    retrieval_curve(curve, best["epoch"], loss, title, snakemake.output.plot)
    with atomic_path(network_path) as temporary:
        made_by = provenance(settings, ["torch"], seed=seed, epoch=best["epoch"])
        about = {
            "settings": rnn.__dict__,
            "n_features": sentences.dim,
            "n_symbols": n_symbols(sentences),
        }
        torch.save({"weights": result.weights, **about, "made_by": made_by}, temporary)
    Path(snakemake.output.choice).write_text(
        json.dumps({"seed": seed, "untrained": result.curve[0]["val_rsum"], **best})
    )
    state_path.unlink(missing_ok=True)


run(main, snakemake)
