"""Words: tokens, numbered sentences, files of vectors, corpora, word2vec on small ones."""

import gzip
import hashlib
import os
import pickle
import subprocess
import sys
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from helpers.configurations import refusal

from rnnfv import InputError, Sequences
from rnnfv.arrays.sequences import TableRows
from rnnfv.features.words import vector_files
from rnnfv.features.words.corpora import (
    gensim_news,
    gensim_wikipedia,
    leipzig,
    plain,
    sample_sentences,
    split_sentences,
)
from rnnfv.features.words.tokens import END, tokenize
from rnnfv.features.words.vector_files import open_vector_file, write_word2vec
from rnnfv.features.words.vocabulary import (
    build_vocabulary,
    coverage,
    encode,
    reversed_words,
    without_end,
)
from rnnfv.features.words.word2vec import train_word2vec
from rnnfv.features.words.word_vectors import end_vector, sample_vectors, word_table


def load_vectors(path, words, **options):
    table = word_table(path, words, **options)
    return table.words[1:], table.values[1:]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A black dog , running .", "a black dog running"),
        ("T-shirt snow-covered -- end-", "t shirt snow covered end"),
        ("It's the boys' dogs, rock'n'roll ''x''", "it's the boys dogs rock'n'roll x"),
        ("it\u2019s it\u2018s it\u02bcs it`s it\u00b4s it\uff07s", "it's it's it's it's it's it's"),
        (
            '\u2018quoted\u2019 \u201cwords\u201d \u00abthere\u00bb "here"',
            "quoted words there here",
        ),
        ("1,000 men 3.5 2nd", "1 000 men 3 5 2nd"),
        ("New_York a/b x.y", "new york a b x y"),
        ("Cafe\u0301 CAF\u00c9", "caf\u00e9 caf\u00e9"),
        ("\ufb01sh \uff21\uff22 m\u00b2 \u2122", "fish ab m2 tm"),
        ("hy\u00adphen \u0130x", "hyphen i\u0307x"),
        (
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u72ac",
            "\u0939\u093f\u0928\u094d\u0926\u0940 \u72ac",
        ),
        ("dog \U0001f436\u2764\ufe0f cat", "dog cat"),
        ("", ""),
        (" \t\n\u00a0", ""),
        (". ... ' - _", ""),
    ],
)
def test_tokenize(text, words):
    assert tokenize(text) == words.split()
    assert tokenize(" ".join(tokenize(text))) == tokenize(text)
    assert END not in tokenize(text)


def test_vocabulary_by_frequency_then_alphabet():
    assert build_vocabulary([["b", "a"], ["c", "b", END], ["c", "a", "d"]]) == ["a", "b", "c", "d"]


SENTENCES = [["a", "x", "b"], [], ["x", "y", "x"], ["c"]]


def test_encode_by_hand():
    encoded = encode(iter(SENTENCES), [END, "a", "b", "c"])
    assert encoded.index.tolist() == [1, 2, 0, 0, 0, 3, 0] and encoded.index.dtype == np.int32
    assert encoded.offsets.tolist() == [0, 3, 4, 5, 7] and encoded.offsets.dtype == np.int64
    assert encoded.dropped == Counter(x=3, y=1) and encoded.dropped.total() == 4
    assert encoded.empty.tolist() == [False, True, True, False]
    report = coverage(encoded)
    assert (report["tokens"], report["dropped_tokens"], report["dropped_percent"]) == (7, 4, 57.143)
    assert report["dropped_words"] == {"x": 3, "y": 1} and report["empty_sentences"] == 2
    nothing = encode([], [END])
    assert len(nothing) == 0 and coverage(nothing)["dropped_percent"] == 0


def test_encode_agrees_with_a_loop(rng):
    letters = list("abcdefgh")
    sentences = [[letters[i] for i in rng.integers(0, 8, n)] for n in rng.integers(0, 9, 300)]
    words = [END, *"cafe"]
    encoded = encode(sentences, words)
    for i, sentence in enumerate(sentences):
        expected = [words.index(token) for token in sentence if token in words] + [0]
        assert encoded.index[encoded.offsets[i] : encoded.offsets[i + 1]].tolist() == expected


