"""The words of a data set: vectors for training captions and corpora, and which words have none."""

import json
from pathlib import Path

from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import file_sha256, provenance
from rnnfv.arrays.vectors import write_vectors
from rnnfv.arrays.writing import write_json
from rnnfv.data.captions.table import read_caption_set
from rnnfv.experiments.captions import look_up_words, words_attributes
from rnnfv.reporting.inputs import coverage_page
from rnnfv.reporting.names import in_words

vectors = Path(params.fetched or inputs.vectors)
captions = read_caption_set(inputs.images, inputs.sentences)
table, n_vocabulary, report = look_up_words(
    captions, inputs.corpora, vectors, allow_pickle=params.allow_pickle
)
if params.corpora:
    label = f"word2vec trained on the training captions, {', '.join(params.corpora)}"
else:
    label = f"{vectors.name} sha256 {file_sha256(vectors)[:8]}"
trained = ["gensim"] if params.corpora else []
dim = table.values.shape[1]
made_by = provenance([wildcards.words, label, table.end], trained, end=table.end)
made_by |= words_attributes(n_vocabulary, label, dim)
write_vectors(output.table, table.words, iter([table.values]), dim, made_by)
print(json.dumps(report, indent=1))
write_json(output.coverage, report)
page = coverage_page(report, f"Words of {in_words(wildcards)}")
Path(output.page).write_text(page, encoding="utf-8")
