"""A page of the images that fit a sentence: one HTML file, with the pictures inside."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from rnnfv.arrays.writing import atomic_path
from rnnfv.reporting.gallery import STYLE, html_picture, small_picture


def answers_html(sentence: str, best: Sequence[tuple[str, float]], path: str | Path) -> None:
    """Write the page.

    Args:
        sentence: that was asked for.
        best: files of images, or their names, with cosines, best first.
        path: of the page.
    """
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(sentence)}</title>\n<style>\n{STYLE}\n</style></head>",
        f'<body>\n<h1>{escape(sentence)}</h1>\n<p class="note">Best first; cosine similarity.</p>',
        '<section>\n<ol class="images">',
    ]
    for name, score in best:
        picture = html_picture(small_picture(name), Path(name).name)
        parts.append(f'<li>{picture} <span class="score">{score:.2f}</span></li>')
    with atomic_path(path) as temporary:
        temporary.write_text("\n".join([*parts, "</ol>\n</section></body></html>\n"]), "utf-8")
