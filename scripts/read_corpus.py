"""Read a text corpus: tokenised sentences, one a line, at most as many as asked for."""

from job import run

from rnnfv.arrays.hdf5 import atomic_path
from rnnfv.errors import InputError
from rnnfv.features.words import corpora
from rnnfv.features.words.tokens import tokenize
from rnnfv.progress import progress


def main(snakemake):
    settings = snakemake.params.settings
    read = getattr(corpora, settings["format"])
    sentences = list(
        progress(read(settings["path"]) if "path" in settings else read(), "sentences")
    )
    chosen = corpora.sample_sentences(sentences, settings["sentences"], settings["seed"])
    print(f"{len(sentences)} sentences, {len(chosen)} used")
    if not chosen:
        raise InputError(
            f"corpora.{snakemake.wildcards.corpus}: {settings.get('path')} holds no sentence."
        )
    with (
        atomic_path(snakemake.output.tokens) as temporary,
        open(temporary, "w", encoding="utf-8") as file,
    ):
        for text in progress(chosen, "sentences tokenised", len(chosen)):
            if tokens := tokenize(text):
                print(*tokens, file=file)


run(main, snakemake)
