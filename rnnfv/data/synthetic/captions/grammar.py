"""Sentences about a scene, from a small hand-written grammar.

A sentence is made in two steps. A *plan* is everything but the facts: the construction, the
synonyms, what is mentioned and what is left out. Realised on a scene, it is a sentence. A scene and
its partner are told by the same plans, so their k-th sentences differ by the swapped facts only;
plans under which these are not the same words in another order are drawn again (:func:`describe`).
A bag of words then knows nothing about which of the two pictures a sentence is of.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rnnfv.data.synthetic.captions.scenes import Scene, Thing
from rnnfv.data.synthetic.captions.styles import Style

SENTENCES = 5
"""Sentences of each picture, as in the paper's data sets."""

_LANGUAGE = tomllib.loads(Path(__file__).with_name("grammar.toml").read_text(encoding="utf-8"))

OPENERS: list[str] = _LANGUAGE["openers"]
FRAGMENTS: Mapping[str, list[str]] = _LANGUAGE["fragments"]
CLAUSES: Mapping[str, list[str]] = _LANGUAGE["clauses"]
LOOSE: list[str] = _LANGUAGE["loose"]
ONE: list[str] = _LANGUAGE["one"]
SIZED: list[str] = _LANGUAGE["sized"]
"""Constructions; the file says of what."""

SIZES: Mapping[str, list[str]] = _LANGUAGE["sizes"]
"""Adjectives for big and small."""

NUMBERS = {1: ("", "one")}
NUMBERS |= {count: (word, "several") for count, word in ((4, "four"), (5, "five"), (6, "six"))}

_FULL, _COLOUR, _SHAPE = "full", "colour", "shape"


@dataclass(frozen=True)
class Plan:
    """A sentence without its facts.

    Attributes:
        template: the construction.
        nouns: shape to the noun chosen for it.
        sizes: size to the adjective chosen for it; empty where sizes are left out.
        number: index into the words for a number, 0 or 1.
        mention: of the first and the second thing: "full", "colour" (a red shape) or "shape" (a
            circle).
        one: index of the thing that ``{one}`` means.
        medium: noun for the picture.
    """

    template: str
    nouns: Mapping[str, str]
    sizes: Mapping[str, str]
    number: int
    mention: tuple[str, str]
    one: int
    medium: str


@dataclass(frozen=True)
class Phrase:
    """A thing in words; as text it has a number or, where that is empty, an article.

    Attributes:
        bare: what is mentioned of it, without number and article.
        noun: for its shape.
        colour: its colour.
        size: adjective for its size.
        number: number word.
    """

    bare: str
    noun: str
    colour: str
    size: str
    number: str

    def __str__(self) -> str:
        return f"{self.number} {self.bare}" if self.number else with_article(self.bare)


