"""The synthetic caption sets: words, order, partners, splits, determinism and pixels."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from rnnfv.data.synthetic.actions.scenes import rgb
from rnnfv.data.synthetic.captions.dataset import (
    caption_set,
    picture_scene,
    render_picture,
    render_pictures,
    sentences_of,
)
from rnnfv.data.synthetic.captions.drawing import ROOM, arrange, draw_picture
from rnnfv.data.synthetic.captions.grammar import NUMBERS, SIZES, tokens
from rnnfv.data.synthetic.captions.preview import preview_pictures
from rnnfv.data.synthetic.captions.scenes import SWAPS, Scene, Thing, draw_scene, swap
from rnnfv.data.synthetic.captions.styles import STYLES
from rnnfv.data.synthetic.shapes import SHAPES

SEED = 3


@pytest.fixture(scope="module", params=STYLES)
def made(request):
    """A style, its images and its sentences."""
    return request.param, *caption_set(request.param, 300, SEED, (2 / 3, 2 / 15, 1 / 5))


def texts(sentences, image):
    return sentences.loc[sentences["image"] == image, "text"].tolist()


def test_columns_counts_and_names(made):
    style, images, sentences = made
    assert list(images) == ["image", "split", "path", "partner"]
    assert list(sentences) == ["id", "image", "text"]
    assert images["split"].value_counts().to_dict() == {"train": 200, "val": 40, "test": 60}
    names = images["image"].tolist()
    assert images["image"].is_unique and images["path"].tolist() == names
    assert sentences["id"].tolist() == [f"{name}#{k}" for name in names for k in range(5)]
    assert texts(sentences, names[7]) == sentences_of(style, names[7], SEED)


def test_five_different_sentences_of_moderate_length(made):
    _, _, sentences = made
    assert (sentences.groupby("image")["text"].nunique() == 5).all()
    lengths = sentences["text"].map(lambda text: len(tokens(text)) - 1)  # without the full stop
    assert lengths.between(3, 20).all() and 8 < lengths.mean() < 12 and lengths.std() > 2


def test_partners_are_symmetric_and_share_a_split(made):
    _, images, _ = made
    named = images.set_index("image")
    partner, split = named["partner"], named["split"]
    paired = partner[partner != ""]
    assert (partner[paired].to_numpy() == paired.index).all() and (paired != paired.index).all()
    assert (split[paired].to_numpy() == split[paired.index].to_numpy()).all()
    assert (partner != "").groupby(split).mean().min() > 0.6


def test_partners_sentences_are_permutations_of_each_other(made):
    _, images, sentences = made
    for image, partner in images.loc[images["partner"] != "", ["image", "partner"]].to_numpy():
        for own, other in zip(texts(sentences, image), texts(sentences, partner), strict=True):
            assert own != other and Counter(tokens(own)) == Counter(tokens(other))


def test_pictures_without_partner_are_told_by_one_thing_too(made):
    """Vague sentences exist, and only where no partner has to share their words."""
    style, images, sentences = made
    nouns = {noun for words in STYLES[style].shapes.values() for noun in words}
    told = sentences.merge(images[["image", "partner"]])
    two = told["image"].map(
        lambda image: picture_scene(style, image, SEED).arrangement not in ("single", "around")
    )
    other = told["text"].str.contains("something else|one of the two is")
    assert other.any() and (told.loc[other, "partner"] == "").all() and two[other].all()
    assert sum(bool(nouns & set(tokens(text))) for text in told["text"]) > 0.8 * len(told)


def test_sentences_are_grammatical(made):
    style, _, sentences = made
    plurals = {
        f"{noun}es" if noun[-1] in "sx" else f"{noun}s"
        for words in STYLES[style].shapes.values()
        for noun in words
    }
    numbers = {"four", "five", "six", "several"}
    for text in sentences["text"]:
        assert re.fullmatch(r"[A-Z][A-Za-z]*( [A-Za-z]+)* \.", text)
        words = tokens(text)
        for word, following in pairwise(words):
            assert word != "a" or following[0] not in "aeiou", text
            assert word != "an" or following[0] in "aeiou", text
            assert word != following, text
        plural = plurals & set(words)
        assert numbers.isdisjoint(words) or plural or "shapes" in words, text
        for match in re.finditer(r"\b(?:an?|one|the) (?:\w+ )??(\w+)", text.lower()):
            assert match[1] not in plurals or match[0].startswith("the "), text
        wrong = r"\b(there|here) is (a )?(four|five|six|several)\b|\bare (a|an|one)\b"
        assert not re.search(wrong, text.lower()), text


def test_vocabulary_is_small_and_differs_between_styles():
    words = {}
    for style in STYLES:
        _, sentences = caption_set(style, 300, SEED)
        words[style] = {word for text in sentences["text"] for word in tokens(text)}
        assert 60 <= len(words[style]) <= 120
    assert all(len(words[a] - words[b]) >= 8 for a in STYLES for b in STYLES if a != b)


def test_sentences_are_true(made):
    """Read back without the grammar's templates: the adjectives before a noun are its own."""
    style_name, _, sentences = made
    style = STYLES[style_name]
    shape_of = {noun: shape for shape, nouns in style.shapes.items() for noun in nouns}
    size_of = {word: size for size, words in SIZES.items() for word in words}
    colours, nouns = "|".join(style.colours), "|".join(shape_of)
    checked = 0
    for image, text in sentences[["image", "text"]].to_numpy():
        things = picture_scene(style_name, image, SEED).things
        adjectives = rf"(?:\b({'|'.join(size_of)}) )?\b({colours}) ({nouns})(?:e?s)?\b"
        for size, colour, noun in re.findall(adjectives, text.lower()):
            (thing,) = [thing for thing in things if thing.shape == shape_of[noun]]
            assert thing.colour == colour and (not size or thing.size == size_of[size]), text
            checked += 1
        shapes = [thing.shape for thing in things]
        for places, order in (
            ("is above|hangs over|can be seen above", shapes),
            ("is below|can be seen under|is behind", shapes[::-1]),
        ):
            sentence = rf"an? (?:\w+ )*?({nouns}) (?:{places}) .*?({nouns}) \."
            if match := re.match(sentence, text.lower()):
                assert [shape_of[noun] for noun in match.groups()] == order, text
    assert checked > len(sentences)


