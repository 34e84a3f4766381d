"""Hold out training images for validation where a caption data set has none."""

from job import inputs, output, params, wildcards

from rnnfv.data.captions.table import read_caption_set, write_images
from rnnfv.data.captions.validation import draw_validation
from rnnfv.errors import InputError

captions = read_caption_set(inputs.listed, inputs.sentences)
size = params.validation
given = int((captions.images["split"] == "val").sum())
if given:
    unused = f"; validation: {size} is not used" if size else ""
    print(f"{given} validation images are given{unused}")
elif size:
    captions = draw_validation(captions, size, params.seed)
else:
    raise InputError(
        f"captions.{wildcards.captions}: no image is marked val, and eta and epochs "
        "are chosen on validation images. Set validation to a number of training images to "
        "hold out, or give a list of val images."
    )
print(captions.summarize())
write_images(output.images, captions)
