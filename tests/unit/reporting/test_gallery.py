"""The gallery of retrieval results: right answers, ranks, safe HTML, and what is refused."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from rnnfv.arrays.normalize import l2_normalize
from rnnfv.evaluation.ranks import ranks
from rnnfv.reporting.gallery import Gallery, find_files, gallery_html, small_picture


@pytest.fixture
def gallery(tmp_path):
    """Three images, two with a file; six sentences; those of image 1 and image 2 are confused."""
    for name, size in (("red.png", (400, 100)), ("grey.jpg", (50, 60))):
        Image.new("RGB", size, name.split(".")[0]).save(tmp_path / name)
    images = l2_normalize(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0.9, 0.5]]))
    sentences = images[[0, 0, 2, 2, 1, 1]]
    captions = [
        "a <script>alert(1)</script> & b",
        'quoted "words"',
        "costs $5 or $6",
        "third",
        "fourth " * 40,
        "fifth",
    ]
    names = ["red.png", "grey.jpg", "absent<b>.jpg"]
    return Gallery(
        images,
        sentences,
        np.array([0, 0, 1, 1, 2, 2]),
        names,
        captions,
        [tmp_path / name for name in names],
    )


def test_gallery_answers(gallery):
    first, second = gallery.answers("annotation", [0, 1], 3)
    assert (
        first.items.tolist() == [0, 1, 2]
        and first.right.tolist() == [True, True, False]
        and first.rank == 1
    )
    assert (
        second.items.tolist() == [4, 5, 2]
        and second.right.tolist() == [False, False, True]
        and second.rank == 3
    )
    (search,) = gallery.answers("search", [4], 2)
    assert (search.items.tolist(), search.right.tolist(), search.rank) == ([1, 2], [False, True], 2)
    assert [answers.query for answers in gallery.answers("search", None, 1)] == [0, 2, 3, 5]
    assert [answers.query for answers in gallery.answers("annotation", None, 1)] == [0, 1, 2]


def test_gallery_ranks_are_the_ranks_of_the_tables(rng):
    images, sentences, image_of = (
        rng.normal(size=(20, 4)),
        rng.normal(size=(60, 4)),
        rng.permutation(np.repeat(np.arange(20), 3)),
    )
    sentences[::3] = sentences[1]
    gallery = Gallery(images, sentences, image_of, ["x"] * 20, ["y"] * len(sentences))
    annotation = [answers.rank for answers in gallery.answers("annotation", range(20), 5)]
    search = [answers.rank for answers in gallery.answers("search", range(len(sentences)), 5)]
    found = ranks(images, sentences, image_of)
    assert annotation == found["annotation"].tolist()
    assert search == found["search"].tolist()


def test_gallery_html(gallery, tmp_path):
    path = tmp_path / "gallery.html"
    gallery_html(gallery, path, "Title & <more>")
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text and "a &lt;script&gt;alert(1)&lt;/script&gt; &amp; b" in text
    assert "<h1>Title &amp; &lt;more&gt;</h1>" in text and "absent&lt;b&gt;.jpg</span>" in text
    assert "quoted &quot;words&quot;" in text and not re.search(r"(src|href)=.(?!data:)", text)
    pictures = [
        Image.open(io.BytesIO(base64.b64decode(code)))
        for code in re.findall(r"base64,([^\"]+)", text)
    ]
    assert {picture.size for picture in pictures} == {(224, 56), (50, 60)}
    marked = re.findall(r'<li class="(\w+)">(.*)</li>', text)
    assert len(marked) == 3 * 5 + 4 * 3 and {kind for kind, _ in marked} == {"right", "other"}
    assert all(("\N{CHECK MARK} right" in content) == (kind == "right") for kind, content in marked)
    for tag in ("section", "ol", "li", "figure", "span", "p", "b"):
        assert len(re.findall(rf"<{tag}[ >]", text)) == text.count(f"</{tag}>")
    gallery_html(gallery, tmp_path / "again.html", "Title & <more>")
    assert (tmp_path / "again.html").read_bytes() == path.read_bytes()
    nameless = Gallery(
        gallery.images, gallery.sentences, gallery.image_of, gallery.names, gallery.captions
    )
    gallery_html(nameless, path, "T")
    assert (
        "base64" not in path.read_text() and '<span class="name">red.png</span>' in path.read_text()
    )


def test_a_broken_picture_stops_no_table(gallery, tmp_path, caplog):
    (tmp_path / "grey.jpg").write_bytes(b"not an image")
    gallery_html(gallery, tmp_path / "g.html", "T")
    assert (
        "grey.jpg" in (tmp_path / "g.html").read_text()
        and "grey.jpg: not a readable image" in caplog.text
    )


def test_find_files(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "both.png").write_bytes(b"x")
    (second / "b.png").write_bytes(b"x")
    paths = {"a": "both.png", "b": "b.png", "absent": "absent.png", "none": ""}
    found = find_files(paths, paths, [first, second])
    assert found == [first / "both.png", second / "b.png", None, None]


def test_pictures_that_could_do_harm_are_not_opened(tmp_path, monkeypatch, caplog):
    Image.new("RGB", (20, 20)).save(tmp_path / "a.eps")  # Pillow would start Ghostscript
    Image.new("RGB", (20, 20)).save(tmp_path / "b.png")
    assert small_picture(tmp_path / "a.eps") is None and "not an image in" in caplog.text
    assert small_picture(tmp_path / "b.png").size == (20, 20)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert small_picture(tmp_path / "b.png") is None
