"""Caption data sets: images, their sentences, and the split of each image (paper, section 4).

:func:`read_captions` reads Flickr8k, Flickr30k, COCO and your own data sets from the files they are
distributed in; :func:`draw_validation` holds out validation images where none are given. Both
return a :class:`CaptionSet`, which :func:`write_caption_set` and :func:`read_caption_set` keep as
two CSV files.
"""

from rnnfv.data.captions.reading import read_captions
from rnnfv.data.captions.table import (
    CaptionSet,
    check_caption_set,
    read_caption_set,
    write_caption_set,
    write_images,
)
from rnnfv.data.captions.validation import draw_validation

__all__ = [
    "CaptionSet",
    "check_caption_set",
    "draw_validation",
    "read_caption_set",
    "read_captions",
    "write_caption_set",
    "write_images",
]
