"""Commands that use a model of a run: predict labels, encode, search and annotate."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rnnfv.cli.output import AsJson, print_json, print_table, watched

ModelFile = Annotated[
    Path, typer.Option("--model", "-m", help="A model that a run kept, or that save() wrote.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]
Weights = Annotated[
    Path | None,
    typer.Option(help="Weights of the feature network, where they are not where they were."),
]
Top = Annotated[int, typer.Option(min=1, help="How many answers to show.")]


def predict(
    inputs: Annotated[list[str], typer.Argument(help="Videos, or sequences files (.h5).")],
    model: ModelFile,
    top: Top = 5,
    device: Device = "auto",
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Predict the classes of videos: the best ones with their scores.

    A score is the SVM's decision value: above 0 the class is taken for right. It is no
    probability.

    Example: `rnnfv predict a.avi b.mp4 --model results/models/table1/mine.rnnfv`
    """
    from rnnfv.models.inputs import elements_of, load_kind

    loaded = load_kind(model, "SequenceClassifier", "predict")
    answers: dict[str, Any] = {}
    problems = {}
    found = elements_of(loaded, inputs, device, weights)
    for name, elements, problem in watched(found, "predicting"):
        if elements is None:
            problems[name] = problem
            continue
        [best] = loaded.predict_top([elements], top)
        answers[name] = [{"class": str(label), "score": score} for label, score in best]
    if as_json:
        print_json({"predictions": answers, "problems": problems})
    else:
        for name, best in answers.items():
            rows = [(one["class"], one["score"]) for one in best]
            print_table(("class", "score"), rows, title=name)
    finish(problems)


def encode(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Videos or sequences files; for retrieval images, folders of images, vectors "
            "files of image features, .txt files with a sentence a line, or sentences."
        ),
    ],
    model: ModelFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="The vectors file to write.")],
    device: Device = "auto",
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Write the vectors of videos, images or sentences to a vectors file (HDF5).

    Of videos they are what the SVM sees: the Fisher vector after PCA, power and L2. Of images and
    sentences they lie in the space that both share: inner products are cosines.

    Example: `rnnfv encode photos --model results/models/table3/cca.rnnfv --out photos.h5`
    """
    import numpy as np

    from rnnfv.arrays.hdf5 import file_sha256, provenance, write_vectors
    from rnnfv.errors import InputError
    from rnnfv.models.inputs import load_model, vectors_of

    loaded = load_model(model)
    ids, rows, problems = [], [], {}
    for name, row, problem in watched(vectors_of(loaded, inputs, device, weights), "encoding"):
        if row is None:
            problems[name] = problem
        else:
            ids.append(name)
            rows.append(np.asarray(row, np.float32))
    if not rows:
        finish(problems)
        raise InputError("nothing to encode.")
    made_by = provenance([], [], model=str(model), model_sha256=file_sha256(model))
    write_vectors(out, ids, iter([np.stack(rows)]), len(rows[0]), made_by)
    about = {"file": str(out), "items": len(ids), "dimensions": len(rows[0]), "problems": problems}
    if as_json:
        print_json(about)
    else:
        print(f"{out}: {len(ids)} vectors of {len(rows[0])} dimensions")
    finish(problems)


def search(
    sentence: Annotated[str, typer.Argument(help="What to look for, in words.")],
    model: ModelFile,
    images: Annotated[
        Path | None,
        typer.Option(
            help="A folder of images, or a vectors file that `rnnfv encode` made of one. Without "
            "it, the test images that the model was kept with."
        ),
    ] = None,
    top: Top = 10,
    page: Annotated[Path, typer.Option(help="The page to write.")] = Path("search.html"),
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in a browser.")] = False,
    device: Device = "auto",
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Find the images that fit a sentence: a list here, and a page with the pictures.

    Words that the model does not know are left out.

    Example: `rnnfv search "a red circle" --model results/models/table3/cca.rnnfv --images photos`
    """
    from rnnfv.models.inputs import load_kind, look_up_images
    from rnnfv.reporting.answers import answers_html

    loaded = load_kind(model, "ImageSentenceSpace", "search")
    loaded.images_, problems = look_up_images(loaded, model, images, device, weights)
    best = loaded.search(sentence, top)
    answers_html(sentence, best, page)
    if as_json:
        answers = [{"image": name, "score": score} for name, score in best]
        print_json({"images": answers, "page": str(page), "problems": problems})
    else:
        print_table(("image", "cosine"), best, title=sentence)
        print(f"\n{page}: the same with pictures")
    if open_page:
        typer.launch(page.resolve().as_uri())
    finish(problems)


def annotate(
    image: Annotated[Path, typer.Argument(help="The image to describe.")],
    model: ModelFile,
    sentences: Annotated[
        Path | None,
        typer.Option(
            help="A text file with a sentence a line to choose from. Without it, the test "
            "sentences that the model was kept with."
        ),
    ] = None,
    top: Top = 5,
    device: Device = "auto",
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Find the sentences that fit an image.

    Example: `rnnfv annotate image.png --model results/models/table3/cca.rnnfv`
    """
    from rnnfv.models.inputs import image_features, load_kind, sentences_in

    loaded = load_kind(model, "ImageSentenceSpace", "annotate")
    [(name, features, problem)] = image_features(loaded, [str(image)], device, weights)
    if features is None:
        finish({name: problem})
    given = sentences_in(sentences) if sentences else None
    best = loaded.annotate(features, top, given)
    if as_json:
        print_json({"sentences": [{"sentence": text, "score": score} for text, score in best]})
    else:
        print_table(("sentence", "cosine"), best, title=str(image))


def tell(problems: dict[str, str]) -> None:
    """One line for each input that could not be used."""
    for name, problem in problems.items():
        print(f"Error: {name}: {problem}", file=sys.stderr)


def finish(problems: dict[str, str]) -> None:
    """Tell the inputs that could not be used; if there are any, end with exit code 1."""
    tell(problems)
    if problems:
        raise typer.Exit(1)
