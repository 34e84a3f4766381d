"""Train word vectors on the training captions of a data set and on corpora."""

from job import inputs, output, params, wildcards

from rnnfv.data.captions.table import read_caption_set
from rnnfv.features.words.corpora import plain
from rnnfv.features.words.tokens import tokenize
from rnnfv.features.words.vector_files import write_word2vec
from rnnfv.features.words.word2vec import train_word2vec

captions = read_caption_set(inputs.images, inputs.sentences)
sentences = [tokenize(text) for text in captions.part("train").sentences["text"]]
print(f"{len(sentences)} training captions")
for path in inputs.corpora:
    sentences += [line.split() for line in plain(path)]
words, vectors = train_word2vec(sentences, **params.settings, seed=int(wildcards.seed))
print(f"{len(words)} words from {len(sentences)} sentences")
write_word2vec(output.vectors, words, vectors)
