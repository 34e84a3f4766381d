"""The command that serves a page to try a model on."""

from pathlib import Path
from typing import Annotated

import typer

from rnnfv.cli.models import Device, ModelFile, Weights, note_pictures, tell
from rnnfv.errors import InputError


def demo(
    model: ModelFile,
    images: Annotated[
        Path | None,
        typer.Option(
            help="For retrieval: a folder of images, or a vectors file that `rnnfv encode` made of "
            "one. Without it, the test images that the model was kept with."
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8000,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    device: Device = "auto",
    weights: Weights = None,
) -> None:
    """Serve a page to try a model on: drop a clip, or type a sentence. For this machine alone.

    Example: `rnnfv demo --model results/models/table2/mine/rnn-fv-idt-split1.rnnfv --open`
    """
    try:
        from rnnfv.demo.server import answers_of, create_app, serve
    except ImportError as error:
        advice = "pip install '.[demo]' in the clone"
        raise InputError(f"the page needs packages that are not installed: {advice}.") from error
    from rnnfv.models.encoding import look_up_images
    from rnnfv.models.inputs import load_model

    loaded, gallery = load_model(model), None
    if hasattr(loaded, "encode_images"):
        gallery, problems = look_up_images(loaded, model, images, device, weights)
        tell(problems)
        note_pictures(gallery.names or [])
    app = create_app(answers_of(loaded, gallery, device, weights))
    serve(app, port, on_start=typer.launch if open_page else None)
