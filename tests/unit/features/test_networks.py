"""The registry, its messages, the blocks of a video, and batching across videos."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from rnnfv.errors import InputError
from rnnfv.features.media.frames import iterate_frames, write_frames
from rnnfv.features.media.geometry import Geometry
from rnnfv.features.networks.base import FeatureNetwork, blocks_of, take_block
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.registry import (
    create_network,
    describe_network,
    known_networks,
    register,
)


@dataclass(eq=False)
class MeanColour(FeatureNetwork):
    """Mean colour of the first frame, and red mean of the last: enough to see what was batched."""

    blocks: int = 1
    stride: int = 1

    dim = 4

    def __post_init__(self):
        super().__post_init__()
        self.block = self.blocks
        self.calls = []

    @property
    def geometry(self):
        return Geometry("frame" if self.blocks == 1 else "clip", short_side=4)

    def vectors(self, batch):
        self.calls.append(batch.shape)
        clips = batch[:, None] if self.blocks == 1 else batch
        return np.concatenate(
            [clips[:, 0].mean(axis=(1, 2)), clips[:, -1, ..., :1].mean(axis=(1, 2))], axis=1
        )


def random_videos(rng, sizes):
    return [
        (f"v{i}", rng.integers(0, 256, (*size, 3), dtype=np.uint8)) for i, size in enumerate(sizes)
    ]


def test_planning_does_not_import_torch():
    code = (
        "import sys\n"
        "from rnnfv.features.networks.registry import describe_network, known_networks\n"
        "for name in known_networks():\n"
        "    describe_network(name).geometry, describe_network(name).dim\n"
        "slow = {'torch', 'efficientnet_lite_pytorch'} & set(sys.modules)\n"
        "assert not slow, 'too expensive to plan'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_networks_of_the_paper_and_their_geometries():
    assert {"vgg16", "vgg19", "c3d", "efficientnet_lite0"} <= set(known_networks())
    assert describe_network("vgg19", relu=True).geometry == Geometry("frame", short_side=256)
    assert describe_network("efficientnet_lite0", size=128).geometry == Geometry(
        "frame", short_side=128
    )
    c3d = describe_network("c3d")
    assert (c3d.kind, c3d.geometry.exact, c3d.block, c3d.stride, c3d.dim) == (
        "clip",
        (128, 171),
        16,
        8,
        4096,
    )
    assert describe_network("c3d", stride=4).stride == 4
    vgg = describe_network("vgg19")
    assert (vgg.kind, vgg.block, vgg.stride, vgg.dim, vgg.crops, vgg.relu) == (
        "frame",
        1,
        1,
        4096,
        "ten",
        False,
    )
    assert [str(describe_network(name).geometry) for name in ("vgg19", "c3d")] == [
        "frame-short256",
        "clip-128x171",
    ]


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("vgg11", {}, ["unknown network 'vgg11'", "vgg16, vgg19"]),
        ("vgg19", {"crop": "ten"}, ["features.vgg19.crop", "no such option", "crops"]),
        ("vgg19", {"crops": "five"}, ["features.vgg19.crops", "'five'", "'ten' or 'center'"]),
        ("vgg19", {"relu": 1}, ["features.vgg19.relu", "true or false"]),
        ("vgg19", {"precision": "float64"}, ["features.vgg19.precision", "'bfloat16'"]),
        ("efficientnet_lite0", {"size": True}, ["features.efficientnet_lite0.size", "an integer"]),
        ("efficientnet_lite0", {"size": 16}, ["features.efficientnet_lite0.size", "32"]),
        ("c3d", {"stride": 0}, ["features.c3d.stride", "at least 1"]),
        ("c3d", {"mean": 3.5}, ["features.c3d.mean", "text or null"]),
        ("c3d", {"crops": "ten"}, ["features.c3d.crops", "no such option"]),
    ],
)
def test_wrong_options_are_named(name, options, words):
    with pytest.raises(InputError) as error:
        describe_network(name, **options)
    assert all(word in str(error.value) for word in words)


def test_the_key_of_the_configuration_is_named():
    with pytest.raises(InputError, match=r"features\.my_vgg\.relu"):
        describe_network("vgg19", key="features.my_vgg", relu="no")


def test_a_name_is_registered_once():
    with pytest.raises(ValueError, match="two networks are called 'vgg19'"):
        register("vgg19")(MeanColour)


def test_no_network_without_weights(tmp_path):
    with pytest.raises(InputError, match=r"vgg19-dcbb9e9d\.pth.*features\.vgg19\.weights"):
        create_network("vgg19")
    with pytest.raises(
        InputError,
        match=r"nowhere\.pth: no such weights file.*c3d\.pickle.*features\.my_c3d\.weights",
    ):
        create_network("c3d", key="features.my_c3d", weights=str(tmp_path / "nowhere.pth"))
    with pytest.raises(RuntimeError, match="load"):
        describe_network("efficientnet_lite0")(np.zeros((1, 224, 224, 3), np.uint8))
    network = create_network("efficientnet_lite0", weights="random")
    assert "RANDOM WEIGHTS" in network.weights_label
    assert network.weights_sha256 == "random"


def test_devices_and_precisions_that_cannot_be():
    with pytest.raises(InputError, match=r"efficientnet_lite0\.device: 'gpu' cannot be used"):
        create_network("efficientnet_lite0", weights="random", device="gpu")
    with pytest.raises(InputError, match=r"efficientnet_lite0\.precision: float16 on a CPU"):
        create_network("efficientnet_lite0", weights="random", device="cpu", precision="float16")


def test_geometry_needs_one_size():
    with pytest.raises(ValueError, match="either"):
        Geometry("frame")
    with pytest.raises(ValueError, match="either"):
        Geometry("frame", short_side=2, exact=(2, 2))


@pytest.mark.parametrize(
    ("n_frames", "block", "stride", "starts"),
    [
        (1, 16, 8, [0]),
        (15, 16, 8, [0]),
        (16, 16, 8, [0]),
        (23, 16, 8, [0]),
        (24, 16, 8, [0, 8]),
        (40, 16, 8, [0, 8, 16, 24]),
        (40, 16, 20, [0, 20]),
        (5, 1, 1, [0, 1, 2, 3, 4]),
    ],
)
def test_blocks_are_whole_unless_the_video_is_short(n_frames, block, stride, starts):
    assert blocks_of(n_frames, block, stride) == starts
    assert starts[-1] + block <= max(n_frames, block)


def test_short_videos_repeat_their_last_frame(rng):
    frames = rng.integers(0, 256, (3, 2, 2, 3), dtype=np.uint8)
    padded = take_block(frames, 0, 5)
    np.testing.assert_array_equal(padded, frames[[0, 1, 2, 2, 2]])
    np.testing.assert_array_equal(take_block(frames, 1, 2), frames[1:])


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("blocks", [1, 4])
def test_batches_run_across_videos_and_keep_the_order(rng, batch_size, blocks):
    videos = random_videos(rng, [(5, 4, 6), (1, 4, 6), (9, 4, 6), (2, 8, 4), (6, 4, 8), (4, 4, 8)])
    network = MeanColour("toy", blocks=blocks, stride=1 if blocks == 1 else 2)
    result = list(extract(network, iter(videos), batch_size))
    assert [name for name, _ in result] == [name for name, _ in videos]
    for (_, features), (_, frames) in zip(result, videos, strict=True):
        starts = blocks_of(len(frames), network.block, network.stride)
        lasts = [min(start + network.block, len(frames)) - 1 for start in starts]
        expected = np.concatenate(
            [frames[starts].mean(axis=(1, 2)), frames[lasts][..., :1].mean(axis=(1, 2))], axis=1
        )
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, expected, rtol=1e-6)
    assert all(shape[0] <= batch_size for shape in network.calls)
    if batch_size == 100:  # one call per run of equal sizes
        assert len(network.calls) == 3


def test_videos_are_handed_on_as_soon_as_they_are_complete(rng):
    taken = []

    def videos():
        for name, frames in random_videos(rng, [(3, 4, 4)] * 10):
            taken.append(name)
            yield name, frames

    results = extract(MeanColour("toy"), videos(), batch_size=4)
    assert next(results)[0] == "v0"
    assert taken == ["v0", "v1"]  # frames 0..3 filled the first batch


def test_bad_videos_are_named(rng):
    network = MeanColour("toy")
    with pytest.raises(InputError, match="video 'v0' has no frames"):
        list(extract(network, random_videos(rng, [(0, 4, 4)])))
    with pytest.raises(InputError, match=r"video 'v1': 5x6 frames.*frame-short4"):
        list(extract(network, random_videos(rng, [(2, 4, 4), (2, 5, 6)])))


@pytest.mark.parametrize(
    ("value", "words"),
    [(np.inf, "NaN or infinity"), (1e38, r"1e\+38, which overflows"), (0, "nothing but zeros")],
)
def test_features_that_cannot_be_meant_name_the_video(rng, value, words):
    class Broken(MeanColour):
        def vectors(self, batch):
            return super().vectors(batch) * 0 + value

    with pytest.raises(InputError, match=f"the features of 'v0' hold {words}"):
        list(extract(Broken("toy"), random_videos(rng, [(2, 4, 4)])))


def test_frames_on_disk_give_the_same_features(rng, tmp_path):
    videos = list(random_videos(rng, [(7, 4, 4), (2, 4, 4)]))
    with write_frames(tmp_path / "f.h5") as writer:
        for name, frames in videos:
            for frame in frames:
                writer.add(frame)
            writer.finish(name)
    network = MeanColour("toy")
    found = list(extract(network, iterate_frames(tmp_path / "f.h5"), 3))
    for (name, one), (other, two) in zip(found, extract(network, videos, 3), strict=True):
        assert name == other
        np.testing.assert_array_equal(one, two)


def test_calls_check_type_and_shape(rng):
    frames = rng.integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    for wrong in (frames.astype(np.float32), frames[0], frames[..., :2]):
        with pytest.raises(InputError, match="uint8 RGB frames"):
            MeanColour("toy")(wrong)
    with pytest.raises(InputError, match="blocks of 4 frames, got 2"):
        MeanColour("toy", blocks=4)(frames[None])
    with pytest.raises(InputError, match="got 4x4"):
        describe_network("vgg19")(frames)
