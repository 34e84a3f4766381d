"""Sentences of general text, to train word vectors and sentence networks on.

Files of one's own (:func:`leipzig`, :func:`plain`), and two small corpora that come with gensim and
need no download.
"""

import bz2
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from rnnfv.data.text_files import read_lines
from rnnfv.errors import InputError
from rnnfv.features.words.tokens import tokenize

MIN_TOKENS, MAX_TOKENS = 4, 40
"""Lengths of sentences that :func:`split_sentences` keeps; shorter are titles, longer lists."""

_ENWIKI = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_NEWS = "lee_background.cor"

# A sentence ends with . ! or ?, perhaps with closing quotes or brackets, before white space and a
# capital or a digit,
_BORDER = re.compile(r"""(?<=[.!?])["'”’)]*(\s+)(?=["'“‘(]*[A-Z0-9À-Þ])""")
# unless the full stop belongs to an initial or another abbreviation.
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Mt|Ft|Jr|Sr|Gen|Col|Capt|Lt|Sgt|Gov|Sen|Rep|Rev"
    r"|No|Vol|pp?|ed|vs|cf|ca?|approx|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)"
    r"|\b[A-Za-z]\.[A-Za-z])\.$"
)
_WHOLE = re.compile(r"""["'“‘(]*[A-Z0-9À-Þ].*[.!?]["'”’)]*""", re.DOTALL)
# What a template, table or formula leaves behind when it is taken out (empty brackets, a space
# before a comma, two spaces inside a sentence), and what was not taken out.
_LEFTOVER = re.compile(
    r"[|{}\[\]=<>*#_\\^]|https?:|\.(?:jpe?g|png|svg|gif)\b|\(\s*[,;:)]|\s[,;.)]|[^.!?\s]\s\s"
)


def leipzig(path: str | Path) -> Iterator[str]:
    """Sentences of a ``*-sentences.txt`` file of the Leipzig Corpora Collection.

    A line is a number, a tab and a sentence.

    Raises:
        InputError: no such file, not UTF-8, or a line of another form; the message gives its
            number.
    """
    for i, line in read_lines(path):
        number, tab, sentence = line.partition("\t")
        if not tab or not number.strip().isdecimal():
            problem = f"line {i} is {line[:60]!r}, not a number, a tab and a sentence"
            advice = "Take the corpus's -sentences.txt, or read other sentences as plain text."
            raise InputError(f"{path}: {problem}. {advice}")
        yield sentence.strip()


def plain(path: str | Path) -> Iterator[str]:
    """Sentences of a UTF-8 text file, one a line, without blank ones; errors as :func:`leipzig`."""
    return (line.strip() for _, line in read_lines(path))


def gensim_wikipedia() -> Iterator[str]:
    """15,898 sentences of the 106 English Wikipedia articles in gensim's test data (CC BY-SA).

    Only running text is used: no headings, lists, tables, captions or redirects. A sentence from
    which markup was cut ("The term (, ) is ...") is left out rather than repaired.
    """
    from gensim.corpora.wikicorpus import extract_pages, filter_wiki
    from gensim.test.utils import datapath

    with bz2.open(datapath(_ENWIKI)) as dump:
        for _title, markup, _number in extract_pages(dump, filter_namespaces=("0",)):
            if not markup or markup.lstrip()[:9].lower() == "#redirect":
                continue
            for paragraph in filter_wiki(markup).splitlines():
                if paragraph[:1].isalnum() or paragraph[:1] in ("'", '"'):
                    yield from split_sentences(re.sub(r"'{2,}", "", paragraph))  # bold, italics


def gensim_news() -> Iterator[str]:
    """2,384 sentences of the 300 Australian news items (Lee et al.) in gensim's test data."""
    from gensim.test.utils import datapath

    for _, item in read_lines(datapath(_NEWS)):
        yield from split_sentences(item)


def split_sentences(text: str) -> Iterator[str]:
    """The whole sentences of a paragraph, of MIN_TOKENS to MAX_TOKENS tokens, free of markup.

    A whole sentence begins with a capital or a digit and ends with a full stop, an exclamation or a
    question mark; both may be quoted or in brackets. The rule is for English, and prefers to lose a
    sentence over making half a one.
    """
    start = 0
    ends = [(border.start(1), border.end()) for border in _BORDER.finditer(text)]
    ends.append((len(text), len(text)))
    for end, following in ends:
        sentence = text[start:end].strip()
        if following < len(text) and _ABBREVIATED.search(sentence):
            continue
        start = following
        if (
            _WHOLE.fullmatch(sentence)
            and not _LEFTOVER.search(sentence)
            and sentence.count("(") == sentence.count(")")
            and sentence.count('"') % 2 == 0
            and MIN_TOKENS <= len(tokenize(sentence)) <= MAX_TOKENS
        ):
            yield " ".join(sentence.split())


def sample_sentences(sentences: Iterable[str], n: int, seed: int = 0) -> list[str]:
    """``n`` random sentences, or all, in the corpus's order; the same for the same seed.

    Args:
        sentences: of the corpus.
        n: how many to draw.
        seed: of the draw.
    """
    everything = list(sentences)
    total = len(everything)
    rows = np.random.default_rng(seed).choice(total, min(n, total), replace=False)
    return [everything[row] for row in np.sort(rows)]
