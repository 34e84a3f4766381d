"""A small caption set of one's own, with word vectors, image features and a corpus."""

import numpy as np

from rnnfv.arrays.vectors import write_vectors
from rnnfv.features.words.vector_files import write_word2vec

NOUNS = ["dog", "cat", "boat", "tree", "child", "horse"]
VERBS = ["runs", "sleeps", "waits", "jumps"]
MODELS = ["MeanVector", "MM-ENS", "w2v-clsf", "cca-rvrs"]
DEFAULT = ["cca + rvrs", "cca + rvrs + MM-ENS", "all RNN-FV", "all RNN-FV + MM-ENS"]
QUICK = {
    "eta": [0.01, 0.1],
    "mixture_components": 2,
    "mixture_coordinates": 60,
    "embedding": 6,
    "n_lstm": 6,
    "epochs": 2,
    "evaluate_every": 1,
    "epoch_coordinates": 40,
}


def write_captions(folder, rng, images=60):
    """Write the data set: an image is two nouns and a verb, and its features say which."""
    folder.mkdir(parents=True)
    captions, features, names = [], [], []
    for i in range(images):
        (a, b), verb = rng.choice(len(NOUNS), 2, replace=False), rng.integers(len(VERBS))
        names.append(f"{i:03d}.jpg")
        first, second, does = NOUNS[a], NOUNS[b], VERBS[verb]
        texts = [
            f"A {first} {does} near a {second}.",
            f"The {first} {does}",
            f"{second}, {first}; {does}!",
        ]
        captions += [f"{names[-1]}#{k}\t{text}\n" for k, text in enumerate(texts)]
        seen = np.zeros(16)
        seen[[a, 6 + verb]], seen[10 + b] = 1, 0.5
        features.append(seen + 0.1 * rng.normal(size=16))
    captions[3] = "001.jpg#0\tZyzzyva qoph!\n"  # no word with a vector
    (folder / "captions.token").write_text("".join(captions))
    for split, part in {"train": names[:44], "test": names[44:]}.items():
        (folder / f"{split}.txt").write_text("\n".join(part) + "\n")
    write_vectors(folder / "images.h5", names, iter([np.array(features, np.float32)]), 16)
    words = [*NOUNS, *VERBS, "a", "the", "near", "grass", "eats"]
    write_word2vec(folder / "words.bin", words, rng.normal(size=(len(words), 8)).astype(np.float32))
    (folder / "corpus.txt").write_text("a horse eats grass\nthe child waits\n" * 30)


def captioned(**changes):
    """A configuration of Table 3 on that data set."""
    files = {
        "layout": "files",
        "captions": "data/captions.token",
        "splits": {"train": "data/train.txt", "test": "data/test.txt"},
        "validation": 10,
        "vectors": {"my_features": "data/images.h5"},
    }
    combinations = {"cca + MM-ENS": ["cca-rvrs", "MM-ENS"], "all of them": MODELS}
    return {
        "seeds": [0, 1],
        "captions": {"own": files},
        "corpora": {"notes": {"format": "plain", "path": "data/corpus.txt"}},
        "words": {"my_words": {"path": "data/words.bin"}},
        "sentences": QUICK,
        "models": {"w2v-clsf": {"coordinates": 50}, "cca-rvrs": {"corpus": "notes"}},
        "table3": {
            "captions": "own",
            "feature": "my_features",
            "words": "my_words",
            "models": MODELS,
            "combinations": dict.fromkeys(DEFAULT) | combinations,
        },
    } | changes
