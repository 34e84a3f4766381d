"""From words to numbers: vocabularies, sentences as word numbers, and the words that are lost.

A sentence is its known words followed by the end token, which is word 0 (section "Sentence" of the
method). Words without a vector are dropped and counted; a sentence that has none left is the end
token alone, and is counted too.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from typing import Any

import numpy as np

from rnnfv.arrays.sequences import Sequences, TableRows
from rnnfv.features.words.tokens import END

_SHOWN = 20  # words without a vector


@dataclass(frozen=True)
class Encoded:
    """n sentences as word numbers.

    Attributes:
        offsets: (n + 1,) int64; sentence i is ``index[offsets[i]:offsets[i + 1]]`` and ends with 0,
            the end token.
        index: (sum of lengths,) int32 numbers of words.
        dropped: how often each unknown word occurred.
        empty: (n,) bool, sentences without any known word.
    """

    offsets: np.ndarray
    index: np.ndarray
    dropped: Counter[str]
    empty: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1


def build_vocabulary(token_lists: Iterable[Sequence[str]]) -> list[str]:
    """The words that occur, without END, most frequent first.

    Ties are in alphabetical order.

    Meant for the training captions of a data set: words of test captions must not shape anything
    that is trained.
    """
    counts = Counter(chain.from_iterable(token_lists))
    counts.pop(END, None)
    return sorted(counts, key=lambda word: (-counts[word], word))


def encode(token_lists: Iterable[Sequence[str]], words: Sequence[str]) -> Encoded:
    """Number the words of every sentence by their place in ``words``; append the end token, word 0.

    ``words`` begin with END, and none is repeated.
    """
    number = {word: i for i, word in enumerate(words)}
    del number[END]  # it ends a sentence and never occurs inside one
    sentences = token_lists if isinstance(token_lists, Sequence) else list(token_lists)
    lengths = np.fromiter(map(len, sentences), np.int64, len(sentences))
    numbers = (number.get(token, -1) for token in chain.from_iterable(sentences))
    flat = np.fromiter(numbers, np.int32, int(lengths.sum()))
    known = flat >= 0
    dropped = Counter(compress(chain.from_iterable(sentences), ~known))

    # Known tokens before each token, and before the border of every sentence.
    before = np.concatenate([[0], np.cumsum(known)])
    ends = before[np.concatenate([[0], np.cumsum(lengths)])]
    offsets = ends + np.arange(len(ends))  # and one end token for each sentence before
    index = np.zeros(offsets[-1], np.int32)
    index[np.delete(np.arange(len(index)), offsets[1:] - 1)] = flat[known]
    return Encoded(offsets, index, dropped, np.diff(ends) == 0)


def reversed_words(sentences: Sequences) -> Sequences:
    """Every sentence's words from last to first, the end token still last (the paper's "rvrs")."""
    first, end = sentences.offsets[:-1], sentences.offsets[1:] - 1
    # Element p of words first .. end-1 goes to first + end - 1 - p; the end token, at p = end,
    # stays.
    order = np.repeat(first + end - 1, sentences.lengths) - np.arange(sentences.offsets[-1])
    order[end] = end
    return Sequences(sentences.ids, sentences.offsets, _rows(sentences.values, order))


def without_end(sentences: Sequences) -> Sequences:
    """Drop the end token, which says nothing once order is lost, unless it is all there is."""
    lengths = sentences.lengths
    drop = lengths > 1
    keep = np.ones(sentences.offsets[-1], bool)
    keep[sentences.offsets[1:][drop] - 1] = False
    offsets = np.concatenate([[0], np.cumsum(lengths - drop)])
    return Sequences(sentences.ids, offsets, _rows(sentences.values, np.flatnonzero(keep)))


def coverage(encoded: Encoded) -> dict[str, Any]:
    """The share of the text that has vectors, ready for JSON.

    ``dropped_words`` are the most frequent, with their counts.
    """
    dropped = encoded.dropped.total()
    tokens = len(encoded.index) - len(encoded) + dropped
    ranked = sorted(encoded.dropped.items(), key=lambda item: (-item[1], item[0]))
    return {
        "sentences": len(encoded),
        "empty_sentences": int(encoded.empty.sum()),
        "tokens": tokens,
        "dropped_tokens": dropped,
        "dropped_percent": round(100 * dropped / tokens, 3) if tokens else 0.0,
        "dropped_types": len(ranked),
        "dropped_words": dict(ranked[:_SHOWN]),
    }


def _rows(values: Any, order: np.ndarray) -> Any:
    """The elements at ``order``; of a table's rows only their numbers are moved."""
    if isinstance(values, TableRows):
        return TableRows(values.table, values.index[order])
    return np.asarray(values[:])[order]
