"""Retrieval ranks at the size of COCO's 5K test: against the loop that sorts for every query, and against the bound.

    python benchmarks/retrieval.py            # 5,000 images, 25,000 sentences, 1,000 dimensions; about a minute
    python benchmarks/retrieval.py --dim 4096

The loop is the one in general use: one product and one full sort per query, the places of the right answers looked up.
It runs on an even sample of the queries and its time is scaled to all of them. The bound is the time of the products
alone at the speed of this machine's square float32 product, measured before every repeat. Each step runs in a process of
its own, so that the peak is its own, inputs included.
"""

import argparse
import multiprocessing
import resource
import time

import numpy as np

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.retrieval import annotation_ranks, evaluate, search_ranks, sentence_ranks

IMAGES, EACH = 5_000, 5
N = IMAGES * EACH
STEPS = {"annotation + search": ("annotation", "search"), "sentence similarity": ("sentence",)}
RANKS = {
    "annotation": annotation_ranks,
    "search": search_ranks,
    "sentence": lambda x, y, image_of: sentence_ranks(y, image_of),
}


def coco_like(dim):
    """Unit rows, sentences in random order; a sentence is its image plus noise, so that ranks spread as real ones do."""
    rng = np.random.default_rng(0)
    image_of = rng.permutation(np.repeat(np.arange(IMAGES), EACH))
    images = l2_normalize(rng.standard_normal((IMAGES, dim), dtype=np.float32))
    sentences = rng.standard_normal((N, dim), dtype=np.float32)
    sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)
    sentences += np.float32(2 / np.sqrt(dim)) * images[image_of]
    sentences /= np.linalg.norm(sentences, axis=1, keepdims=True)
    return images, sentences, image_of


def sorting_loop(task, images, sentences, image_of, sample):
    """The usual way: sort all items for each of the sampled queries and look for the first right one."""
    queries, items = {
        "annotation": (images, sentences),
        "search": (sentences, images),
        "sentence": (sentences, sentences),
    }[task]
    ranks = []
    for q in sample:
        order = np.argsort(-(queries[q] @ items.T))
        if task == "sentence":
            order = order[order != q]
        right = (
            order == image_of[q]
            if task == "search"
            else image_of[order] == (q if task == "annotation" else image_of[q])
        )
        ranks.append(1 + np.flatnonzero(right)[0])
    return np.array(ranks)


def timed(function, *arguments, **settings):
    started = time.perf_counter()
    result = function(*arguments, **settings)
    return time.perf_counter() - started, result


def peak_gib():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measure(step, dim, repeats, share, answer):
    """Time a step and its loop, compare their ranks; called in a process of its own."""
    data = coco_like(dim)
    found = {"inputs": peak_gib()}
    square = np.random.default_rng(0).random((2048, 2048), dtype=np.float32)
    seconds, flop_seconds = [], []
    for _ in range(repeats):
        flop_seconds.append(timed(np.matmul, square, square.T + 1)[0] / (2 * 2048**3))
        if step == "sentence similarity":
            seconds.append(timed(sentence_ranks, *data[1:])[0])
        else:
            seconds.append(timed(evaluate, *data, sentence_similarity=False)[0])
    found["seconds"], found["peak"] = float(np.median(seconds)), peak_gib()
    found["bound"] = (
        2
        * dim
        * N
        * (N if step == "sentence similarity" else IMAGES)
        * float(np.median(flop_seconds))
    )
    found["loop"], equal = 0.0, []
    for task in STEPS[step]:
        queries = IMAGES if task == "annotation" else N
        sample = np.arange(0, queries, share)
        loop, ranks = timed(sorting_loop, task, *data, sample)
        found["loop"] += loop * queries / len(sample)
        equal.append(RANKS[task](*data)[sample] == ranks)
    found["equal"] = float(100 * np.concatenate(equal).mean())
    answer.send(found)


def in_a_process(*arguments):
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=measure, args=(*arguments, there))
    process.start()
    found = here.recv()
    process.join()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dim", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--share", type=int, default=100, help="the loop runs on one query in so many"
    )
    options = parser.parse_args()
    print(f"{IMAGES:,} images, {N:,} sentences, {options.dim:,}-d; medians of {options.repeats}")
    for step in STEPS:
        r = in_a_process(step, options.dim, options.repeats, options.share)
        print(
            f"{step}: {r['seconds']:.1f} s, peak {r['peak']:.2f} GiB (making the inputs took {r['inputs']:.2f} GiB)"
        )
        share, ratio = 100 * r["bound"] / r["seconds"], r["loop"] / r["seconds"]
        print(f"  products alone: {r['bound']:.1f} s -> {share:.0f} % of the bound")
        print(
            f"  loop, from 1 query in {options.share}: {r['loop']:.0f} s -> counting is {ratio:.1f} times as fast"
        )
        print(f"  sampled ranks equal to the loop's: {r['equal']:.1f} %")


if __name__ == "__main__":
    main()