@pytest.mark.parametrize("kind", ["table", "array"])
def test_reversed_and_without_end(kind):
    offsets, index = np.array([0, 4, 5, 7]), np.array([1, 2, 3, 0, 0, 2, 0])
    table = np.arange(4.0)[:, None]
    values = TableRows(table, index) if kind == "table" else table[index]
    sentences = Sequences(list("pqr"), offsets, values)

    def numbers(found):
        assert isinstance(found.values, TableRows) == (kind == "table") and found.ids == list("pqr")
        return [x[:, 0].tolist() for x in found]

    assert numbers(reversed_words(sentences)) == [[3, 2, 1, 0], [0], [2, 0]]
    assert numbers(reversed_words(reversed_words(sentences))) == numbers(sentences)
    assert numbers(without_end(sentences)) == [[1, 2, 3], [0], [2]]


@pytest.fixture
def vectors(rng):
    words = ["</s>", "dog", "Paris", "##", "caf\u00e9", "it's", "cat"]
    return words, rng.normal(size=(7, 5)).astype(np.float32)


@pytest.fixture(params=[".bin", ".txt", ".vec.gz", ".bin.gz", ".kv", "newlines.bin"])
def stored(request, vectors, tmp_path):
    """The same vectors in every format, written by gensim or, with newlines, as word2vec does."""
    from gensim.models import KeyedVectors

    words, values = vectors
    keyed = KeyedVectors(5)
    keyed.add_vectors(words, values)
    path = tmp_path / f"v{request.param}"
    if request.param == ".kv":
        keyed.save(str(path))
    elif request.param == "newlines.bin":
        pairs = zip(words, values, strict=True)
        records = b"".join(word.encode() + b" " + v.tobytes() + b"\n" for word, v in pairs)
        path.write_bytes(b"7 5\n" + records)
    else:
        keyed.save_word2vec_format(str(path), binary=".bin" in request.param)
    return path


def test_every_format(stored, vectors):
    _words, values = vectors
    trusted = {"allow_pickle": stored.suffix == ".kv"}
    asked = ["cat", "unknown", "paris", "12", "caf\u00e9", "cat", "dog"]
    found, rows = load_vectors(stored, asked, **trusted)
    assert found == ["cat", "paris", "12", "caf\u00e9", "dog"] and rows.dtype == np.float32
    np.testing.assert_array_equal(rows, values[[6, 2, 3, 4, 1]])
    table = word_table(stored, ["nowhere", "dog", END], **trusted)
    assert table.words == [END, "dog"]
    np.testing.assert_array_equal(table.values[0], values[0])
    np.testing.assert_array_equal(sample_vectors(stored, 100, **trusted), values)
    three = sample_vectors(stored, 3, seed=1, **trusted)
    assert len(np.unique(three, axis=0)) == 3
    assert all((row == values).all(axis=1).any() for row in three)
    np.testing.assert_array_equal(three, sample_vectors(stored, 3, seed=1, **trusted))


def test_written_files_are_read_by_gensim(vectors, tmp_path):
    from gensim.models import KeyedVectors

    words, values = vectors
    write_word2vec(tmp_path / "w.bin", words, values)
    keyed = KeyedVectors.load_word2vec_format(str(tmp_path / "w.bin"), binary=True)
    assert keyed.index_to_key == words
    np.testing.assert_array_equal(keyed.vectors, values)


@pytest.mark.parametrize(
    ("value", "words"),
    [(1e38, r"1e\+38, which overflows"), (-1e9, "times what is typical"), (np.nan, "NaN")],
)
def test_vectors_that_cannot_be_meant_are_named(tmp_path, rng, value, words):
    values = rng.normal(size=(5, 4)).astype(np.float32)
    values[2, 1] = value
    write_word2vec(tmp_path / "w.bin", list("abcde"), values)
    with pytest.raises(InputError, match=f"the vector of 'c' holds .*{words}"):
        word_table(tmp_path / "w.bin", list("abcde"))
    with pytest.raises(InputError, match=words):
        sample_vectors(tmp_path / "w.bin", 5)
    assert word_table(tmp_path / "w.bin", list("abde")).words[1:] == list("abde")


