"""A gallery of retrieval results: best sentences of a few images, best images of a few sentences.

One self-contained HTML file for a browser. Right answers carry a tick and a colour, since colour
alone is lost on some readers and printers.
"""

import base64
import io
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from rnnfv.arrays.writing import atomic_path
from rnnfv.data.files import file_problem, on_disk
from rnnfv.evaluation.ranks import TIE
from rnnfv.evaluation.similarity import nearest
from rnnfv.features.media.images import read_image
from rnnfv.reporting.pages import html_escape, page

log = logging.getLogger(__name__)

TICK, THUMBNAIL = "\N{CHECK MARK}", 224  # pixels, the longer side
SHOWN = 5  # answers to a query
LEGEND = f"{TICK} and green: a right answer. Numbers: cosine similarity. Best first."


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
        files: m paths of image files, or None for all. Where one is None or absent, the name is
            shown instead.
    """

    images: np.ndarray
    sentences: np.ndarray
    image_of: np.ndarray
    names: Sequence[str]
    captions: Sequence[str]
    files: Sequence[str | Path | None] | None = None

    def answers(self, task: str, queries: Sequence[int] | None, k: int) -> list[Answers]:
        """The best k answers to each query.

        Args:
            task: ``annotation`` or ``search``.
            queries: numbers of images for ``annotation``, of sentences for ``search``. None: four,
                evenly spread over the test set, so that nobody picked them.
            k: answers per query.

        Raises:
            InputError: NaN or infinity.
        """
        annotation, m, n = task == "annotation", len(self.names), len(self.captions)
        if queries is None:
            queries = sorted({(2 * i + 1) * (m if annotation else n) // 8 for i in range(4)})
        found = []
        # All the answers in order, since the rank of the first right one is shown too.
        k_all = n if annotation else m
        everything = nearest(self.images, self.sentences, queries, task, k=k_all)
        for query, items, scores in zip(queries, *everything, strict=True):
            asked = query if annotation else self.image_of[query]
            right = (self.image_of[items] if annotation else items) == asked
            rank = 1 + int((~right & (scores >= scores[right].max() - TIE)).sum())
            found.append(Answers(int(query), items[:k], scores[:k], right[:k], rank))
        return found

    def picture(self, i: int) -> Any:
        """Image i as a small PIL image in RGB, or None where no file can be read."""
        return small_picture(self.files[i] if self.files else None)


def small_picture(path: str | Path | None) -> Any:
    """The image in a file as a small PIL image in RGB, or None where none can be read."""
    if path is None or not os.path.isfile(path):
        return None
    picture = read_image(path)
    if picture.problem:
        # Pictures illustrate: a broken one must not stop a table.
        what = "not a readable image"
        log.warning("%s: %s (%s); its name is shown instead", path, what, picture.problem)
        return None
    small = Image.fromarray(picture.pixels)
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return small


def find_files(
    names: Iterable[str], paths: Mapping[str, str], folders: Sequence[str | Path]
) -> list[Path | None]:
    """The file of every image, or None where no folder has it.

    Args:
        names: of the images.
        paths: image to path inside a folder, "" where there is none.
        folders: in the order in which they are searched.
    """
    files = [paths[name] for name in names]
    places = [[on_disk(Path(folder) / file) for folder in folders if file] for file in files]
    return [next((path for path in found if not file_problem(path)), None) for found in places]


def gallery_html(gallery: Gallery, path: str | Path, title: str) -> None:
    """Write the gallery as one HTML file: thumbnails inside, no script, light or dark.

    Args:
        gallery: the test set.
        path: the file; the same gallery gives the same bytes.
        title: what was evaluated, in words.

    Raises:
        InputError: NaN or infinity.
    """
    parts = [
        f'<p class="note">{LEGEND}</p>',
        f"<h2>Annotation: the {SHOWN} best sentences of an image</h2>",
    ]
    for answers in gallery.answers("annotation", None, SHOWN):
        name = html_escape(gallery.names[answers.query])
        captions = [html_escape(gallery.captions[item]) for item in answers.items]
        parts += [
            f"<section>\n<figure>{_html_picture(gallery, answers.query)}",
            f"<figcaption>{name}<br>{_rank(answers)}</figcaption></figure>",
            f"<ol>\n{_html_list(answers, captions)}\n</ol>\n</section>",
        ]
    parts.append(f"<h2>Search: the {SHOWN} best images of a sentence</h2>")
    for answers in gallery.answers("search", None, SHOWN):
        pictures = [_html_picture(gallery, item) for item in answers.items]
        parts += [
            f'<section>\n<p class="asked">{html_escape(gallery.captions[answers.query])}</p>',
            f'<p class="note">{_rank(answers)}</p>',
            f'<ol class="images">\n{_html_list(answers, pictures)}\n</ol>\n</section>',
        ]
    with atomic_path(path) as temporary:
        temporary.write_text(page(title, parts), encoding="utf-8")


def _rank(answers: Answers) -> str:
    return f"first right answer at rank {answers.rank:,}"


def _html_list(answers: Answers, contents: Sequence[str]) -> str:
    lines = []
    for content, score, right in zip(contents, answers.scores, answers.right, strict=True):
        kind, mark = ("right", f" <b>{TICK} right</b>") if right else ("other", "")
        told = f'{content} <span class="score">{score:.2f}</span>{mark}'
        lines.append(f'<li class="{kind}">{told}</li>')
    return "\n".join(lines)


def _html_picture(gallery: Gallery, i: int) -> str:
    return html_picture(gallery.picture(i), gallery.names[i])


def html_picture(picture: Any, name: str) -> str:
    """A PIL image inside of the page, or its name where there is none."""
    name = html_escape(name)
    if picture is None:
        return f'<span class="name">{name}</span>'
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=85)
    code = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img src="data:image/jpeg;base64,{code}" alt="{name}" title="{name}">'
