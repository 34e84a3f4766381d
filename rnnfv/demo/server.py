"""The server of the page: it takes a clip or a sentence, and answers in JSON.

It listens on the loopback interface, and answers only to requests that name it, so that no page
of another site can use it through the browser.
"""

import base64
import io
import re
import socket
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from rnnfv.errors import InputError
from rnnfv.features.media.video import read_video
from rnnfv.models.clips import ClipInputs
from rnnfv.models.image_sentence_space import Gallery
from rnnfv.models.sequence_classifier import SequenceClassifier
from rnnfv.reporting.gallery import small_picture

PAGE = Path(__file__).parent / "static"
LOOPBACK = "127.0.0.1"
MOST_BYTES = 200 * 2**20
"""The largest clip that may be dropped."""
SHOWN_FRAMES, FRAME_SIDE, BEST, IMAGES = 6, 180, 5, 12


class Actions:
    """Answers to clips.

    Args:
        model: a :class:`~rnnfv.SequenceClassifier` that knows how its inputs are made of videos.
        device: see :class:`~rnnfv.models.clips.ClipInputs`, as is
        weights: of the networks.
    """

    def __init__(self, model: Any, device: str = "auto", weights: Sequence[str] | None = None):
        self.model, self.read = model, ClipInputs(model, device, weights).of_videos()
        classes = [str(label) for label in model.classes_]
        self.about: dict[str, Any] = {"kind": "actions", "classes": classes}

    def predict(self, path: Path) -> dict[str, Any]:
        """Frames of a clip, and the best classes with their scores.

        Raises:
            InputError: the clip cannot be used.
        """
        _, batch, problem = self.read(str(path))
        if batch is None:
            raise InputError(problem.replace(str(path), "").strip(" :"))
        [best] = self.model.predict_top(batch, len(self.model.classes_))
        scores = [score for _, score in best]
        spread = (scores[0] - scores[-1]) or 1.0
        classes = [
            {"class": str(label), "score": score, "share": (score - scores[-1]) / spread}
            for label, score in best[:BEST]
        ]
        frames = read_video(path, short_side=FRAME_SIDE).frames
        chosen = np.linspace(0, len(frames) - 1, min(SHOWN_FRAMES, len(frames))).round().astype(int)
        return {"classes": classes, "frames": [_data_url(frames[i]) for i in chosen]}


class Retrieval:
    """Answers to sentences.

    Args:
        model: an :class:`~rnnfv.ImageSentenceSpace`.
        gallery: the images to search among.
    """

    def __init__(self, model: Any, gallery: Gallery):
        self.model, self.names = model, [str(gallery.item(i)) for i in range(len(gallery.vectors))]
        model.images_ = Gallery([str(i) for i in range(len(self.names))], gallery.vectors)
        own = model.sentences_
        examples = list(own.names[:: max(1, len(own.names) // 3)][:3]) if own and own.names else []
        self.about: dict[str, Any] = {"kind": "retrieval", "images": len(self.names)}
        self.about["examples"] = [str(text) for text in examples]

    def search(self, sentence: str) -> dict[str, Any]:
        """The best images of a sentence.

        Raises:
            InputError: no word of it is known.
        """
        if not sentence.strip():
            raise InputError("write what the image shows.")
        best = self.model.search(sentence, IMAGES)
        found = [
            {"name": Path(self.names[int(i)]).name, "url": f"image/{i}", "score": score}
            for i, score in best
        ]
        return {"images": found, "unknown": self.model.unknown_words(sentence)}


def create_app(answers: Actions | Retrieval) -> Starlette:
    """The application: the page, its style and script, and the answers."""

    async def about(request: Request) -> Response:
        return JSONResponse(answers.about)

    async def search(request: Request) -> Response:
        assert isinstance(answers, Retrieval)
        return await _answered(answers.search, request.query_params.get("sentence", ""))

    async def image(request: Request) -> Response:
        assert isinstance(answers, Retrieval)
        number = request.path_params["number"]
        name = answers.names[number] if number < len(answers.names) else None
        picture = await run_in_threadpool(small_picture, name)
        return Response(status_code=404) if picture is None else _jpeg(picture)

    async def predict(request: Request) -> Response:
        assert isinstance(answers, Actions)
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers["host"]:
            return _problem("Another site's page has sent this.", 403)
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            return _problem(f"The clip is larger than {MOST_BYTES // 2**20} MB.")
        async with request.form(max_files=1) as form:
            clip = form.get("clip")
            if clip is None or isinstance(clip, str):
                return _problem("No clip came with the request.")
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "clip" + _suffix(clip.filename or ""))
                with open(path, "wb") as file:
                    while block := await clip.read(2**20):
                        file.write(block)
                return await _answered(answers.predict, path)

    routes: list[BaseRoute] = [Route("/about", about)]
    if isinstance(answers, Actions):
        routes.append(Route("/predict", predict, methods=["POST"]))
    else:
        routes += [Route("/search", search), Route("/image/{number:int}", image)]
    routes.append(Mount("/", StaticFiles(directory=PAGE, html=True)))
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])
    return Starlette(routes=routes, middleware=[hosts])


def _suffix(name: str) -> str:
    """The ending of an uploaded file's name, if it is an ordinary one."""
    found = re.search(r"\.\w{1,8}$", name, re.ASCII)
    return found[0] if found else ""


def answers_of(
    model: Any,
    gallery: Gallery | None = None,
    device: str = "auto",
    weights: Sequence[str] | None = None,
) -> Actions | Retrieval:
    """The answers of a model.

    Args:
        model: of either kind.
        gallery: the images to search among, for retrieval.
        device: ``auto`` or a torch device, for the network of frames.
        weights: of that network, where they are not where they were.
    """
    if isinstance(model, SequenceClassifier):
        return Actions(model, device, weights)
    assert gallery is not None
    return Retrieval(model, gallery)


def serve(app: Starlette, port: int, on_start: Callable[[str], Any] | None = None) -> None:
    """Serve until the process is interrupted.

    Args:
        app: of :func:`create_app`.
        port: of this machine; 0 takes a free one.
        on_start: called with the page's address.

    Raises:
        InputError: the port is taken.
    """
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except OSError as error:
        problem = f"port {port} cannot be used ({error.strerror})"
        raise InputError(f"{problem}. Give another: --port 8001.") from error
    address = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
    print(f"{address}  (Ctrl+C ends it)", flush=True)
    if on_start:
        on_start(address)
    config = uvicorn.Config(app, log_level="warning")
    uvicorn.Server(config).run(sockets=[listening])


async def _answered(answer: Callable[[Any], dict[str, Any]], asked: Any) -> Response:
    try:
        return JSONResponse(await run_in_threadpool(answer, asked))
    except InputError as error:
        return _problem(str(error))


def _problem(text: str, status: int = 400) -> Response:
    return JSONResponse({"problem": text[:1].upper() + text[1:]}, status_code=status)


def _jpeg(picture: Image.Image) -> Response:
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=88)
    return Response(buffer.getvalue(), media_type="image/jpeg")


def _data_url(pixels: np.ndarray) -> str:
    code = base64.b64encode(_jpeg(Image.fromarray(pixels)).body).decode("ascii")
    return f"data:image/jpeg;base64,{code}"
