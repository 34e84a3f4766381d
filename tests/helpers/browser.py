"""A real browser without a window, for pages that people look at."""

import contextlib
import shutil

import pytest


@contextlib.contextmanager
def open_page():
    """A page of Chromium, and the addresses that it asks for; skips where there is no browser."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        yield page, asked
        browser.close()