def test_a_vector_of_zeros_is_none(tmp_path, rng):
    values = rng.normal(size=(5, 4)).astype(np.float32)
    values[2] = 0
    write_word2vec(tmp_path / "w.bin", list("abcde"), values)
    assert word_table(tmp_path / "w.bin", list("abc")).words == [END, "a", "b"]
    assert len(sample_vectors(tmp_path / "w.bin", 5)) == 5


def test_exact_spelling_first(tmp_path):
    write_word2vec(tmp_path / "w.bin", ["Dog", "dog", "Cat"], np.eye(3, dtype=np.float32))
    table = word_table(tmp_path / "w.bin", ["dog", "cat"])
    np.testing.assert_array_equal(table.values[1:], np.eye(3)[[1, 2]])
    assert table.words == [END, "dog", "cat"]


def test_end_vector(rng):
    values = rng.normal(size=(50, 8)).astype(np.float32)
    period, old, zero = np.full(8, 2.0), np.full(8, 3.0), np.zeros(8)
    assert end_vector({END: period, "</s>": old}, values)[0] is period
    assert end_vector({"</s>": old}, values)[0] is old
    assert end_vector({END: zero, "</s>": old}, values)[0] is old
    made, source = end_vector({"</s>": zero}, values)
    assert "random" in source
    length = np.linalg.norm(values, axis=1).mean()
    np.testing.assert_allclose(np.linalg.norm(made), length, rtol=1e-5)
    np.testing.assert_array_equal(made, end_vector({}, values)[0])


def test_damaged_binary_files(vectors, tmp_path):
    words, values = vectors
    path = tmp_path / "w.bin"
    write_word2vec(path, words, values)
    whole = path.read_bytes()

    def complains(content, match, name="w.bin"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=match):
            load_vectors(tmp_path / name, ["dog"], allow_pickle=True)
        with pytest.raises(InputError, match=match):
            sample_vectors(tmp_path / name, 2, allow_pickle=True)

    complains(whole[:-3], "ends after 6 of 7 words")
    complains(whole[:4], "ends after 0 of 7")
    complains(b"7 99999999999\n", "more than it holds")
    complains(b"99999999999999999999 5\ndog", "not a word2vec file")
    complains(b"999999999999999999 5\ndog", "more than it holds")
    complains(whole + b"more", "goes on after its 7 words of dimension 5")
    complains(b"7 4" + whole[3:], "7 words|goes on|no word")
    complains(b"\x89PNG\r\n\x1a\n" + bytes(100), "not a word2vec file")
    for packed in (gzip.compress(whole), b"PK\x03\x04 7 5\n"):
        complains(packed, "It is packed: unpack it")
    complains(b"", "the file has 0 bytes")
    complains(b"3 2\n" + b"x" * 10_000_000, "no word where number 1 of 3")
    complains(gzip.compress(whole)[:-12], "damaged gzip|ends after", "w.bin.gz")
    complains(whole, "damaged gzip", "x.bin.gz")
    complains(b"2 2\ndog 1 2\ncat 1\n", "line 3 is not a word and 2 numbers", "w.txt")
    complains(b"2 2\ndog 1 2\n", "ends after 1 of 2", "w.txt")
    complains(b"1 2\ndog 1 2\ncat 1 2\n", "goes on", "w.txt")
    complains(b"1 2\ndog 1 two\n", "line 2 holds something that is no number", "w.txt")
    complains(b"1 2\ndog 1 nan\n", "NaN", "w.txt")
    complains(b"garbage", "gensim cannot load", "w.kv")
    complains(b"", "no format of word vectors", "w.dat")


