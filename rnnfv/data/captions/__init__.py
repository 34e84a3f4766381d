"""Caption data sets: images, their sentences, and the split of each image (paper, section 4).

:func:`~rnnfv.data.captions.reading.read_captions` reads Flickr8k, Flickr30k, COCO and your own data
sets from the files they are distributed in;
:func:`~rnnfv.data.captions.validation.draw_validation` holds out validation images where none are
given. Both return a :class:`~rnnfv.data.captions.table.CaptionSet`, kept as two CSV files.
"""
