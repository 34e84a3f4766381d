"""Text: from captions to sequences of word vectors (sections "Words" and "Sentence" of the method).

tokens -> vocabulary -> word vectors -> sequences; corpora and training are for text beyond the
captions.
"""

from rnnfv.features.words.tokens import END, tokenize
from rnnfv.features.words.vector_files import write_word2vec
from rnnfv.features.words.vocabulary import (
    Encoded,
    build_vocabulary,
    coverage,
    encode,
    reversed_words,
    to_sequences,
    without_end,
)
from rnnfv.features.words.word_vectors import (
    WordTable,
    end_vector,
    load_vectors,
    sample_vectors,
    word_table,
)

__all__ = [
    "END",
    "Encoded",
    "WordTable",
    "build_vocabulary",
    "coverage",
    "encode",
    "end_vector",
    "load_vectors",
    "reversed_words",
    "sample_vectors",
    "to_sequences",
    "tokenize",
    "without_end",
    "word_table",
    "write_word2vec",
]