def test_a_pickle_is_not_loaded_unless_that_is_allowed(tmp_path):
    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harm"),)

    for name in ("w.kv", "w.KV", "w.bin", "w.txt", "w.vec.gz"):
        (tmp_path / name).write_bytes(pickle.dumps(Harm()))
        for read in (
            lambda path: load_vectors(path, ["dog"]),
            lambda path: sample_vectors(path, 2),
        ):
            with pytest.raises(InputError):
                read(tmp_path / name)
    with pytest.raises(InputError, match=r"can run any program.*allow_pickle: true"):
        sample_vectors(tmp_path / "w.kv", 2)
    assert not (tmp_path / "harm").exists()
    assert "can run any program" in refusal({"words": {"n": {"path": "w.kv"}}})
    assert not refusal({"words": {"n": {"path": "w.kv", "allow_pickle": True}}})
    assert "words.n.path: w.npy: the ending says" in refusal({"words": {"n": {"path": "w.npy"}}})


def read_all(path):
    with open_vector_file(path) as file:
        return [(word.decode(), file.parse(stored)) for word, stored in file.records]


BLANKS = ["the", ". . .", "at someone@example.org", "a b c", "x y z w", "dog"]


@pytest.mark.parametrize("dim", [5, 50, 300])
@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b" "])
def test_words_that_hold_blanks_in_binary_files(tmp_path, rng, dim, between):
    values = (rng.normal(size=(len(BLANKS), dim)) * 0.1).astype("<f4")
    values[1, :2] = 0, -0.0
    records = [w.encode() + b" " + v.tobytes() for w, v in zip(BLANKS, values, strict=True)]
    content = f"{len(BLANKS)} {dim}\n".encode() + b"".join(r + between for r in records)
    (tmp_path / "w.bin").write_bytes(content)
    found = read_all(tmp_path / "w.bin")
    assert [word for word, _ in found] == BLANKS
    np.testing.assert_array_equal([vector for _, vector in found], values)


@pytest.mark.parametrize("between", [" ", "\t", "  "])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_words_that_hold_blanks_tabs_and_marks_in_text_files(tmp_path, rng, between, mark):
    words = [*BLANKS, "", "\u00a0"]
    values = rng.normal(size=(len(words), 5)).astype(np.float32)
    rows = [between.join([w, *map(str, v)]) for w, v in zip(words, values, strict=True)]
    (tmp_path / "w.txt").write_text(mark + "\r\n".join(["8 5", *rows]) + "\n", newline="")
    found = read_all(tmp_path / "w.txt")
    assert [word for word, _ in found] == words
    np.testing.assert_array_equal([vector for _, vector in found], values)


def test_a_number_too_many_is_no_word_with_blanks(tmp_path):
    (tmp_path / "w.txt").write_text("2 2\ndog 1 2\ncat 1 2 3\n")
    with pytest.raises(InputError, match="line 3 is not a word and 2 numbers"):
        read_all(tmp_path / "w.txt")
    (tmp_path / "w.txt").write_text("the 0.1 -0.2 1e-3\ndog 1 2 3\n")
    with pytest.raises(InputError, match="in front: its number of lines and 3"):
        read_all(tmp_path / "w.txt")


@pytest.mark.parametrize("line", ["", "   ", "runs 1_0 2 3"])
def test_lines_that_are_no_vectors_are_named(tmp_path, line):
    (tmp_path / "w.txt").write_text(f"3 3\nthe 1 2 3\n{line}\ndog 4 5 6\n")
    with pytest.raises(InputError, match=r"w.txt: line 3 (is not a word|holds something)"):
        load_vectors(tmp_path / "w.txt", ["the", "dog", "runs"])


def test_a_word_is_found_in_either_form_of_unicode(tmp_path):
    (tmp_path / "w.txt").write_text("2 3\nu\u0308ber 1 2 3\n\u00fcbel 4 5 6\n", encoding="utf-8")
    table = word_table(tmp_path / "w.txt", ["\u00fcber", "\u00fcbel"])
    assert table.words == [END, "\u00fcber", "\u00fcbel"]
    np.testing.assert_array_equal(table.values[1:], [[1, 2, 3], [4, 5, 6]])


