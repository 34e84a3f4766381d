"""Show what a table's last method retrieved for a few test images and sentences."""

from job import inputs, output, params

from rnnfv.data.text_files import read_table
from rnnfv.evaluation.similarity import combine
from rnnfv.experiments.retrieval import projected_by_model, read_projected
from rnnfv.reporting.gallery import Gallery, find_files, gallery_html

method, members = params.method
seeds = projected_by_model(inputs.projected)
items = [read_projected(next(iter(seeds[model].values()))) for model in members]
images, sentences = combine([(item.image_vectors, item.sentence_vectors) for item in items])
texts = read_table(inputs.sentences).set_index("id")["text"]
captions = [texts[name] for name in items[0].sentences]
files = read_table(inputs.images).set_index("image")["path"]
folders = [folder for folder in [*inputs.pictures, params.folder] if folder]
names = items[0].images
found = find_files(names, files, folders)
gallery = Gallery(images, sentences, items[0].image_of, names, captions, found)
gallery_html(gallery, output.html, f"What {params.labels[method]} finds")
