"""Small models as a run would keep them, made in milliseconds: of clips, and of images."""

from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image

from rnnfv import (
    FusedClassifier,
    ImageSentenceSpace,
    MeanPooling,
    SequenceClassifier,
    TrajectoryFisherVector,
    VectorClassifier,
    load,
)
from rnnfv.arrays.conversion import as_sequences
from rnnfv.data.synthetic.actions.dataset import dataset_manifest, render_clips
from rnnfv.experiments.captions import Words
from rnnfv.experiments.representations import mean_vector
from rnnfv.features.networks.base import FeatureNetwork, Geometry
from rnnfv.features.networks.registry import known_networks, register
from rnnfv.features.words.vocabulary import END
from rnnfv.models.clips import ClipInputs
from rnnfv.models.frame_features import FrameFeatures
from rnnfv.models.image_sentence_space import Gallery
from rnnfv.models.video_tracks import VideoTracks
from rnnfv.reduction.cca_projection import CCAProjection

COLOURS = {"red": (210, 40, 40), "green": (40, 170, 70), "blue": (50, 80, 220)}


if "test_colours" not in known_networks():

    @register("test_colours")
    @dataclass(eq=False)
    class Colours(FeatureNetwork):
        """Mean red, green and blue of a frame, from 0 to 1: a network without weights."""

        geometry = Geometry("frame", exact=(32, 32))
        dim = 3

        def load(self):
            self.weights_label, self.weights_sha256 = "mean colours", "none"

        def vectors(self, batch):
            return batch.mean(axis=(1, 2)) / 255


FRAMES = FrameFeatures("colours", {"network": "test_colours", "every": 4}, "mean colours", "none")


TRACKS = VideoTracks({"length": 15, "flow": "dis", "volume": 24}, 72, None)


def write_clips(folder, count=4):
    """Some synthetic clips; returns their paths."""
    names = dataset_manifest("loops", 3, 1, 0)["id"][:count]
    return render_clips("loops", names, folder, seed=0)


def action_model(clips, path):
    """A model that tells the clips apart by their colours, and the labels: their names."""
    found = list(FRAMES.of_videos(FRAMES.network(), clips))
    sequences = as_sequences([elements for _, elements, _ in found])
    labels = np.array([clip.stem for clip in clips])
    pooling = MeanPooling().fit(sequences)
    classifier = VectorClassifier(None, 1.0, C=1e4, l2=False)
    classifier.fit(pooling.transform(sequences), labels)
    about = {"frames": asdict(FRAMES)}
    SequenceClassifier.of(pooling, classifier, None, False, about).save(path)
    return path


def fused_model(clips, path):
    """A model that tells the clips apart by their colours and their tracks side by side."""
    colours = load(action_model(clips, path))
    inputs = {"colours": {"frames": FRAMES.described()}, "idt": {"tracks": asdict(TRACKS)}}
    codebook = TrajectoryFisherVector(
        2, max_iter=1, length=TRACKS.settings["length"], random_state=0
    )
    codebook.fit([tracks for _, tracks, _ in TRACKS.of_videos(clips)])
    takes = list(inputs)
    model = FusedClassifier.of_members([colours, codebook], takes, {"inputs": inputs})
    read = ClipInputs(model).of_videos()
    batches = [read(str(clip))[1] for clip in clips]
    X = {name: [batch[name][0] for batch in batches] for name in takes}
    model.fit(X, [clip.stem for clip in clips], C=1e4).save(path)
    return path


def write_images(folder):
    """A picture of each colour; returns their paths."""
    folder.mkdir(exist_ok=True)
    for name, colour in COLOURS.items():
        Image.new("RGB", (64, 48), colour).save(folder / f"{name}.png")
    return sorted(folder.glob("*.png"))


def retrieval_model(path, images=()):
    """A model in which a colour's word finds its picture; ``images`` are its own."""
    one_each = np.eye(3, dtype=np.float32)
    words = Words([END, *COLOURS], np.vstack([np.full(3, 3**-0.5), one_each]), 4, "colours")
    unmixed = np.linalg.inv(np.array([*COLOURS.values()]) / 255)
    projection = CCAProjection(np.ones(3), np.zeros(3), np.eye(3), np.zeros(3), unmixed)
    about = {"frames": asdict(FRAMES)}
    space = ImageSentenceSpace.of(mean_vector, projection, words, about=about)
    texts = [f"a {name} picture" for name in COLOURS]
    space.sentences_ = Gallery(texts, space.encode_sentences(texts))
    if images:
        read = [row for _, row, _ in FRAMES.of_images(FRAMES.network(), images)]
        space.images_ = Gallery([str(image) for image in images], space.encode_images(read))
    space.save(path)
    return path