def test_other_complaints_and_words_that_are_not_utf8(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_vectors(tmp_path / "none.bin", ["a"])
    two = np.arange(4, dtype="<f4").reshape(2, 2)
    first, second = (row.tobytes() for row in two)
    (tmp_path / "w.bin").write_bytes(b"2 2\n\xff\xfe " + first + b"dog " + second)
    np.testing.assert_array_equal(load_vectors(tmp_path / "w.bin", ["dog"])[1], two[1:])
    with pytest.raises(InputError, match=r"none of the 1 words .*\(wolf"):
        load_vectors(tmp_path / "w.bin", ["wolf"])


def test_a_large_file_is_never_in_memory(tmp_path, monkeypatch, rng):
    monkeypatch.setattr(vector_files, "BUFFER_BYTES", 2**16)
    words = [f"w{i}" for i in range(20_000)]
    values = rng.normal(size=(20_000, 100)).astype(np.float32)  # 8 MB
    write_word2vec(tmp_path / "w.bin", words, values)
    expected = values[[7, 19_999]].copy()
    del values
    tracemalloc.start()
    _found, rows = load_vectors(tmp_path / "w.bin", ["w7", "w19999"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(rows, expected)
    assert peak < 2**19


def test_flickr8k_with_wikipedia_vectors(real_data):
    from gensim.models import KeyedVectors

    path = real_data / "wordvec" / "enwiki300.bin"
    lines = (real_data / "flickr8k" / "Flickr8k.token.txt").read_text(encoding="utf-8").splitlines()
    tokens = [tokenize(line.split("\t")[1]) for line in lines]
    table = word_table(path, build_vocabulary(tokens))
    report = coverage(encode(tokens, table.words))
    counts = [report[name] for name in ("sentences", "tokens", "dropped_tokens")]
    assert counts == [35_000, 379_099, 2_896]
    assert table.words[0] == END and "random" in table.end
    keyed = KeyedVectors.load_word2vec_format(str(path), binary=True)
    np.testing.assert_array_equal(table.values[1:], keyed[table.words[1:]])


def test_files_of_sentences(tmp_path):
    path = tmp_path / "s.txt"
    path.write_bytes("\ufeff1\tOne dog.\r\n\n2\tTwo\u2028dogs.\n".encode())
    assert list(leipzig(path)) == ["One dog.", "Two\u2028dogs."]
    path.write_text("One.\n\n Two. \n")
    assert list(plain(path)) == ["One.", "Two."]
    for bad, match in [
        (b"1\tA\nno number\n", "line 2 is"),
        (b"x\tA\n", "line 1 is"),
        (b"1\tA\n\xff\xfe\n", "not UTF-8"),
    ]:
        path.write_bytes(bad)
        with pytest.raises(InputError, match=match):
            list(leipzig(path))
    with pytest.raises(InputError, match="none: no such file"):
        list(plain(tmp_path / "none"))


def test_leipzig_sample(real_data):
    assert sum(1 for _ in leipzig(next((real_data / "wikipedia").glob("*.txt")))) == 60_000


def test_split_sentences():
    text = (
        "Dr. J. Smith met the U.S. President today. "
        'He said "It is all very fine." Then (, ) he went away again. Too short. '
        "It is around  in Mobile today. Is this the last one? And this has no end"
    )
    assert list(split_sentences(text)) == [
        "Dr. J. Smith met the U.S. President today.",
        'He said "It is all very fine."',
        "Is this the last one?",
    ]


def test_gensim_corpora():
    wiki, news = list(gensim_wikipedia()), list(gensim_news())
    assert 15_000 < len(wiki) < 17_000 and 2_200 < len(news) < 2_600
    assert all(4 <= len(tokenize(s)) <= 40 and s[-1] in ".!?\"'\u201d\u2019)" for s in wiki + news)
    assert not any("''" in s or "[[" in s or "==" in s or "{{" in s for s in wiki)


def test_sample_sentences():
    everything = [str(i) for i in range(100)]
    some = sample_sentences(iter(everything), 10, seed=1)
    assert len(set(some)) == 10 and some == sorted(some, key=int)
    assert some == sample_sentences(everything, 10, seed=1)
    assert some != sample_sentences(everything, 10, seed=2)
    assert sample_sentences(everything, 200) == everything


TRAIN = """
import hashlib
from rnnfv.features.words.corpora import gensim_news
from rnnfv.features.words.tokens import tokenize
from rnnfv.features.words.word2vec import train_word2vec
words, values = train_word2vec([tokenize(s) for s in list(gensim_news())[:600]], dim=20, epochs=3)
print(hashlib.sha256(" ".join(words).encode() + values.tobytes()).hexdigest())
"""


def test_training_gives_the_same_bytes_in_any_process():
    def digest(hash_seed):
        environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.getcwd()}
        environment = os.environ | {"OMP_NUM_THREADS": "1"} | environment
        command = [sys.executable, "-c", TRAIN]
        return subprocess.check_output(command, env=environment, text=True).strip()

    tokens = [tokenize(s) for s in list(gensim_news())[:600]]
    words, values = train_word2vec(tokens, dim=20, epochs=3)
    ours = hashlib.sha256(" ".join(words).encode() + values.tobytes()).hexdigest()
    assert digest("1") == digest("2") == ours
    assert not np.array_equal(values, train_word2vec(tokens, dim=20, epochs=3, seed=1)[1])


def test_trained_words_and_their_meaning(tmp_path, rng):
    groups = [["red", "blue", "green"], ["dog", "cat", "horse"], ["runs", "sits", "jumps"]]
    sentences = [["the", *[str(rng.choice(group)) for group in groups]] for _ in range(1500)]
    words, values = train_word2vec([*sentences, ["once"]], dim=16)
    assert "once" not in words and words[:2] == [END, "the"]
    unit = dict(zip(words, values / np.linalg.norm(values, axis=1, keepdims=True), strict=True))
    assert unit["red"] @ unit["blue"] > unit["red"] @ unit["dog"]
    write_word2vec(tmp_path / "w.bin", words, values)
    table = word_table(tmp_path / "w.bin", words)
    assert table.words == words and "random" not in table.end
    np.testing.assert_array_equal(table.values, values)
    with pytest.raises(InputError, match="no word occurs 5 times"):
        train_word2vec(sentences[:2], min_count=5)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({"dog": [1, 2], "cat": [1, 2, 3]}, "all \\(D,\\) of one D"),
        ({"dog": 3.0}, "all \\(D,\\) of one D"),
        ({"dog": [1j, 2]}, "the vector of 'dog' holds complex128"),
        ({"dog": "ab"}, "expected real numbers"),
        (["dog"], "not a list"),
        (3, "not a int"),
    ],
)
def test_words_that_are_given_have_vectors(source, problem):
    with pytest.raises(InputError, match=problem):
        word_table(source, ["dog", "cat"])


def test_the_ending_of_a_file_may_be_in_capitals(tmp_path):
    text = b"1 2\ndog 1 2\n"
    (tmp_path / "W.TXT").write_bytes(text)
    (tmp_path / "W.VEC.GZ").write_bytes(gzip.compress(text))
    for name in ("W.TXT", "W.VEC.GZ"):
        assert word_table(tmp_path / name, ["dog"]).words == [".", "dog"]
    with pytest.raises(InputError, match="File name too long"):
        word_table("w" * 300 + ".txt", ["dog"])


@pytest.mark.parametrize("header", [b"9" * 5000 + b" 3", b"1 900000000000", b"0 3", b"1 00"])
def test_numbers_that_no_header_means(tmp_path, header):
    path = tmp_path / "words.bin"
    path.write_bytes(header + b"\n")
    os.truncate(path, 2**40)  # takes no room
    refused = pytest.raises(InputError, match=r"not a word2vec file|promises 1 words")
    with refused, open_vector_file(path) as file:
        list(file.records)
