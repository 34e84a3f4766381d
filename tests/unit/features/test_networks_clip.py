"""Clip networks against functional 3-D convolutions and loops."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rnnfv.arrays.provenance import file_sha256
from rnnfv.errors import InputError
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.pytorch.weights import assign_state
from rnnfv.features.networks.registry import create_network, describe_network

LAYERS = {
    "conv1": (64, 3, 3, 3, 3),
    "conv2": (128, 64, 3, 3, 3),
    "conv3a": (256, 128, 3, 3, 3),
    "conv3b": (256, 256, 3, 3, 3),
    "conv4a": (512, 256, 3, 3, 3),
    "conv4b": (512, 512, 3, 3, 3),
    "conv5a": (512, 512, 3, 3, 3),
    "conv5b": (512, 512, 3, 3, 3),
    "fc6": (4096, 8192),
    "fc7": (4096, 4096),
    "fc8": (487, 4096),
}
CAFFE_NAMES = {"conv1": "conv1a", "conv2": "conv2a", "fc6": "fc6-1", "fc7": "fc7-1", "fc8": "fc8-1"}


@pytest.fixture(scope="module")
def port_state():
    """Random weights of C3D's size whose file is small: all are overlapping views of one buffer."""
    generator = torch.Generator().manual_seed(3)
    buffer = torch.randn(2**20, generator=generator)
    state = {}
    for layer, shape in LAYERS.items():
        scale = (2 / np.prod(shape[1:])) ** 0.5
        scaled = buffer * scale
        state[f"{layer}.weight"] = scaled.as_strided(shape, (97, 53, 31, 17, 7)[: len(shape)])
        state[f"{layer}.bias"] = scaled[: shape[0]].clone() * 10
    return state


@pytest.fixture(scope="module")
def port_file(port_state, tmp_path_factory):
    path = tmp_path_factory.mktemp("c3d") / "c3d.pickle"
    torch.save(port_state, path)
    return path


@pytest.fixture(scope="module")
def blocks():
    return np.random.default_rng(4).integers(0, 256, (1, 16, 128, 171, 3), dtype=np.uint8)


def c3d_reference(state, x, pool5):
    """fc6 before its ReLU."""
    for layer in list(LAYERS)[:8]:
        x = F.relu(
            F.conv3d(x, state[f"{layer}.weight"].contiguous(), state[f"{layer}.bias"], padding=1)
        )
        if layer == "conv1":
            x = F.max_pool3d(x, (1, 2, 2))
        elif layer in ("conv2", "conv3b", "conv4b"):
            x = F.max_pool3d(x, 2)
    assert x.shape[1:] == (512, 2, 7, 7)
    # One more row and column that never win: at the end (Caffe rounds sizes up), or on both sides
    # (the port).
    x = F.pad(x, (0, 1, 0, 1) if pool5 == "caffe" else (1, 1, 1, 1), value=-torch.inf)
    return F.linear(F.max_pool3d(x, 2).flatten(1), state["fc6.weight"], state["fc6.bias"])


def bgr_minus_mean(blocks, mean=(90.25, 97.66, 101.41)):
    crop = blocks[:, :, 8:120, 29:141].astype(np.float32)
    x = np.stack([crop[..., 2] - mean[0], crop[..., 1] - mean[1], crop[..., 0] - mean[2]], axis=1)
    return torch.from_numpy(x)


@pytest.fixture(scope="module")
def c3d(port_file):
    return create_network("c3d", weights=str(port_file), relu=False, device="cpu")


def test_c3d_is_fc6(c3d, port_state, blocks):
    with torch.inference_mode():
        expected = c3d_reference(port_state, bgr_minus_mean(blocks), "caffe").numpy()
    features = c3d(blocks)
    assert features.shape == (1, 4096)
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-3 * expected.std())
    for words in (
        "C3D, weights file c3d.pickle",
        c3d.weights_sha256[:8],
        "fc6 before ReLU, BGR minus channel mean",
    ):
        assert words in c3d.weights_label


