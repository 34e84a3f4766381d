"""Clip networks against functional 3-D convolutions and loops; the direction of time."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from rnnfv.errors import InputError
from rnnfv.features.networks import create_network, describe_network, extract
from rnnfv.features.networks.motion import motion_histogram
from rnnfv.features.networks.pytorch.torchvision_models import torchvision_models
from rnnfv.features.networks.pytorch.weights import assign_state

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


@pytest.mark.parametrize("name", ["r3d_18", "mc3_18", "r2plus1d_18"])
def test_torchvisions_video_networks(name, blocks):
    network = describe_network(name)
    transforms = torchvision_models().get_model_weights(name).DEFAULT.transforms()
    assert tuple(transforms.resize_size) == network.geometry.exact
    (view,) = network.views(torch.from_numpy(blocks))
    torch.testing.assert_close(
        view, transforms(torch.from_numpy(blocks).movedim(-1, 2)), rtol=1e-4, atol=1e-4
    )
    with torch.device("meta"):
        assert network.build().eval()(torch.empty(2, 3, 16, 112, 112)).shape == (2, network.dim)


def test_short_clips_are_filled_with_their_last_frame(rng):
    network = create_network("r3d_18", weights="random", device="cpu")
    short = rng.integers(0, 256, (5, 128, 171, 3), dtype=np.uint8)
    filled = short[[0, 1, 2, 3] + [4] * 12]
    long = rng.integers(0, 256, (24, 128, 171, 3), dtype=np.uint8)
    (_, a), (_, b) = extract(network, [("short", short), ("long", long)], batch_size=2)
    assert (a.shape, b.shape) == ((1, 512), (2, 512))
    expected = network(np.stack([filled, long[:16], long[8:24]]))
    np.testing.assert_allclose(np.concatenate([a, b]), expected, rtol=1e-4, atol=1e-4)


def slow_histogram(block):
    """Pixel by pixel, in float64."""
    grey = block.astype(np.float64) @ [0.299, 0.587, 0.114]
    t_n, h_n, w_n = np.array(grey.shape) - (1, 2, 2)
    histogram = np.zeros((2, 4, 4, 8))
    for t in range(t_n):
        mid = (grey[t] + grey[t + 1]) / 2
        for i in range(h_n):
            for j in range(w_n):
                change = grey[t + 1, i + 1, j + 1] - grey[t, i + 1, j + 1]
                down = -change * (mid[i + 2, j + 1] - mid[i, j + 1]) / 2
                right = -change * (mid[i + 1, j + 2] - mid[i + 1, j]) / 2
                angle = np.arctan2(down, right) % (2 * np.pi) / (np.pi / 4)
                cell = histogram[t * 2 // t_n, i * 4 // h_n, j * 4 // w_n]
                for k in range(8):
                    distance = min((angle - k) % 8, (k - angle) % 8)
                    cell[k] += max(0, 1 - distance) * (down**2 + right**2) ** 0.25
    return (histogram / np.linalg.norm(histogram)).ravel()


def test_motion_histogram_pixel_by_pixel(rng):
    block = rng.integers(0, 256, (4, 12, 17, 3), dtype=np.uint8)
    np.testing.assert_allclose(motion_histogram(block), slow_histogram(block), atol=1e-5)


def moving_blob(step_down, step_right):
    rows, columns = np.mgrid[:96, :128]
    blocks = [
        200
        * np.exp(
            -((rows - 48 - step_down * (t - 8)) ** 2 + (columns - 64 - step_right * (t - 8)) ** 2)
            / 50
        )
        for t in range(16)
    ]
    return np.repeat(np.stack(blocks)[..., None], 3, axis=-1).astype(np.uint8)


@pytest.mark.parametrize(
    ("step", "direction"), [((0, 2), 0), ((2, 2), 1), ((2, 0), 2), ((0, -2), 4), ((-2, 0), 6)]
)
def test_motion_direction_and_arrow_of_time(step, direction):
    block = moving_blob(*step)
    network = create_network("gradient_motion")
    forwards, backwards = network(np.stack([block, block[::-1]])).reshape(2, 32, 8)
    assert forwards.sum(axis=0).argmax() == direction
    assert backwards.sum(axis=0).argmax() == (direction + 4) % 8
    assert np.linalg.norm(forwards) == pytest.approx(1, rel=1e-5)


def test_motion_is_found_where_and_when_it_is():
    block = np.full((16, 96, 128, 3), 90, np.uint8)
    block[9:, 30:40, 100:110] = moving_blob(0, 2)[
        9:, 43:53, 66:76
    ]  # between frames 8 and 9: the second half
    cells = create_network("gradient_motion")(block[None]).reshape(2, 4, 4, 8).sum(axis=-1)
    assert set(zip(*np.nonzero(cells), strict=True)) == {(1, 1, 3)}


def test_motion_of_a_still_block_is_zero():
    network = create_network("gradient_motion")
    assert network.dim == 256
    assert not network(np.repeat(moving_blob(0, 1)[None, :1], 16, axis=1)).any()
    assert network.weights_sha256 == "none"
    assert "no weights" in network.weights_label


FAKE_TORCHVISION = """
import sys
sys.attempts = getattr(sys, "attempts", 0) + 1
if sys.argv[1] not in str({2: "repaired"}.get(sys.attempts, "")):
    raise RuntimeError(sys.argv[2])
"""


def test_torchvision_is_repaired_only_from_the_one_error(tmp_path):
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(FAKE_TORCHVISION)
    (package / "models.py").write_text("")
    code = (
        "import sys, torch\n"
        "from rnnfv.features.networks.pytorch.torchvision_models import torchvision_models\n"
        "try:\n    print(torchvision_models().__name__, torch.ops.torchvision.nms)\n"
        "except RuntimeError as error:\n    print('raised', error)\n"
        "print(sys.attempts)"
    )

    def attempt(message):
        paths = [str(tmp_path), *sys.path]
        code_with_path = f"import sys; sys.path[:0] = {paths!r}\n{code}"
        result = subprocess.run(
            [sys.executable, "-c", code_with_path, "repaired", message],
            capture_output=True,
            text=True,
            check=True,
        )
        return result.stdout.splitlines()

    assert attempt("operator torchvision::nms does not exist") == [
        "torchvision.models torchvision.nms",
        "2",
    ]
    assert attempt("another error") == ["raised another error", "1"]


def test_torchvision_that_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(InputError, match=r"needs torchvision.*rnnfv\[video\]"):
        torchvision_models.__wrapped__()
