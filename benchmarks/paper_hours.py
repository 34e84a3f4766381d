"""What the paper's tables cost, in hours of one thread and in hours with a GPU: data/costs.csv times the units of all jobs.

    python benchmarks/paper_hours.py

One seed. Sizes are the paper's; a number that is not certain is marked so. Jobs that take less than a minute are left out.
"""

import csv
from pathlib import Path

SMALL = 0.2  # hours below which rules are added up in one row
SPLITS, EPOCHS, ETAS = 3, 20, 5
UCF, HMDB = 13_320, 6_766  # videos; HMDB51's splits use 5,100 of them
USED = UCF + 5_100
FRAMES = UCF * 180 + HMDB * 95  # at 25 and 30 a second; HMDB51's 95 are not certain
VGG = 240_000 + 68_000  # one frame in ten
BLOCKS = 286_000 + 74_000  # of 16 frames, every 8
USED_VGG, USED_BLOCKS = 240_000 + 68_000 * 5100 // HMDB, 286_000 + 74_000 * 5100 // HMDB
REDUCED = 3  # VGG-PCA, VGG-CCA, C3D-PCA
EVERY = REDUCED * SPLITS  # jobs a data set of a rule that runs for every representation and split

ACTIONS = [
    ("decode_frames:vgg19", FRAMES, "of 20,086 videos"),
    ("decode_frames:c3d", FRAMES, "the same frames, all kept"),
    ("extract_features:vgg19", VGG, "one frame in ten"),
    ("extract_features:c3d", BLOCKS, "blocks of 16 frames, every 8"),
    ("reduce_pca", SPLITS * (USED_VGG + USED_BLOCKS), "3 splits x (frames + blocks)"),
    ("reduce_cca", SPLITS * USED_VGG, "3 splits x frames"),
    *(
        row
        for name in ("UCF101", "HMDB51")
        for row in (
            (f"pool_gmm:{name}", EVERY, "3 representations x 3 splits, K of 2 to 64 in each"),
            (f"train_rnn:{name}", EVERY * (EPOCHS + 1), "3 x 3 x (20 epochs, and the untrained network)"),
            (f"classify:gmm-fv-{name}", EVERY, "3 x 3"),
            (f"classify:rnn-fv-{name}", EVERY, "3 x 3"),
            (f"classify:rnn-fv-untrained-{name}", EVERY, "3 x 3"),
        )
    ),
    ("pool_rnn", EVERY * USED, "3 x 3 x videos"),
]
FUSION = [
    ("extract_trajectories", FRAMES, "of 20,086 videos"),
    ("fit_codebook", 2 * SPLITS, "2 data sets x 3 splits"),
    ("encode_trajectories", SPLITS * USED * 4_000, "3 splits x videos x 4,000 tracks kept"),
    ("normalize:UCF101", 2 * SPLITS, "2 representations x 3 splits"),
    ("normalize:HMDB51", 2 * SPLITS, "2 representations x 3 splits"),
    ("transfer_rnn", 2 * SPLITS * 5_100, "2 representations x 3 splits x HMDB51's videos"),
    ("normalize_transferred:HMDB51", 2 * SPLITS, "2 representations x 3 splits"),
    ("fuse:idt-UCF101", 2 * SPLITS, "2 rows with iDT x 3 splits"),
    ("fuse:idt-HMDB51", 2 * SPLITS, "2 rows with iDT x 3 splits"),
]


def retrieval(images, sentences, evaluations, classification=False):
    """Jobs of a table: 3 models of mixtures, 4 of networks (wiki w2v, w2v, cca, cca rvrs), 100 epochs, a look every 10."""
    looks = 4 * 11 + (11 if classification else 0)
    return [
        ("extract_images:vgg19", images, "all"),
        ("look_up_words", 3_000_000, "words of GoogleNews"),
        ("read_corpus", 1_000_000, "sentences of Wikipedia"),
        ("fit_mixtures", 300_000, "words"),
        ("project_pooled:sentence", 3 * sentences, "GMM, HGLMM, MM-ENS x training sentences"),
        ("project_pooled:eta", 3 * ETAS, "3 models x 5 etas"),
        ("project_pooled:job", 3, "3 models"),
        (
            "train_sentence_rnn:regression",
            100 * (3 * sentences + 1_000_000),
            "100 epochs x (3 models + the corpus)",
        ),
        ("train_sentence_rnn:validation", looks * sentences, f"{looks} looks x training sentences"),
        ("train_sentence_rnn:look", looks, f"{looks} looks, 5 etas each"),
        ("project_rnn:sentence", 4 * sentences, "4 models x training sentences"),
        ("project_rnn:eta", 4 * ETAS, "4 models x 5 etas"),
        ("project_rnn:job", 4, "4 models"),
        *(
            [
                ("train_sentence_rnn:classification", 100 * sentences, "100 epochs x training sentences"),
                ("project_rnn:classification-sentence", (1 + ETAS) * sentences, "6 passes x training sentences"),
                ("project_rnn:classification-eta", ETAS, "5 etas"),
                ("project_rnn:classification-job", 1, "1 model"),
            ]
            if classification
            else []
        ),
        *evaluations,
    ]


TABLES = {
    "Table 1, UCF101 and HMDB51": ACTIONS,
    "Table 2, beside Table 1": FUSION,
    "Table 3, Flickr8k": retrieval(8_000, 30_000, [("evaluate_retrieval:1000", 14, "9 models, 5 combinations")], True),
    "Table 4, Flickr30k": retrieval(31_014, 145_000, [("evaluate_retrieval:1000", 13, "8 models, 5 combinations")]),
    "Table 5, COCO": retrieval(
        123_287,
        566_435,
        [
            ("evaluate_retrieval:1000", 13 * 6, "13 x (five folds, first 1,000)"),
            ("evaluate_retrieval:5000", 13 + 7 * ETAS, "13, and 5 etas of 7 models on 5,000 validation images"),
        ],
    ),
}


def main():
    path = Path(__file__).resolve().parent.parent / "data" / "costs.csv"
    with open(path, newline="", encoding="utf-8") as file:
        costs = {row["rule"]: row for row in csv.DictReader(file)}
    for table, jobs in TABLES.items():
        print(f"\n### {table}\n\n| rule | units | of | CPU h | with a GPU, h |\n|---|---:|---|---:|---:|")
        totals, rest = [0.0, 0.0], [0.0, 0.0]
        for rule, units, how in jobs:
            cpu = float(costs[rule]["cpu_seconds"])
            hours = [units * cpu / 3600, units * float(costs[rule]["gpu_seconds"] or cpu) / 3600]
            totals = [total + part for total, part in zip(totals, hours, strict=True)]
            if max(hours) < SMALL:
                rest = [total + part for total, part in zip(rest, hours, strict=True)]
            else:
                print(f"| {rule} | {units:,} | {costs[rule]['unit']}: {how} | {hours[0]:.3g} | {hours[1]:.3g} |")
        print(f"| others of the table | | | {rest[0]:.2g} | {rest[1]:.2g} |")
        print(f"| **sum** | | | **{totals[0]:.0f}** | **{totals[1]:.0f}** |")


if __name__ == "__main__":
    main()
