"""A figure of pictures, their partners and what is said about them."""

import textwrap
from pathlib import Path

from rnnfv.arrays.writing import atomic_path
from rnnfv.data.synthetic.captions.dataset import caption_set, picture_scene, render_picture
from rnnfv.data.synthetic.captions.styles import STYLES


def preview_pictures(style: str, seed: int, path: str | Path) -> None:
    """Six pictures beside their partners, each with its first sentence below, as PNG.

    The sentences of two partners are the same words in another order. The first partners of each
    arrangement of the style are shown, in turns.

    Args:
        style: a key of :data:`~rnnfv.data.synthetic.captions.styles.STYLES`.
        seed: of the caption set.
        path: of the PNG.
    """
    import matplotlib

    matplotlib.use("Agg")  # no screen on a cluster
    from matplotlib import pyplot as plt

    rows, pairs = 3, 2
    shown = _one_of_each(style, seed, rows * pairs)
    # A narrow empty column keeps one pair apart from the next.
    ratios = [1.0, 1.0, 0.12, 1.0, 1.0]
    size = 10.5, 9
    figure, axes = plt.subplots(rows, 5, figsize=size, width_ratios=ratios, layout="constrained")
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    for number, pair in enumerate(shown):
        for member, (name, sentence) in enumerate(pair):
            axis = axes[number // pairs, 3 * (number % pairs) + member]
            axis.imshow(render_picture(style, name, seed))
            axis.set_xlabel(textwrap.fill(sentence.removesuffix(" ."), 32), fontsize=9)
    figure.suptitle(f"Style {style}: partners share their words, not their order", fontsize=12)
    with atomic_path(path) as temporary:
        # Without the software's name, the bytes are the same every time.
        figure.savefig(temporary, format="png", dpi=110, metadata={"Software": None})
    plt.close(figure)


def _one_of_each(style: str, seed: int, count: int) -> list[list[tuple[str, str]]]:
    """``count`` pairs of partners as (name, first sentence) twice, arrangements in turns."""
    images, sentences = caption_set(style, 150, seed)
    first = sentences.groupby("image", sort=False)["text"].first()
    arrangements = STYLES[style].arrangements
    found: dict[str, list[list[tuple[str, str]]]] = {name: [] for name in arrangements}
    for image, partner in zip(images["image"], images["partner"], strict=True):
        if image.endswith("a.png") and partner:
            pair = [(name, first[name]) for name in (image, partner)]
            found[picture_scene(style, image, seed).arrangement].append(pair)
    turns = [pairs[turn] for turn in range(count) for pairs in found.values() if turn < len(pairs)]
    return turns[:count]
