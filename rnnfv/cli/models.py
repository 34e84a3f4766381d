"""Commands that use a model of a run: predict labels, encode, search and annotate."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from rnnfv.cli.output import AsJson, print_json, print_table, watched

ModelFile = Annotated[
    Path, typer.Option("--model", "-m", help="A model that a run kept, or that save() wrote.")
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")]
Weights = Annotated[
    list[str] | None,
    typer.Option(
        help="Weights of the feature network, where they are not where they were: FILE. Of several "
        "networks `NAME=FILE` each; of a mean file `NAME.mean=FILE`."
    ),
]
Top = Annotated[int, typer.Option(min=1, help="How many answers to show.")]


def predict(
    inputs: Annotated[
        list[str],
        typer.Argument(
            help="Videos, or sequences files (.h5). Of a model that takes several inputs, a file "
            "for each: `NAME=FILE.h5`."
        ),
    ],
    model: ModelFile,
    top: Top = 5,
    device: Device = "auto",
    weights: Weights = None,
    as_json: AsJson = False,
) -> None:
    """Predict the classes of videos: the best ones with their scores.

    A score is the SVM's decision value: above 0 the class is taken for right. It is no
    probability.

    Example: `rnnfv predict a.avi b.mp4 --model results/models/table2/mine/idt-split1.rnnfv`
    """
    from rnnfv.models.clips import elements_of
    from rnnfv.models.inputs import attempt, load_model

    loaded = load_model(model, "SequenceClassifier", "predict")
    found = elements_of(loaded, inputs, device, weights)
    best = attempt(found, lambda batch: loaded.predict_top(batch, top)[0])
    answers, problems = collected(watched(best, "predicting"))
    show("predictions", ("class", "score"), answers, problems, as_json)


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

    from rnnfv.arrays.provenance import file_sha256, provenance
    from rnnfv.arrays.vectors import write_vectors
    from rnnfv.data.files import keep_inputs
    from rnnfv.errors import InputError
    from rnnfv.models.encoding import vectors_of
    from rnnfv.models.inputs import load_model

    keep_inputs(out, [model, *inputs, *(weights or ())])
    loaded = load_model(model)
    found = vectors_of(loaded, inputs, device, weights)
    vectors, problems = collected(watched(found, "encoding"))
    if not vectors:
        tell(problems)
        raise InputError("nothing to encode.")
    ids, rows = list(vectors), [np.asarray(row, np.float32) for row in vectors.values()]
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
    from rnnfv.data.files import keep_inputs
    from rnnfv.models.encoding import look_up_images
    from rnnfv.models.inputs import load_model
    from rnnfv.reporting.answers import answers_html

    keep_inputs(page, [model, images, *(weights or ())])
    loaded = load_model(model, "ImageSentenceSpace", "search")
    loaded.images_, problems = look_up_images(loaded, model, images, device, weights)
    best, unknown = loaded.search(sentence, top), loaded.unknown_words(sentence)
    answers_html(sentence, best, page)
    if as_json:
        answers = [{"image": name, "score": score} for name, score in best]
        about = {"page": str(page), "unknown words": unknown, "problems": problems}
        print_json({"images": answers, **about})
    else:
        print_table(("image", "cosine"), best, title=sentence)
        print(f"\n{page}: the same with pictures")
    if unknown:
        print(f"Note: left out, as the model does not know: {', '.join(unknown)}.", file=sys.stderr)
    note_pictures(name for name, _ in best)
    if open_page:
        typer.launch(page.resolve().as_uri())
    finish(problems)


def annotate(
    image: Annotated[
        Path, typer.Argument(help="The image to describe, a folder of them, or a vectors file.")
    ],
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
    """Find the sentences that fit an image, or each of several.

    Example: `rnnfv annotate image.png --model results/models/table3/cca.rnnfv`
    """
    import numpy as np

    from rnnfv.errors import InputError
    from rnnfv.models.encoding import sentence_vectors
    from rnnfv.models.image_sentence_space import Gallery
    from rnnfv.models.inputs import attempt, image_features, load_model, sentences_in

    loaded = load_model(model, "ImageSentenceSpace", "annotate")
    unusable: dict[str, str] = {}
    if sentences:
        vectors, unusable = collected(sentence_vectors(loaded, sentences_in(sentences)))
        if not vectors:
            tell(unusable)
            raise InputError(f"{sentences}: no sentence can be used.")
        loaded.sentences_ = Gallery(list(vectors), np.stack(list(vectors.values())))
    found = image_features(loaded, [str(image)], device, weights)
    best = attempt(found, lambda features: loaded.annotate(features, top))
    answers, problems = collected(watched(best, "annotating"))
    show("annotations", ("sentence", "cosine"), answers, problems | unusable, as_json)


def collected(found: Iterable[tuple[str, Any, str]]) -> tuple[dict[str, Any], dict[str, str]]:
    """Answers and problems by name; of a name that comes again, the first is used."""
    answers: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, answer, problem in found:
        if name in answers:
            problems[name] = "this name comes more than once; only the first was used."
        elif answer is None:
            problems[name] = problem
        else:
            answers[name] = answer
    return answers, problems


def show(
    what: str,
    columns: tuple[str, str],
    answers: dict[str, Any],
    problems: dict[str, str],
    as_json: bool,
) -> None:
    """Print the best answers to each input, with their scores, and end the command.

    Args:
        what: the key of the answers in JSON.
        columns: headings of the answers and of their scores.
        answers: pairs of an answer and a score, best first, by input.
        problems: of the inputs that could not be used.
        as_json: whether to print JSON.
    """
    if as_json:
        rows = {
            name: [{columns[0]: str(answer), "score": score} for answer, score in best]
            for name, best in answers.items()
        }
        print_json({what: rows, "problems": problems})
    else:
        for name, best in answers.items():
            print_table(columns, best, title=name)
    finish(problems)


def note_pictures(names: Iterable[Any]) -> None:
    """Say so where none of the images has a file here."""
    if not any(os.path.isfile(str(name)) for name in names):
        advice = "Name their folder with --images, or run from the workflow's folder"
        print(f"Note: no picture was found, only names. {advice}.", file=sys.stderr)


def tell(problems: dict[str, str]) -> None:
    """One line for each input that could not be used."""
    for name, problem in problems.items():
        print(f"Error: {name}: {problem}", file=sys.stderr)


def finish(problems: dict[str, str]) -> None:
    """Tell the inputs that could not be used; if there are any, end with exit code 1."""
    tell(problems)
    if problems:
        raise typer.Exit(1)
