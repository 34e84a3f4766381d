"""What retrieval found, to look at: the best sentences of a few images and the best images of a few sentences.

One self-contained HTML file, for a browser, and the same as a PNG, for a report. Right answers carry a tick and a colour,
since colour alone is lost on some readers and printers.
"""

from __future__ import annotations

import base64
import io
import logging
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from rnnfv.arrays.hdf5 import atomic_path
from rnnfv.errors import InputError
from rnnfv.evaluation.retrieval import nearest

log = logging.getLogger(__name__)

TICK, THUMBNAIL = "\N{CHECK MARK}", 224  # pixels, the longer side
RIGHT_COLOUR = "#1f8b3f"

STYLE = f"""
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }}
h1 {{ font-size: 1.5rem }} h2 {{ font-size: 1.15rem; margin-top: 2.5rem }}
section {{ display: flex; flex-wrap: wrap; gap: .6rem 1.5rem; padding: 1rem 0; border-top: 1px solid #8886 }}
section > ol {{ flex: 1 1 22rem; margin: 0; padding-left: 1.6rem }}
section > p {{ flex: 1 0 100%; margin: 0 }} section > p.asked {{ font-size: 1.1rem }}
figure {{ margin: 0; width: 11rem }}
img, .name {{ display: flex; width: 100%; aspect-ratio: 1; object-fit: contain; background: #8882; border-radius: 4px }}
.name {{ align-items: center; justify-content: center; text-align: center; font-size: .85rem; overflow-wrap: anywhere }}
figcaption, .note, .score {{ font-size: .85rem; opacity: .8; overflow-wrap: anywhere }}
li {{ margin: .3rem 0; padding: .15rem .6rem; border-left: 4px solid #8884 }}
li.right {{ border-color: {RIGHT_COLOUR}; background: {RIGHT_COLOUR}30 }} li b {{ white-space: nowrap }}
section > ol.images {{ display: flex; flex-wrap: wrap; gap: .8rem; padding: 0; list-style: none }}
ol.images > li {{ width: 10.5rem; margin: 0; padding: .4rem; border: 3px solid #8884; border-radius: 6px }}
ol.images > li.right {{ border-color: {RIGHT_COLOUR} }}
""".strip()


@dataclass(frozen=True)
class Answers:
    """The best answers to one query.

    Attributes:
        query: the number of the image or sentence that asks.
        items: (k,) numbers of the best answers, best first.
        scores: (k,) their scores.
        right: (k,) whether each is right.
        rank: of the first right answer, ties pessimistic; it may be beyond k.
    """

    query: int
    items: np.ndarray
    scores: np.ndarray
    right: np.ndarray
    rank: int