def test_c3d_in_caffes_layout_after_the_relu(c3d, port_state, blocks, tmp_path):
    caffe = {}
    for key, tensor in port_state.items():
        layer, kind = key.split(".")
        leading = (1,) * (5 - tensor.ndim)  # Caffe's blobs have five dimensions
        caffe[f"{CAFFE_NAMES.get(layer, layer)}.{kind}"] = tensor[(None,) * len(leading)]
    torch.save(caffe, tmp_path / "c3d.pth")
    network = create_network("c3d", weights=str(tmp_path / "c3d.pth"), device="cpu")
    np.testing.assert_array_equal(network(blocks), np.maximum(c3d(blocks), 0))
    assert "after ReLU" in network.weights_label


def test_c3d_with_the_ports_pooling_in_bfloat16(c3d, port_file, port_state, blocks):
    network = create_network(
        "c3d",
        weights=str(port_file),
        relu=False,
        pool5="padded",
        precision="bfloat16",
        device="cpu",
    )
    with torch.inference_mode():
        expected = c3d_reference(port_state, bgr_minus_mean(blocks), "padded").numpy()
    error = np.abs(network(blocks) - expected).max() / expected.std()
    assert error < 0.05
    assert (
        np.abs(c3d(blocks) - expected).max() / expected.std() > 2 * error
    )  # the poolings do differ


def test_c3d_mean_cube_and_colours(tmp_path, blocks, rng):
    cube = rng.uniform(80, 110, (3, 16, 128, 171)).astype(np.float32)
    np.save(tmp_path / "mean.npy", cube)
    network = describe_network("c3d", mean=str(tmp_path / "mean.npy"))
    network._mean = network._read_mean()
    (view,) = network.views(torch.from_numpy(blocks))
    expected = blocks[0, :, :, :, ::-1].transpose(3, 0, 1, 2).astype(np.float32) - cube
    np.testing.assert_allclose(view[0].numpy(), expected[:, :, 8:120, 29:141], atol=1e-4)
    assert "BGR minus mean cube" in network.protocol
    assert network.mean_sha256 == file_sha256(tmp_path / "mean.npy")

    network = describe_network("c3d", colour="rgb")
    network._mean = None
    (view,) = network.views(torch.from_numpy(blocks))
    np.testing.assert_allclose(view.numpy(), bgr_minus_mean(blocks).numpy()[:, ::-1], atol=1e-4)


def test_c3d_mean_cubes_that_do_not_fit(tmp_path):
    np.save(tmp_path / "small.npy", np.zeros((3, 16, 112, 112)))
    with pytest.raises(
        InputError, match=r"features\.c3d\.mean.*\(3, 16, 112, 112\).*\(3, 16, 128, 171\)"
    ):
        create_network("c3d", weights="random", mean=str(tmp_path / "small.npy"))
    with pytest.raises(InputError, match=r"features\.c3d\.mean: .*not a readable"):
        create_network("c3d", weights="random", mean=str(tmp_path / "absent.npy"))


def test_c3d_weights_that_do_not_fit(port_state, tmp_path):
    with torch.device("meta"):
        module = describe_network("c3d").build()

    def assign(state):
        network = describe_network("c3d")
        assign_state(
            module, network.rename(state, tmp_path / "x.pth"), tmp_path / "x.pth", network.unused
        )

    with pytest.raises(InputError, match=r"x\.pth: .*missing: conv5a\.bias\. "):
        assign({key: tensor for key, tensor in port_state.items() if key != "conv5a.bias"})
    with pytest.raises(InputError, match=r"missing: .*not known: conv1a\.conv\.weight"):
        assign(
            {key.replace("conv1.", "conv1a.conv."): tensor for key, tensor in port_state.items()}
        )
    with pytest.raises(
        InputError, match=r"fc6\.weight has shape \(4096, 4608\), this network needs \(4096, 8192\)"
    ):
        assign(port_state | {"fc6.weight": torch.zeros(4096, 4608)})


def test_short_clips_are_filled_with_their_last_frame(c3d, rng):
    short = rng.integers(0, 256, (5, 128, 171, 3), dtype=np.uint8)
    filled = short[[0, 1, 2, 3] + [4] * 12]
    long = rng.integers(0, 256, (24, 128, 171, 3), dtype=np.uint8)
    (_, a), (_, b) = extract(c3d, [("short", short), ("long", long)], batch_size=2)
    assert (a.shape, b.shape) == ((1, 4096), (2, 4096))
    expected = c3d(np.stack([filled, long[:16], long[8:24]]))
    np.testing.assert_allclose(
        np.concatenate([a, b]), expected, rtol=1e-3, atol=1e-3 * expected.std()
    )
