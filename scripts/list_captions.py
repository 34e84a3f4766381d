"""Read or draw a caption data set: its images with their splits, and its sentences."""

import pandas as pd
from job import output, params

from rnnfv.data.captions.reading import read_captions
from rnnfv.data.captions.table import CaptionSet, write_caption_set
from rnnfv.data.synthetic.captions.dataset import caption_set

settings = params.settings
if settings["layout"] == "synthetic":
    images, sentences = caption_set(settings["style"], settings["pictures"], settings["seed"])
    captions = CaptionSet(images, sentences)
    partners = images[["image", "partner"]]
else:
    files = settings["captions"], settings.get("splits")
    captions = read_captions(*files, settings["per_image"], settings["restval"] == "train")
    partners = pd.DataFrame(columns=["image", "partner"])
captions = captions.part("train", "val", "test")
print(captions.summarize())
write_caption_set(output.listed, output.sentences, captions)
partners.to_csv(output.partners, index=False)