@dataclass(frozen=True)
class Gallery:
    """A test set in a common space with what is needed to show it.

    Attributes:
        images: (m, d) float vectors, inner products with ``sentences`` (n, d) being scores.
        sentences: (n, d) float vectors.
        image_of: (n,) int, the image of every sentence.
        names: m file names of images.
        captions: n sentences as text.
        files: m paths of image files, or None for all; where one is None or absent, the name is shown instead.
    """

    images: np.ndarray
    sentences: np.ndarray
    image_of: np.ndarray
    names: Sequence[str]
    captions: Sequence[str]
    files: Sequence[str | Path | None] | None = None

    def answers(self, task: str, queries: Sequence[int] | None, k: int) -> list[Answers]:
        """The best k answers to each query: numbers of images for ``annotation``, of sentences for ``search``.

        Without ``queries`` four, evenly spread over the test set: nobody picked them.

        Raises:
            InputError: names or captions do not fit the vectors; a query does not exist; NaN or infinity.
        """
        if self.files is not None and len(self.files) != len(self.names):
            raise InputError(
                f"gallery: {len(self.files)} files for {len(self.names)} images; give each a path or None."
            )
        if (len(self.images), len(self.sentences)) != (len(self.names), len(self.captions)):
            raise InputError(
                f"gallery: {len(self.images)} images with {len(self.names)} names, "
                f"{len(self.sentences)} sentences with {len(self.captions)} captions; every vector needs its own."
            )
        askers, answers = len(self.names), len(self.captions)
        if task == "search":
            askers, answers = answers, askers
        if queries is None:
            queries = sorted({(2 * i + 1) * askers // 8 for i in range(4)})
        found = []
        # All the answers in order, since the rank of the first right one is shown too.
        everything = nearest(self.images, self.sentences, queries, task, k=answers)
        for query, items, scores in zip(queries, *everything, strict=True):
            right = (
                self.image_of[items] == query
                if task == "annotation"
                else items == self.image_of[query]
            )
            if not right.any():
                raise InputError(
                    f"gallery: {task} query {query} has no right answer; every image needs a sentence."
                )
            rank = 1 + int((~right & (scores >= scores[right].max())).sum())
            found.append(Answers(int(query), items[:k], scores[:k], right[:k], rank))
        return found

    def picture(self, i: int) -> Any:
        """Image i as a small PIL image in RGB, or None where there is no file.

        Raises:
            InputError: the file is there but is not an image.
        """
        path = self.files[i] if self.files is not None else None
        if path is None or not Path(path).is_file():
            return None
        from PIL import Image, ImageOps

        try:
            with Image.open(path) as image:
                small = ImageOps.exif_transpose(image).convert("RGB")
        except (
            OSError,
            SyntaxError,
        ) as error:  # pictures illustrate: a broken one must not stop a table
            log.warning("%s: not a readable image (%s); its name is shown instead", path, error)
            return None
        small.thumbnail((THUMBNAIL, THUMBNAIL))
        return small


def gallery_html(
    gallery: Gallery,
    path: str | Path,
    title: str,
    note: str = "",
    *,
    image_queries: Sequence[int] | None = None,
    sentence_queries: Sequence[int] | None = None,
    k: int = 5,
) -> None:
    """Write the gallery as one HTML file: thumbnails inside, no script, light or dark as the reader's screen is.

    Args:
        gallery: the test set.
        path: the file; the same gallery gives the same bytes.
        title: what was evaluated, in words.
        note: a line below the title.
        image_queries: numbers of images to show with their best sentences; None: four, evenly spread.
        sentence_queries: numbers of sentences to show with their best images; None: four, evenly spread.
        k: answers per query.

    Raises:
        InputError: names or captions do not fit the vectors, a query does not exist, an image file is broken; NaN or
            infinity.
    """
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}\n</style></head>\n<body>\n<h1>{escape(title)}</h1>",
        *([f"<p>{escape(note)}</p>"] if note else []),
        f'<p class="note">{escape(_legend())}</p>',
        f"<h2>Annotation: the {k} best sentences of an image</h2>",
    ]
    for answers in gallery.answers("annotation", image_queries, k):
        parts.append(f"<section>\n<figure>{_html_picture(gallery, answers.query)}")
        parts.append(
            f"<figcaption>{escape(gallery.names[answers.query])}<br>{_rank_note(answers)}</figcaption></figure>\n<ol>"
        )
        for item, score, right in zip(answers.items, answers.scores, answers.right, strict=True):
            parts.append(_html_answer(escape(gallery.captions[item]), score, right))
        parts.append("</ol>\n</section>")
    parts.append(f"<h2>Search: the {k} best images of a sentence</h2>")
    for answers in gallery.answers("search", sentence_queries, k):
        parts.append(f'<section>\n<p class="asked">{escape(gallery.captions[answers.query])}</p>')
        parts.append(f'<p class="note">{_rank_note(answers)}</p>\n<ol class="images">')
        for item, score, right in zip(answers.items, answers.scores, answers.right, strict=True):
            parts.append(_html_answer(_html_picture(gallery, int(item)), score, right))
        parts.append("</ol>\n</section>")
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join([*parts, "</body></html>"]) + "\n", encoding="utf-8")


