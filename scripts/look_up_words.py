"""The table of words of a data set: vectors of the training captions' words and of corpora; what has none is reported."""

import json
from pathlib import Path

from job import run

from rnnfv.arrays.hdf5 import file_sha256, provenance, write_vectors
from rnnfv.data.captions import read_caption_set
from rnnfv.errors import InputError
from rnnfv.experiments.retrieval_data import words_attributes
from rnnfv.features.words.corpora import plain
from rnnfv.features.words.tokens import tokenize
from rnnfv.features.words.vocabulary import build_vocabulary, coverage, encode
from rnnfv.features.words.word_vectors import word_table


def main(snakemake):
    vectors = snakemake.params.fetched or snakemake.input.vectors
    captions = read_caption_set(snakemake.input.images, snakemake.input.sentences)
    tokens = {
        split: [tokenize(text) for text in captions.part(split).sentences["text"]]
        for split in ("train", "val", "test")
    }
    vocabulary = build_vocabulary(
        tokens["train"]
    )  # of training captions alone: test words shape nothing
    of_corpora = build_vocabulary(
        line.split() for path in snakemake.input.corpora for line in plain(path)
    )
    table = word_table(vectors, [*vocabulary, *of_corpora])
    n_vocabulary = 1 + len(set(vocabulary) & set(table.words))
    if n_vocabulary == 1:
        raise InputError(
            f"words.{snakemake.wildcards.words}: none of the {len(vocabulary)} words of the training captions of "
            f"{snakemake.wildcards.captions} has a vector. Are they vectors of another language?"
        )

    path = Path(vectors)
    label = snakemake.params.label or f"{path.name} sha256 {file_sha256(path)[:8]}"
    trained = ["gensim"] if snakemake.params.label else []
    made_by = provenance([snakemake.wildcards.words, label, table.end], trained, end=table.end)
    made_by |= words_attributes(n_vocabulary, label, table.values.shape[1])
    write_vectors(
        snakemake.output.table, table.words, iter([table.values]), table.values.shape[1], made_by
    )

    known = table.words[:n_vocabulary]
    report = {split: coverage(encode(lists, known)) for split, lists in tokens.items()}
    report |= {
        "vocabulary": len(vocabulary),
        "with_vector": n_vocabulary - 1,
        "end_token": table.end,
    }
    print(json.dumps(report, indent=1))
    Path(snakemake.output.coverage).write_text(json.dumps(report, indent=1) + "\n")


run(main, snakemake)
