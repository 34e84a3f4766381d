"""Your own word vectors: word2vec (Mikolov et al. 2013) on a small corpus, in seconds.

The result is one more file of word vectors
(:func:`rnnfv.features.words.vector_files.write_word2vec`). Vectors from a few hundred thousand
words of text are no match for GoogleNews's from 100 billion; they make a run without downloads
possible.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from rnnfv.errors import InputError
from rnnfv.features.words.tokens import END

RATE = 0.1
"""Learning rate at the start; it falls linearly."""


def train_word2vec(
    token_lists: Iterable[Sequence[str]],
    *,
    dim: int = 100,
    epochs: int = 20,
    min_count: int = 2,
    seed: int = 0,
) -> tuple[list[str], np.ndarray]:
    """Train CBOW word vectors with gensim: words by falling frequency, vectors (V, dim) float32.

    END is appended to every sentence, so that it gets a vector as words do. One worker thread: with
    several, the order of the updates, and so the result, would differ each time. The same sentences
    and seed give the same bytes in any process on the same machine.

    The defaults suit some 20,000 sentences: four times word2vec's usual learning rate and many
    epochs, because with its own defaults so little text leaves all vectors of frequent words alike.

    Args:
        token_lists: the sentences, without END.
        dim: dimension of the vectors.
        epochs: passes over the sentences.
        min_count: rarer words get no vector.
        seed: of all random numbers.

    Raises:
        InputError: no word occurs ``min_count`` times.
    """
    from gensim.models import Word2Vec

    sentences = [[*tokens, END] for tokens in token_lists if len(tokens)]
    model = Word2Vec(vector_size=dim, min_count=min_count, alpha=RATE, seed=seed, workers=1)
    model.build_vocab(sentences)
    if not set(model.wv.key_to_index) - {END}:
        given = f"the {len(sentences)} sentences given"
        raise InputError(f"no word occurs {min_count} times in {given}: lower min_count.")
    model.train(sentences, total_examples=model.corpus_count, epochs=epochs)
    counts = {word: model.wv.get_vecattr(word, "count") for word in model.wv.key_to_index}
    words = sorted(counts, key=lambda word: (-counts[word], word))
    return words, np.asarray(model.wv[words], dtype=np.float32)