def gallery_png(
    gallery: Gallery,
    path: str | Path,
    title: str,
    note: str = "",
    *,
    image_queries: Sequence[int] | None = None,
    sentence_queries: Sequence[int] | None = None,
    k: int = 5,
) -> None:
    """The same as :func:`gallery_html`, arguments and errors too, as one PNG."""
    from rnnfv.reporting.plots import _save, plt

    annotation, search = (
        gallery.answers("annotation", image_queries, k),
        gallery.answers("search", sentence_queries, k),
    )
    side, left, width = 1.75, 0.35, max(11.0, 0.7 + 2.05 * k)  # inches, as all lengths below
    image_row = max(side + 0.45, 0.45 + 0.36 * k)
    height = 1.8 + len(annotation) * image_row + len(search) * (side + 0.95) + 0.2
    figure = plt.figure(figsize=(width, height))

    def write(x: float, y: float, text: str, **style: Any) -> None:
        figure.text(x / width, 1 - y / height, text, parse_math=False, va="top", **style)

    def show(x: float, y: float, i: int, colour: str, line: float) -> None:
        axis = figure.add_axes(
            (x / width, 1 - (y + side) / height, side / width, side / height), xticks=[], yticks=[]
        )
        axis.set_facecolor("#eeeeee")
        axis.spines[:].set(color=colour, linewidth=line)
        picture = gallery.picture(i)
        if picture is None:
            name = "\n".join(textwrap.wrap(gallery.names[i], 20))
            axis.text(
                0.5,
                0.5,
                name,
                ha="center",
                va="center",
                fontsize=8,
                transform=axis.transAxes,
                parse_math=False,
            )
        else:
            across, down = picture.size
            axis.imshow(picture, extent=(0, across, down, 0), aspect="equal")
            axis.set(
                xlim=_centred(across, max(picture.size)),
                ylim=_centred(down, max(picture.size))[::-1],
            )

    write(left, 0.25, title, fontsize=15, weight="bold")
    write(left, 0.62, "  ".join(filter(None, (note, _legend()))), fontsize=9, color="#444444")
    top = 1.1
    write(left, top, f"Annotation: the {k} best sentences of an image", fontsize=12, weight="bold")
    top += 0.35
    for answers in annotation:
        show(left, top, answers.query, "#888888", 0.8)
        x = left + side + 0.3
        write(
            x,
            top,
            f"{gallery.names[answers.query]}: {_rank_note(answers)}",
            fontsize=8,
            color="#444444",
        )
        for line, (item, score, right) in enumerate(
            zip(answers.items, answers.scores, answers.right, strict=True)
        ):
            caption = textwrap.shorten(
                gallery.captions[item], int(11.5 * (width - x - 1.1)), placeholder=" ..."
            )
            style = {"color": RIGHT_COLOUR, "weight": "bold"} if right else {"color": "#333333"}
            write(x, top + 0.28 + 0.3 * line, TICK if right else "", fontsize=11, **style)
            write(
                x + 0.25, top + 0.28 + 0.3 * line, f"{score:.2f}   {caption}", fontsize=10, **style
            )
        top += image_row
    write(left, top, f"Search: the {k} best images of a sentence", fontsize=12, weight="bold")
    top += 0.35
    for answers in search:
        caption = textwrap.shorten(
            gallery.captions[answers.query], int(10 * (width - 1)), placeholder=" ..."
        )
        write(left, top, caption, fontsize=11)
        write(left, top + 0.23, _rank_note(answers), fontsize=8, color="#444444")
        for place, (item, score, right) in enumerate(
            zip(answers.items, answers.scores, answers.right, strict=True)
        ):
            x = left + place * 2.05
            show(
                x, top + 0.45, int(item), RIGHT_COLOUR if right else "#bbbbbb", 4 if right else 0.8
            )
            style = {"color": RIGHT_COLOUR, "weight": "bold"} if right else {"color": "#333333"}
            write(
                x,
                top + 0.5 + side,
                f"{TICK} right  {score:.2f}" if right else f"{score:.2f}",
                fontsize=9,
                **style,
            )
        top += side + 0.95
    _save(figure, path)


def _centred(size: int, longest: int) -> tuple[float, float]:
    return (size - longest) / 2, (size + longest) / 2


def _legend() -> str:
    return f"{TICK} and green: a right answer. Numbers: cosine similarity. Best first."


def _rank_note(answers: Answers) -> str:
    return f"first right answer at rank {answers.rank:,}"


def _html_answer(content: str, score: float, right: bool) -> str:
    mark = f" <b>{TICK} right</b>" if right else ""
    kind = "right" if right else "other"
    return f'<li class="{kind}">{content} <span class="score">{score:.2f}</span>{mark}</li>'


def _html_picture(gallery: Gallery, i: int) -> str:
    picture, name = gallery.picture(i), escape(gallery.names[i])
    if picture is None:
        return f'<span class="name">{name}</span>'
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=85)
    code = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img src="data:image/jpeg;base64,{code}" alt="{name}" title="{name}">'
