"""Keep what a model of sentences needs for new ones: words, representation, CCA, test items."""

import numpy as np
from job import inputs, output, params, wildcards

from rnnfv.arrays.checks import peaks_of, typical_of
from rnnfv.arrays.provenance import provenance
from rnnfv.arrays.vectors import open_vectors
from rnnfv.data.text_files import read_table
from rnnfv.experiments.captions import load_parts
from rnnfv.experiments.representations import representation
from rnnfv.experiments.retrieval import check_projected, read_projected, solved_space
from rnnfv.models.frame_features import FrameFeatures
from rnnfv.models.image_sentence_space import Gallery, ImageSentenceSpace
from rnnfv.reporting.accuracies import read_json

settings, seed = params.settings, int(wildcards.seed)
reverse = settings.get("reverse", False)
words, (train, test) = load_parts(inputs, ("train", "test"), reverse=reverse)
files = {name: inputs.get(name) for name in ("network", "mixtures")}
represent = representation(settings, seed, train.sentences, **files)
eta = read_json(inputs.choice, ["eta"])["eta"]
solved = solved_space(represent, train, eta, settings["components"])
kept = read_projected(inputs.projected)
check_projected(kept, *solved.project(test))
about = {**wildcards, "seed": seed, "eta": eta}
if params.frames:
    with open_vectors(inputs.vectors) as (_, _, made_by):
        about["frames"] = FrameFeatures.of_file(params.frames, made_by).described()
if folders := [folder for folder in [*inputs.pictures, params.folder] if folder]:
    paths = read_table(inputs.images).set_index("image")["path"]
    about["pictures"] = {"folders": folders, "files": np.array(paths[kept.images], str)}
space = ImageSentenceSpace.of(represent, solved.projection, words, reverse=reverse, about=about)
space.typical_ = typical_of(peaks_of(train.features))
texts = read_table(inputs.sentences).set_index("id")["text"]
space.images_ = Gallery(kept.images, kept.image_vectors)
space.sentences_ = Gallery([texts[name] for name in kept.sentences], kept.sentence_vectors)
space.save(output.space, provenance([settings, params.frames], ["scipy"], **wildcards))
