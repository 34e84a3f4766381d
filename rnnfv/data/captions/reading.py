"""One door to every caption format: what a file holds is seen from the file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from rnnfv.data.captions.coco import coco_captions
from rnnfv.data.captions.flickr import read_lists, read_split_csv, read_tokens
from rnnfv.data.captions.joining import Captions, join_captions, join_splits
from rnnfv.data.captions.karpathy import karpathy_captions, karpathy_splits
from rnnfv.data.captions.table import SPLITS, CaptionSet
from rnnfv.data.text_files import read_json
from rnnfv.errors import InputError


def read_captions(
    captions: str | Path | Sequence[str | Path],
    splits: str | Path | Mapping[str, str | Path] | None = None,
    per_image: int | None = 5,
    restval_as_train: bool = True,
) -> CaptionSet:
    """Read a caption data set.

    ===================  ============================================  ===========================
    data set             ``captions``                                  ``splits``
    ===================  ============================================  ===========================
    Flickr8k, Flickr30k  token file, ``image.jpg#k<TAB>caption``       lists, CSV or Karpathy file
    your own             token file                                    lists, CSV or Karpathy file
    any of the three     Karpathy file, ``dataset_*.json``             none: it has its own
    COCO                 ``captions_train2014.json`` and ``_val2014``  Karpathy file, lists or CSV
    ===================  ============================================  ===========================

    Lists are a mapping ``{"train": path, "val": path, "test": path}``, ``val`` optional, of files
    with one image name a line; COCO's may give image numbers, and endings such as ``.jpg`` may be
    absent. A CSV has the columns ``image`` and ``split`` and perhaps ``path``. Other files are told
    apart by their ending, ``.json`` and ``.csv``, and JSON by what is in it. Images come in the
    order of the splits, captions in that of their file (COCO: of annotation ids).

    An image in two splits, and a listed image without captions, are errors. Images in no split are
    left out; the result's ``notes`` count them, captions beyond ``per_image``, images with fewer,
    and empty captions.

    Args:
        captions: the file; several token files or several COCO files are taken as one.
        splits: where it says which image is in which split.
        per_image: captions to keep of each image, the first ones; None keeps all. COCO has images
            with 6 or 7.
        restval_as_train: whether Karpathy's ``restval`` images (COCO's validation images that are
            in neither his val nor his test) are training images, as in most publications. Else they
            are left out.

    Raises:
        InputError: a file is absent or malformed, or captions and splits do not fit; the message
            names file and line.
    """
    paths = [captions] if isinstance(captions, str | Path) else list(captions)
    found, own_splits = _read_captions(paths)
    listed = own_splits if splits is None else _read_splits(splits)
    if listed is None:
        advice = "Give lists of images, a CSV image,split, or a Karpathy dataset_*.json."
        raise InputError(f"{found.source}: has no splits. {advice}")
    restval = "train" if restval_as_train else "unused"
    return join_splits(found, _known_splits(listed, restval), per_image)


def _read_captions(paths: Sequence[str | Path]) -> tuple[Captions, pd.DataFrame | None]:
    """All captions of the files, and the splits if they have some."""
    if not paths:
        raise InputError("captions: no file given.")
    found: list[Captions] = []
    for path in paths:
        if Path(path).suffix.lower() != ".json":
            found.append(read_tokens(path))
            continue
        content = read_json(path)
        if "annotations" in content:
            found.append(coco_captions(content, path))
        elif len(paths) == 1:
            return karpathy_captions(content, path), karpathy_splits(content, path)
        else:
            advice = "several files can be token files, or COCO files"
            raise InputError(f"{path}: not a COCO captions_*.json; {advice}.")
    return join_captions(found), None


def _read_splits(splits: str | Path | Mapping[str, str | Path]) -> pd.DataFrame:
    if isinstance(splits, Mapping):
        return read_lists(splits)
    if Path(splits).suffix.lower() == ".json":
        return karpathy_splits(read_json(splits), splits)
    if Path(splits).suffix.lower() == ".csv":
        return read_split_csv(splits)
    kinds = "a CSV, a Karpathy .json, or a mapping of train, val and test to lists of images"
    raise InputError(f"{splits}: splits are {kinds}.")


def _known_splits(listed: pd.DataFrame, restval: str) -> pd.DataFrame:
    """The list with ``restval`` called by another name, and splits checked."""
    listed = listed.replace({"split": {"restval": restval}})
    wrong = listed[~listed["split"].isin(SPLITS)]
    if len(wrong):
        first = wrong.iloc[0]
        split = f"split {first['split']!r} of image {first['image']!r}"
        raise InputError(f"{first['where']}: {split}. Use {' | '.join(SPLITS)}.")
    return listed