@pytest.mark.parametrize("style", STYLES)
def test_test_pictures_are_seldom_described_alike(style):
    """Else retrieval would be a lottery among pictures that fit a sentence equally well."""
    images, _ = caption_set(style, 750, 0)
    test = images.loc[images["split"] == "test", "image"]
    scenes = Counter(picture_scene(style, image, 0) for image in test)
    others = sum(count * (count - 1) for count in scenes.values()) / sum(scenes.values())
    assert others < 0.5


def test_swaps_exchange_one_fact_and_are_their_own_inverses():
    first, second = Thing("red", "disc", "big"), Thing("blue", "star", "small")
    scene = Scene("above", (first, second), "white")
    expected = {
        "colours": (Thing("blue", "disc", "big"), Thing("red", "star", "small")),
        "sizes": (Thing("red", "disc", "small"), Thing("blue", "star", "big")),
        "places": (second, first),
    }
    for facts, things in expected.items():
        assert swap(scene, facts).things == things
        assert swap(swap(scene, facts), facts) == scene


def test_every_arrangement_and_swap_occurs():
    facts = "colours", "sizes", "places"
    for style in STYLES.values():
        seen = set()
        for number in range(600):
            scene, partner = draw_scene(style, np.random.default_rng(number))
            found = [fact for fact in facts if partner and swap(scene, fact) == partner]
            seen |= {(scene.arrangement, fact) for fact in found or [""]}
        expected = {(name, fact) for name in style.arrangements for fact in SWAPS[name]}
        assert expected | {("beside", "sizes")} <= seen


def test_determinism_and_independence_of_shards_and_order(tmp_path, made):
    style, images, _ = made
    names = images["image"].tolist()[:11]
    whole = render_pictures(style, names, tmp_path / "whole", SEED)
    for shard in range(3):
        render_pictures(style, names[::-1][shard::3], tmp_path / "parts", SEED)
    assert [path.name for path in whole] == names
    for path in whole:
        assert path.read_bytes() == (tmp_path / "parts" / path.name).read_bytes()
        picture = render_picture(style, path.name, SEED)
        np.testing.assert_array_equal(np.asarray(Image.open(path)), picture)
    assert not list(tmp_path.rglob("*.part"))


def test_more_pictures_or_other_splits_leave_a_picture_and_its_sentences_alone(made):
    style, images, sentences = made
    _, more = caption_set(style, 400, SEED, (0.8, 0.1, 0.1))
    both = sentences.merge(more, on="id")
    assert len(both) > 1200 and (both["text_x"] == both["text_y"]).all()
    again = caption_set(style, 300, SEED, (2 / 3, 2 / 15, 1 / 5))
    assert again[0].equals(images) and again[1].equals(sentences)


def test_seed_changes_everything():
    first, second = caption_set("flat", 60, 0), caption_set("flat", 60, 1)
    assert not first[1]["text"].equals(second[1]["text"])
    assert not np.array_equal(*(render_picture("flat", "flat0000a.png", n) for n in (0, 1)))


def test_partners_share_no_random_numbers(made):
    """Their backgrounds are drawn anew, so that nothing but the facts connects the pictures."""
    style, images, _ = made
    image, partner = images.loc[images["partner"] != "", ["image", "partner"]].to_numpy()[0]
    corners = [render_picture(style, name, SEED)[:12, :12].astype(int) for name in (image, partner)]
    assert not np.array_equal(*corners)


def pixels_of(picture, paint, background):
    """The pixels that are nearer to a paint than to the background, by much: (H, W) bool."""
    to_paint, to_background = (
        np.linalg.norm(picture / 255 - rgb(p.hue, p.saturation, p.value), axis=2)
        for p in (paint, background)
    )
    return (to_paint < 0.3) & (to_paint < to_background)


def two_colours_on_a_ground(style):
    """Two names of colours, and of a background its name and its paint."""
    name, (ground, _) = list(style.backgrounds.items())[-1]
    return list(style.colours)[:2], name, ground


