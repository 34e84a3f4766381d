"""The CCA word embedding: a word's GMM+HGLMM Fisher vector, projected into the common space."""

import numpy as np
from job import inputs, output, params, wildcards

from rnnfv.arrays.provenance import provenance
from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.arrays.vectors import write_vectors
from rnnfv.experiments.captions import read_words, words_attributes
from rnnfv.experiments.representations import MixtureRepresentation
from rnnfv.pooling.mixture_files import read_mixtures
from rnnfv.reduction.cca_projection import read_view

settings, seed = params.settings, int(wildcards.seed)
words = read_words(inputs.words)
values, mixtures = read_mixtures(inputs.mixtures)
kept = [settings[key] for key in ("pooling", "alpha", "mixture_coordinates")]
rows = MixtureRepresentation(values, mixtures, *kept, seed)
count = len(words.words)
alone = Sequences(words.words, np.arange(count + 1), TableRows(values, np.arange(count)))
embedded = read_view(inputs.cca, "x", settings["embedding"]).project(rows(alone))
made_by = provenance(settings, ["scipy"], seed=seed)
made_by |= words_attributes(words.n_vocabulary, f"CCA of {words.label}", embedded.shape[1])
write_vectors(output.words, words.words, iter([embedded]), embedded.shape[1], made_by)
