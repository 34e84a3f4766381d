"""Retrieval ranks at the size of COCO's 5,000 test images, against the loop that sorts.

    python benchmarks/retrieval.py [DIMENSIONS]      # 1,000; about a minute

The loop is the one in general use: one product and one full sort for every query. It runs on one
query in 100, and its time is scaled to all of them. The bound is the time of the products alone.
"""

import sys

import numpy as np
from inputs import unit_rows
from timing import one_thread, peak_gib, product_speed, timed

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.ranks import annotation_ranks, search_ranks, sentence_ranks

IMAGES, EACH, SHARE = 5000, 5, 100


def sorting_loop(queries, items, right, itself):
    """Rank of the first item that ``right(query)`` marks, by sorting all items for each query."""
    ranks = []
    for q in range(0, len(queries), SHARE):
        order = np.argsort(-(queries[q] @ items.T))
        order = order[order != q] if itself else order
        ranks.append(1 + np.flatnonzero(right(q)[order])[0])
    return np.array(ranks)


def main():
    one_thread()
    dim = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    image_of = np.random.default_rng(0).permutation(np.repeat(np.arange(IMAGES), EACH))
    images, noise = unit_rows(IMAGES, dim), unit_rows(IMAGES * EACH, dim, 1)
    # A sentence is its image and noise, so that ranks spread as real ones do.
    sentences = l2_normalize(noise + np.float32(2 / np.sqrt(dim)) * images[image_of])
    tasks = {
        "annotation": (annotation_ranks, images, sentences, lambda q: image_of == q),
        "search": (search_ranks, sentences, images, lambda q: np.arange(IMAGES) == image_of[q]),
        "similarity": (sentence_ranks, sentences, None, lambda q: image_of == image_of[q]),
    }
    for task, (ranks_of, queries, items, right) in tasks.items():
        arguments = (sentences,) if items is None else (images, sentences)
        ours, ranks = timed(ranks_of, *arguments, image_of)
        itself, items = items is None, queries if items is None else items
        bound = 2 * dim * len(queries) * len(items) / product_speed()
        loop, expected = timed(sorting_loop, queries, items, right, itself)
        equal = 100 * np.mean(ranks[::SHARE] == expected)
        print(f"{task}: {ours:.1f} s, {100 * bound / ours:.0f} % of the bound")
        print(f"  loop: {loop * SHARE / ours:.1f} times as slow; {equal:.1f} % of its ranks equal")
    print(f"peak {peak_gib():.2f} GiB")


if __name__ == "__main__":
    main()