@pytest.mark.parametrize("style_name", STYLES)
def test_pictures_show_what_is_above_and_what_is_big(style_name):
    style = STYLES[style_name]
    (upper, lower), background, ground = two_colours_on_a_ground(style)
    for number, sizes in enumerate([("", ""), ("big", "small"), ("small", "big")] * 3):
        shapes = np.random.default_rng(number).choice(list(style.shapes), 2, replace=False).tolist()
        things = tuple(Thing(*facts) for facts in zip((upper, lower), shapes, sizes, strict=True))
        above = Scene("above", things, background)
        picture = draw_picture(style, above, np.random.default_rng(number))
        masks = [pixels_of(picture, style.colours[colour], ground) for colour in (upper, lower)]
        rows = [np.nonzero(mask)[0] for mask in masks]
        assert min(map(len, rows)) > 80
        assert rows[0].mean() + 0.3 * style.size < rows[1].mean()
        if sizes[0]:
            heights = [np.ptp(np.percentile(row, [3, 97])) for row in rows]
            assert heights[sizes.index("big")] > 1.4 * heights[sizes.index("small")]


@pytest.mark.parametrize("style_name", STYLES)
def test_pictures_show_what_is_inside_in_front_and_around(style_name):
    style = STYLES[style_name]
    (first, second), background, ground = two_colours_on_a_ground(style)
    paints = style.colours[first], style.colours[second]
    for number in range(6):
        rng = np.random.default_rng(number)
        shapes = rng.choice(style.containers, 2, replace=False).tolist()
        things = Thing(first, shapes[0]), Thing(second, shapes[1])

        def places(scene, number=number):
            picture = draw_picture(style, scene, np.random.default_rng(number))
            return [np.argwhere(pixels_of(picture, paint, ground)) for paint in paints]

        inner, outer = places(Scene("inside", things, background))
        assert (inner.min(0) > outer.min(0)).all() and (inner.max(0) < outer.max(0)).all()
        assert np.abs(inner.mean(0) - (outer.min(0) + outer.max(0)) / 2).max() < 0.15 * style.size
        five = Thing(first, shapes[0], count=5), things[1]
        centre = (style.size - 1) / 2
        ring, middle = (
            np.linalg.norm(pixels - centre, axis=1)
            for pixels in places(Scene("around", five, background))
        )
        assert ring.min() > np.percentile(middle, 95)
        front = Scene("front", things, background)
        if "front" in style.arrangements:
            spots = arrange(front, np.random.default_rng(number))
            picture = draw_picture(style, front, np.random.default_rng(number))
            assert [spot.thing.colour for spot in spots] == [second, first]  # from back to front
            column, row = (int((at + 0.5) * style.size) for at in (spots[1].x, spots[1].y))
            assert pixels_of(picture, paints[0], ground)[row, column]


@pytest.mark.parametrize("style_name", STYLES)
def test_things_stay_in_the_picture_and_apart(style_name):
    """Every thing's drawn points lie inside; things that do not overlap by design stay apart."""
    style = STYLES[style_name]
    for number in range(400):
        rng = np.random.default_rng(number)
        scene, _ = draw_scene(style, rng)
        spots = arrange(scene, rng)
        assert len(spots) == sum(thing.count for thing in scene.things)
        for spot in spots:
            reach = spot.radius * (1.0 if spot.thing.shape == "disc" else 1.17)
            assert max(abs(spot.x), abs(spot.y)) + reach < 0.56  # a corner may touch the edge
            if spot.thing.shape == "disc":
                assert max(abs(spot.x), abs(spot.y)) + 0.95 * spot.radius <= 0.5
        if scene.arrangement in ("beside", "above", "around"):
            gaps = [
                np.hypot(a.x - b.x, a.y - b.y) - 0.86 * (a.radius + b.radius)
                for k, a in enumerate(spots)
                for b in spots[:k]
            ]
            assert min(gaps) > 0


def test_room_inside_containers_is_what_the_shapes_have():
    line = np.linspace(-1, 1, 401, dtype=np.float32)
    for name, radius in ROOM.items():
        assert SHAPES[name](line[None, :], line[:, None]).min() == pytest.approx(-radius, abs=0.02)
    assert {shape for style in STYLES for shape in STYLES[style].containers} <= set(ROOM)


def test_number_words_exist_for_every_count():
    draws = (draw_scene(STYLES["textured"], np.random.default_rng(n))[0] for n in range(500))
    assert {thing.count for scene in draws for thing in scene.things} == set(NUMBERS)


def test_splits_by_share():
    images, _ = caption_set("flat", 60, 0, (0.5, 0.25, 0.25))
    assert images["split"].value_counts().to_dict() == {"train": 30, "val": 15, "test": 15}
    scenes = images["image"].str.extract(r"(\d+)")[0]
    assert (images.groupby(scenes)["split"].nunique() == 1).all()


def test_preview_is_a_picture(tmp_path):
    preview_pictures("flat", 0, tmp_path / "preview.png")
    assert Image.open(tmp_path / "preview.png").size > (900, 800)
