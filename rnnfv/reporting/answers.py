"""A page of the images that fit a sentence: one HTML file, with the pictures inside."""

from collections.abc import Sequence
from pathlib import Path

from rnnfv.arrays.writing import atomic_path
from rnnfv.reporting.gallery import html_picture, small_picture
from rnnfv.reporting.pages import page


def answers_html(sentence: str, best: Sequence[tuple[str, float]], path: str | Path) -> None:
    """Write the page.

    Args:
        sentence: that was asked for.
        best: files of images, or their names, with cosines, best first.
        path: of the page.
    """
    parts = ['<p class="note">Best first; cosine similarity.</p>', "<section>"]
    parts.append('<ol class="images">')
    for name, score in best:
        picture = html_picture(small_picture(name), Path(name).name)
        parts.append(f'<li>{picture} <span class="score">{score:.2f}</span></li>')
    with atomic_path(path) as temporary:
        temporary.write_text(page(sentence, [*parts, "</ol>\n</section>"]), encoding="utf-8")