def with_article(words: str) -> str:
    """The words after "a" or "an". Spelling decides: no word is like "hour" or "unicorn"."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def plural(noun: str) -> str:
    """The regular plural."""
    return f"{noun}es" if noun.endswith(("x", "s")) else f"{noun}s"


def tokens(sentence: str) -> list[str]:
    """The words in lower case and the full stop."""
    return sentence.lower().split()


def describe(
    style: Style, scene: Scene, partner: Scene | None, rng: np.random.Generator
) -> list[tuple[str, str]]:
    """Five sentences of a scene and the five of its partner, side by side.

    The five have different constructions and differ from each other. Where there is a partner, its
    k-th sentence has the words of the scene's k-th sentence in another order; where there is none,
    it is empty.

    Args:
        style: the look, which names shapes and colours.
        scene: the facts.
        partner: the facts of the partner, if there is one.
        rng: of the sentences.
    """
    told: list[tuple[str, str]] = []
    templates = _templates(scene, rng)
    for attempt in range(40 * len(templates)):
        template = templates[attempt % len(templates)]
        plan = draw_plan(style, template, rng)
        pair = realise(plan, scene), realise(plan, partner) if partner else ""
        repeats = any(pair[0] == text or (partner and pair[1] == other) for text, other in told)
        if not repeats and (not partner or _permuted(*pair)):
            told.append(pair)
            templates.remove(template)
            if len(told) == SENTENCES:
                return told
    raise RuntimeError(f"the grammar has too few constructions for {scene} and {partner}")


def draw_plan(style: Style, template: str, rng: np.random.Generator) -> Plan:
    """A plan for ``template``. Most sentences mention colour and shape of both things.

    Args:
        style: the look, which names shapes.
        template: the construction.
        rng: of the sentences.
    """

    def pick(words: Sequence[str]) -> str:
        return words[int(rng.integers(len(words)))]

    first, second = pick((_FULL, _COLOUR, _SHAPE)), pick((_FULL, _COLOUR, _SHAPE))
    care = rng.uniform()
    mention = (_FULL, _FULL) if care < 0.7 else (first, first) if care < 0.85 else (first, second)
    sizes = {size: pick(words) for size, words in SIZES.items()}
    nouns = {shape: pick(words) for shape, words in style.shapes.items()}
    # Nobody says that a big circle is bigger than a small square.
    sizes = sizes if rng.uniform() < 0.7 and " than " not in template else {}
    number, one = int(rng.integers(2)), int(rng.integers(2))
    return Plan(template, nouns, sizes, number, mention, one, pick(style.medium))


def realise(plan: Plan, scene: Scene) -> str:
    """The plan's words for the scene's facts, with a capital and a full stop."""
    counted = scene.things[0].count > 1
    first = _phrase(plan, scene.things[0], plan.mention[0], counted)
    second = _phrase(plan, scene.things[-1], plan.mention[1], counted)
    larger, smaller = (second, first) if scene.things[0].size == "small" else (first, second)
    words = {"x": first, "y": second, "one": (first, second)[plan.one]}
    words |= {"larger": larger, "smaller": smaller}
    be = "are" if counted and "{be} {x}" in plan.template else "is"
    around = {"a_medium": with_article(plan.medium), "a_background": with_article(scene.background)}
    sentence = plan.template.format(be=be, medium=plan.medium, **words, **around)
    return f"{sentence[0].upper()}{sentence[1:]} ."


def _phrase(plan: Plan, thing: Thing, mention: str, counted: bool) -> Phrase:
    """``thing`` in the plan's words; with a number where things are counted."""
    size = plan.sizes.get(thing.size, "") if thing.size else ""
    noun = "shape" if mention == _COLOUR else plan.nouns[thing.shape]
    noun = plural(noun) if thing.count > 1 else noun
    words = (size, "" if mention == _SHAPE else thing.colour, noun)
    exact, bare = plan.nouns[thing.shape], " ".join(word for word in words if word)
    exact = plural(exact) if thing.count > 1 else exact
    number = NUMBERS[thing.count][plan.number] if counted else ""
    return Phrase(bare, exact, thing.colour, plan.sizes.get(thing.size, thing.size), number)


def _templates(scene: Scene, rng: np.random.Generator) -> list[str]:
    """The constructions that fit a scene, in random order, its arrangement mostly first."""
    fragments = FRAGMENTS[scene.arrangement]
    close = [rng.choice(OPENERS).replace("{fragment}", fragment) for fragment in fragments]
    tail = " on {a_background} background"
    close = [text if rng.uniform() < 0.7 else text + tail for text in close]
    close += CLAUSES[scene.arrangement]
    loose: list[str] = []
    if scene.arrangement not in ("single", "around"):  # two single things
        close += ONE
        loose += LOOSE
        loose += SIZED if scene.things[0].size else ()
    templates = close + loose
    weights = np.array([3.0] * len(close) + [1.0] * len(loose))
    order = rng.choice(len(templates), len(templates), replace=False, p=weights / weights.sum())
    return [templates[number] for number in order]


def _permuted(sentence: str, other: str) -> bool:
    """Whether two sentences are the same bag of words in different orders."""
    return sentence != other and Counter(tokens(sentence)) == Counter(tokens(other))
