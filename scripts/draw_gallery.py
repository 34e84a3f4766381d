"""Show what a table's last method retrieved for a few test images and sentences."""

from pathlib import Path

from job import run

from rnnfv.data.usable import read_table
from rnnfv.evaluation.retrieval import combine
from rnnfv.experiments.retrieval import read_projected
from rnnfv.reporting.gallery import Gallery, gallery_html, gallery_png


def main(snakemake):
    method, members = snakemake.params.method
    paths = {}
    for path in map(Path, snakemake.input.projected):  # of several seeds the first
        paths.setdefault(path.parts[-3], path)
    items = [read_projected(paths[model]) for model in members]
    images, sentences = combine([(item.image_vectors, item.sentence_vectors) for item in items])
    texts = read_table(snakemake.input.sentences).set_index("id")["text"]
    files = read_table(snakemake.input.images).set_index("image")["path"]
    folders = [
        Path(folder) for folder in [*snakemake.input.pictures, snakemake.params.folder] if folder
    ]

    def file_of(name):
        found = [
            folder / files[name]
            for folder in folders
            if files[name] and (folder / files[name]).is_file()
        ]
        return found[0] if found else None

    gallery = Gallery(
        images,
        sentences,
        items[0].image_of,
        items[0].images,
        [texts[name] for name in items[0].sentences],
        [file_of(name) for name in items[0].images],
    )
    title = f"What {snakemake.params.labels[method]} finds"
    gallery_html(gallery, snakemake.output.html, title)
    gallery_png(gallery, snakemake.output.png, title)


run(main, snakemake)
