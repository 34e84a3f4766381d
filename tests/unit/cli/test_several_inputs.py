"""Models of several inputs: of a video, of files, and one clear line of what is missing."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from helpers.small_models import TRACKS, fused_model

from rnnfv import InputError, load, write_sequences
from rnnfv.demo.server import answers_of
from rnnfv.models.clips import ClipInputs
from rnnfv.models.frame_features import FrameFeatures


@pytest.fixture
def fused(clips, tmp_path):
    return fused_model(clips, tmp_path / "fused.rnnfv")


def test_frames_and_tracks_of_a_video(rnnfv, fused, clips, tmp_path):
    code, out, _ = rnnfv("predict", *clips, "-m", fused, "--json")
    found = json.loads(out)["predictions"]
    assert code == 0 and [found[str(clip)][0]["class"] for clip in clips] == [c.stem for c in clips]
    assert rnnfv("encode", *clips, "-m", fused, "-o", tmp_path / "v.h5")[0] == 0
    shown = answers_of(load(fused)).predict(clips[1])
    assert shown["classes"][0]["class"] == clips[1].stem and len(shown["frames"]) == 6
    facts = json.loads(rnnfv("info", fused, "--json")[1])
    assert facts["kind"] == "FusedClassifier"
    assert facts["about"]["inputs.idt.tracks.settings.length"] == TRACKS.settings["length"]


def test_files_of_each_input(rnnfv, fused, clips, tmp_path):
    read = ClipInputs(load(fused)).of_videos()
    batches = {clip.stem: read(str(clip))[1] for clip in clips}
    for name, dim in (("colours", 3), ("idt", 426)):
        items = [(item, batch[name][0]) for item, batch in batches.items()]
        write_sequences(tmp_path / f"{name}.h5", items[: 3 if name == "idt" else 4], dim)
    colours, idt = f"colours={tmp_path}/colours.h5", f"idt={tmp_path}/idt.h5"
    code, out, _ = rnnfv("predict", colours, idt, "-m", fused, "--json")
    found = json.loads(out)
    assert [best[0]["class"] for best in found["predictions"].values()] == list(batches)[:3]
    assert code == 1 and found["problems"] == {clips[3].stem: f"it is not in {tmp_path}/idt.h5."}
    for given, message in (
        ([colours], "this model also needs idt. Give colours=FILE.h5 idt=FILE.h5."),
        ([tmp_path / "colours.h5"], "this model also needs idt. Give colours=FILE.h5"),
        ([colours, f"idt={tmp_path}/colours.h5"], "the model needs idt of 426."),
        ([colours, "colours=other.h5"], "colours=: two files are named"),
    ):
        code, _, err = rnnfv("predict", *given, "-m", fused)
        assert code == 1 and message in err and err.count("\n") == 1


def test_inputs_that_no_video_gives(rnnfv, fused, clips, tmp_path):
    model = load(fused)
    model.about_["inputs"]["idt"] = {"tracks": None}
    model.save(tmp_path / "own.rnnfv")
    code, _, err = rnnfv("predict", *clips, "-m", tmp_path / "own.rnnfv")
    assert code == 1 and err == (
        "Error: this model needs idt of the user's own files, which no video gives. "
        "Give colours=FILE.h5 idt=FILE.h5.\n"
    )
    with pytest.raises(InputError, match="which no video gives"):
        answers_of(model)


def test_weights_of_several_networks_are_named(fused):
    model = load(fused)
    model.about_["inputs"]["idt"] = model.about_["inputs"]["colours"]
    with pytest.raises(InputError, match=r"several networks\. Write NAME=FILE, of colours, idt"):
        ClipInputs(model, weights=["some.pth"]).of_videos()


def test_boxes_around_people_are_the_runs_alone(rnnfv, fused, clips, tmp_path, caplog):
    model = load(fused)
    model.about_["inputs"]["idt"]["tracks"]["people"] = True
    model.save(tmp_path / "people.rnnfv")
    assert rnnfv("predict", clips[0], "-m", tmp_path / "people.rnnfv")[0] == 0
    assert "the run had boxes around people; new videos have none" in caplog.text


def test_weights_and_mean_that_are_elsewhere_or_others(monkeypatch):
    given = {}

    def create(name, key, **options):
        given.update(options)
        return SimpleNamespace(weights_sha256="none", mean_sha256="cube")

    monkeypatch.setattr("rnnfv.models.frame_features.create_network", create)
    settings = {"network": "c3d", "weights": "old.pth"}
    frames = FrameFeatures("clips", settings, "in words", "none", "cube")
    frames.network("cpu", ["clips=a.pth", "clips.mean=b.npy"])
    assert given == {"weights": "a.pth", "mean": "b.npy", "device": "cpu"}
    frames.network("cpu", ["odd=name.pth"])
    assert given["weights"] == "odd=name.pth"
    other = replace(frames, mean_sha256="another")
    with pytest.raises(InputError, match=r"clips\.mean: this file has sha256 cube, but .* another"):
        other.network("cpu")
