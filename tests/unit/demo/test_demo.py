"""The page in a real browser: type, click, drop a clip, see answers; what is wrong is said."""

import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.small_models import action_model, retrieval_model, write_clips, write_images

import rnnfv

CHROMIUM = Path("/usr/bin/chromium")
uvicorn = pytest.importorskip("uvicorn", reason="the extra demo is not installed")


@contextmanager
def served(model, gallery=None):
    """The page of a model, in a thread; yields its address."""
    from rnnfv.demo.server import answers_of, create_app

    config = uvicorn.Config(create_app(answers_of(model, gallery)), port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        options = {"executable_path": CHROMIUM} if CHROMIUM.exists() else {}
        try:
            started = playwright.chromium.launch(args=["--no-sandbox"], **options)
        except sync_api.Error as error:
            pytest.skip(f"no Chromium: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture
def page(browser):
    opened = browser.new_page(viewport={"width": 1000, "height": 720})
    problems = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    yield opened
    opened.close()
    assert not problems


def test_a_sentence_finds_images(page, tmp_path):
    images = write_images(tmp_path / "images")
    model = rnnfv.load(retrieval_model(tmp_path / "m.rnnfv", images))
    with served(model, model.images_) as address:
        page.goto(address)
        page.get_by_role("searchbox").fill("a green thing")
        page.get_by_role("button", name="Search").click()
        page.wait_for_selector("figure")
        names = [
            caption.inner_text()
            for caption in page.query_selector_all("figcaption span:first-child")
        ]
        assert names[0] == "green.png" and len(names) == 3
        assert page.inner_text("#message") == "Left out, as the model does not know: a, thing."
        page.wait_for_function("document.querySelector('figure img').naturalWidth > 0")
        page.get_by_role("searchbox").fill("zyzzyva")
        page.keyboard.press("Enter")
        page.wait_for_function("document.getElementById('message').textContent.includes('zyzzyva')")
        assert page.query_selector("figure") is None
        page.get_by_role("button", name="a red picture").click()
        page.wait_for_selector("figure")
        assert page.query_selector("figcaption span").inner_text() == "red.png"
        page.get_by_role("searchbox").fill("  ")
        page.keyboard.press("Enter")
        page.wait_for_function("document.getElementById('message').textContent.startsWith('Write')")


def test_a_dropped_clip_shows_frames_and_classes(page, tmp_path):
    clips = write_clips(tmp_path / "clips")
    model = rnnfv.load(action_model(clips, tmp_path / "m.rnnfv"))
    with served(model) as address:
        page.goto(address)
        page.wait_for_selector("#drop:not([hidden])")
        page.set_input_files("#clip", clips[2])
        page.wait_for_selector(".bars li")
        names = [item.inner_text() for item in page.query_selector_all(".bars span:first-child")]
        assert names[0] == clips[2].stem and len(names) == 4
        widths = [bar.bounding_box()["width"] for bar in page.query_selector_all(".bar")]
        assert min(widths) > 100
        assert len(page.query_selector_all(".frames img")) == 6
        page.wait_for_function("document.querySelector('.frames img').naturalWidth > 0")
        (tmp_path / "notes.avi").write_text("this is no video")
        page.set_input_files("#clip", tmp_path / "notes.avi")
        page.wait_for_function(
            "document.getElementById('message').textContent.startsWith('Unread')"
        )
        assert page.query_selector(".bars li") is None


def test_only_this_machine_is_answered(tmp_path):
    model = rnnfv.load(retrieval_model(tmp_path / "m.rnnfv", write_images(tmp_path / "images")))
    with served(model, model.images_) as address:
        assert urllib.request.urlopen(f"{address}/about").status == 200
        foreign = urllib.request.Request(f"{address}/about", headers={"Host": "example.org"})
        for request in (foreign, f"{address}/image/99", f"{address}/../server.py"):
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(request)
