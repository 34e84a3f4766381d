"""The image-sentence configuration: what a step depends on, needed models, memory."""

import pytest

from rnnfv.planning import retrieval, sentences

CONFIG = {
    "seeds": [0, 1],
    "sentences": {"mixture_components": 30, "mixture_coordinates": 20000, "n_lstm": 100}
    | {"embedding": 300, "mixture_samples": 10, "mixture_iterations": 5, "eta": [0.1]}
    | {"alpha": 0.5, "components": None, "pca_samples": 9},
    "captions": {
        "drawn": {"layout": "synthetic"},
        "own": {"layout": "files", "captions": "a.txt", "splits": {"train": "b", "val": "c"}}
        | {"images": "folder", "validation": 5},
    },
    "words": {"w": {"path": "w.bin"}, "trained": {"corpora": ["wiki"], "dim": 20}},
    "models": {
        "mean": {"pooling": "mean"},
        "MM": {"pooling": "mm-ens", "label": "MM-ENS"},
        "GMM": {"pooling": "gmm-fv"},
        "rnn": {"pooling": "rnn-fv", "corpus": "wiki"},
        "pca": {"pooling": "rnn-fv", "network": "rnn", "pca": 40},
        "cca": {"pooling": "rnn-fv", "words": "cca"},
    },
    "table3": {"captions": "own", "feature": "f", "words": "w", "models": ["mean", "rnn"]}
    | {"combinations": {"both": ["rnn", "cca"], "taken away": None}},
    "transfer": {"captions": "drawn", "words": "w", "model": "GMM"},
}


def test_a_table_needs_the_models_of_its_rows():
    assert retrieval.methods(CONFIG, "table3") == {
        "mean": ["mean"],
        "rnn": ["rnn"],
        "both": ["rnn", "cca"],
    }
    assert retrieval.needed_models(CONFIG, "table3") == ["mean", "rnn", "cca"]
    assert retrieval.seeded_models(CONFIG, "table3") == ["rnn", "cca"]
    assert retrieval.labels(CONFIG, "table3") == {"mean": "mean", "rnn": "rnn", "both": "both"}
    files = retrieval.files_of_models(CONFIG, "table3", "{captions}/{model}/{seed}")
    assert files == ["own/mean/0", "own/rnn/0", "own/rnn/1", "own/cca/0", "own/cca/1"]


def test_word_vectors_of_the_run_belong_to_the_seeds():
    trained = CONFIG | {"table3": CONFIG["table3"] | {"words": "trained"}}
    assert retrieval.seeded_models(trained, "table3") == ["mean", "rnn", "cca"]
    files = retrieval.files_of_models(trained, "table3", "{model}/{seed}")
    assert files[:2] == ["mean/0", "mean/1"]
    assert [sentences.seed_of_words(CONFIG, words, 1) for words in ("w", "trained")] == [0, 1]


def test_words_of_a_cca_need_the_model_that_embeds_them():
    assert retrieval.models_with(CONFIG, "own", "w") == ["mean", "rnn", "cca", "MM"]
    assert retrieval.models_with(CONFIG, "drawn", "w") == ["GMM"]
    assert retrieval.models_with(CONFIG, "own", "trained") == []
    assert retrieval.needed_mixtures(CONFIG, ["mean", "cca", "MM"])["poolings"] == ["mm-ens"]
    assert retrieval.corpora_of_networks(CONFIG, ["mean", "rnn", "cca"]) == ["wiki"]


def test_a_step_depends_on_what_it_reads():
    projection = sentences.settings_for(CONFIG, "pca", "projection")
    assert projection["pca"] == 40 and "corpus" not in projection
    assert set(sentences.settings_for(CONFIG, "mean", "projection")) == {
        "pooling",
        "eta",
        "components",
    }
    assert sentences.model_settings(CONFIG, "pca")["corpus"] == "wiki"  # its network's
    assert sentences.caption_settings(CONFIG, "own") == {
        "captions": "a.txt",
        "layout": "files",
        "splits": {"train": "b", "val": "c"},
    }
    assert sentences.caption_files(CONFIG, "own") == ["a.txt", "b", "c"]


@pytest.mark.parametrize(
    ("captions", "model", "n", "expected"),
    [
        ("own", "mean", 0, 6002 + 23),
        ("drawn", "mean", 0, 2002 + 23),
        ("own", "MM", 0, 6000 + 3200 + 1638),  # 8e-6 p^2 + 20e-6 p 4096 for p = 20,000
        ("own", "MM", 1000, 6000 + 90),  # 8e-6 n^2 + 20e-6 n 4096 where n is small
    ],
)
def test_memory_of_a_cca(captions, model, n, expected):
    assert sentences.cca_memory(CONFIG, captions, "w", model, n) == pytest.approx(expected, abs=2)
