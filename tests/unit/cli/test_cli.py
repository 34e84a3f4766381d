"""The command: what it prints, what it writes, exit codes, and one line for each mistake."""

import json
import os
import subprocess
import sys

import h5py
import numpy as np

from rnnfv import MeanPooling, load, write_sequences
from rnnfv.arrays.vectors import open_vectors, write_vectors


def test_help_names_every_command_and_imports_nothing_heavy():
    code = "import sys; sys.argv = ['rnnfv', '--help']\nfrom rnnfv.cli.main import run\n"
    code += "try: run()\nexcept SystemExit: print(sorted({'torch', 'pandas'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    for command in "manifest check info predict encode search annotate demo".split():
        assert f" {command} " in done.stdout
    assert done.stdout.strip().endswith("[]"), done.stdout[-200:]


def test_every_command_shows_an_example(rnnfv):
    for command in "manifest check info predict encode search annotate demo".split():
        code, out, _ = rnnfv(command, "--help")
        assert code == 0 and f"Example: rnnfv {command}" in " ".join(out.split())


def test_misspelt_commands_end_with_two(rnnfv):
    assert rnnfv("predikt")[0] == 2
    code, _, err = rnnfv("predict", "a.avi")
    assert code == 2 and "--model" in err


def test_programs_that_asked_for_json_get_errors_as_json(rnnfv, actions, tmp_path):
    absent = tmp_path / "absent"
    commands = ["info", absent], ["encode", absent, "-m", actions, "-o", tmp_path / "v.h5"]
    for command in commands:
        plain, with_json = rnnfv(*command), rnnfv(*command, "--json")
        assert plain[0] == with_json[0] == 1 and not plain[1]
        assert plain[2] == with_json[2]
        assert f"Error: {json.loads(with_json[1])['error']}\n" in with_json[2]


def test_manifest_of_class_folders(rnnfv, tmp_path):
    for label in ("run", "sit"):
        (tmp_path / "videos" / label).mkdir(parents=True)
        for i in range(6):
            (tmp_path / "videos" / label / f"{i}_g{i // 2}.avi").touch()
    code, out, err = rnnfv("manifest", tmp_path / "videos", "--splits", 2, "--group", r"_(g\d)")
    assert code == 0 and out.splitlines()[0] == "id,path,label,group,split1,split2"
    assert "run/0_g0.avi,run/0_g0.avi,run,g0," in out and "12 videos, 2 classes, 3 groups" in err
    code, out, _ = rnnfv("manifest", tmp_path / "videos", "-o", tmp_path / "m.csv", "--json")
    about = json.loads(out)
    assert (code, about["items"], about["label"]) == (0, 12, 2)
    assert len((tmp_path / "m.csv").read_text().splitlines()) == 13
    code, _, err = rnnfv("manifest", tmp_path / "absent")
    assert code == 1 and err == (
        f"Error: {tmp_path}/absent: no such folder. Give the folder that holds the class folders.\n"
    )


def test_check_says_what_is_there(rnnfv, tmp_path):
    code, out, _ = rnnfv("check")
    assert code == 0 and out.startswith("Data (") and "This configuration needs no download." in out
    code, out, _ = rnnfv("check", "--json")
    assert code == 0 and not any(source["needed"] for source in json.loads(out).values())
    (tmp_path / "mine.yaml").write_text("tabel1: {}\n")
    code, _, err = rnnfv("check", "--configfile", tmp_path / "mine.yaml")
    assert code == 1 and "tabel1" in err


def test_info_about_files(rnnfv, actions, tmp_path):
    items = [("a", np.zeros((3, 2))), ("b", np.ones((5, 2)))]
    write_sequences(tmp_path / "s.h5", items, 2, attributes={"weights": "none"})
    facts = json.loads(rnnfv("info", tmp_path / "s.h5", "--json")[1])
    assert (facts["what"], facts["items"], facts["dimensions"]) == ("sequences", 2, 2)
    assert facts["lengths"] == {"shortest": 3, "mean": 4.0, "longest": 5}
    assert facts["made by"]["weights"] == "none"
    write_vectors(tmp_path / "v.h5", ["a"], iter([np.zeros((1, 4))]), 4)
    assert "vectors" in rnnfv("info", tmp_path / "v.h5")[1]
    facts = json.loads(rnnfv("info", actions, "--json")[1])
    assert facts["kind"] == "SequenceClassifier"
    assert facts["steps"]["pooling_"] == "MeanPooling"
    assert facts["about"]["frames.settings.every"] == 4
    (tmp_path / "x.txt").write_text("no")
    code, _, err = rnnfv("info", tmp_path / "x.txt")
    assert code == 1 and "neither a model" in err and err.count("\n") == 1
    assert rnnfv("info", tmp_path / "absent")[0] == 1


def test_predict_clips_and_sequences(rnnfv, actions, clips, tmp_path):
    code, out, _ = rnnfv("predict", *clips, "--model", actions, "--json", "--top", 2)
    found = json.loads(out)["predictions"]
    assert code == 0 and [found[str(clip)][0]["class"] for clip in clips] == [c.stem for c in clips]
    assert all(len(best) == 2 and best[0]["score"] > best[1]["score"] for best in found.values())
    _, text, _ = rnnfv("predict", clips[0], "-m", actions)
    assert str(clips[0]) in text.splitlines()  # piped, whole
    assert f"{found[str(clips[0])][0]['score']:.3f}" in text
    write_sequences(tmp_path / "s.h5", [("one", np.full((4, 3), 0.5, np.float32))], 3)
    found = json.loads(rnnfv("predict", tmp_path / "s.h5", "-m", actions, "--json")[1])
    assert list(found["predictions"]) == ["one"]


def test_damaged_clips_are_told_and_others_predicted(rnnfv, actions, clips, tmp_path):
    whole = clips[1].read_bytes()
    (tmp_path / "cut.avi").write_bytes(whole[: len(whole) // 2])
    code, out, err = rnnfv("predict", tmp_path / "cut.avi", clips[0], "-m", actions, "--json")
    assert code == 1 and list(json.loads(out)["predictions"]) == [str(clips[0])]
    assert err.startswith(f"Error: {tmp_path}/cut.avi: truncated: ") and err.count("\n") == 1


def test_models_of_another_kind_and_damaged_ones(rnnfv, actions, retrieval, clips, tmp_path):
    for command, given, model, word in (
        ("predict", clips[0], retrieval, "finds images and sentences"),
        ("search", "a red one", actions, "predicts labels of sequences"),
        ("annotate", clips[0], actions, "predicts labels of sequences"),
    ):
        code, _, err = rnnfv(command, given, "--model", model)
        assert code == 1 and word in err and err.count("\n") == 1
    part = tmp_path / "part.rnnfv"
    MeanPooling().fit([np.ones((2, 3))]).save(part)
    assert "a part of a model" in rnnfv("predict", clips[0], "-m", part)[2]
    part.write_bytes(part.read_bytes()[:-9])
    assert "damaged or cut short" in rnnfv("predict", clips[0], "-m", part)[2]


def test_search_and_its_page(rnnfv, retrieval, images, tmp_path):
    page = tmp_path / "found.html"
    wanted = ["search", "some blue thing", "-m", retrieval, "--page", page]
    code, out, err = rnnfv(*wanted, "--images", tmp_path / "images", "--json")
    assert json.loads(out)["unknown words"] == ["some", "thing"] and "know: some, thing.\n" in err
    found = json.loads(out)["images"]
    assert code == 0 and found[0]["image"] == str(tmp_path / "images/blue.png") and len(found) == 3
    text = page.read_text()
    assert text.count("data:image/jpeg") == 3 and "some blue thing" in text
    assert text.index("blue.png") < text.index("red.png")
    own = json.loads(rnnfv(*wanted, "--json")[1])["images"]  # the model's own images
    assert [one["image"] for one in own] == [one["image"] for one in found]
    encoded = tmp_path / "encoded.h5"
    assert rnnfv("encode", tmp_path / "images", "-m", retrieval, "-o", encoded)[0] == 0
    again = json.loads(rnnfv(*wanted, "--images", encoded, "--json")[1])["images"]
    assert [(one["image"], round(one["score"], 4)) for one in again] == [
        (one["image"], round(one["score"], 4)) for one in found
    ]
    code, _, err = rnnfv("annotate", encoded, "-m", retrieval)
    assert code == 1 and "vectors that rnnfv encode made" in err
    with h5py.File(encoded, "r+") as file:
        file.attrs["model_sha256"] = "of another"
    assert "vectors of another model" in rnnfv(*wanted, "--images", encoded)[2]


def test_empty_and_unknown_sentences(rnnfv, retrieval, tmp_path):
    for sentence in ("", "  ", "zyzzyva"):
        code, _, err = rnnfv("search", sentence, "-m", retrieval, "--page", tmp_path / "p.html")
        assert code == 1 and "no word" in err and err.count("\n") == 1
    (tmp_path / "none").mkdir()
    code, _, err = rnnfv("search", "red", "-m", retrieval, "--images", tmp_path / "none")
    assert code == 1 and "no images here" in err


def test_annotate(rnnfv, retrieval, images, tmp_path):
    green = tmp_path / "images/green.png"
    found = json.loads(rnnfv("annotate", green, "-m", retrieval, "--json")[1])
    found = found["annotations"][str(green)]
    assert found[0]["sentence"] == "a green picture" and len(found) == 3
    (tmp_path / "texts.txt").write_text("so red\nvery green\n")
    _, out, _ = rnnfv("annotate", green, "-m", retrieval, "--sentences", tmp_path / "texts.txt")
    assert out.index("very green") < out.index("so red")
    code, out, _ = rnnfv("annotate", green.parent, "-m", retrieval)  # a table for each
    assert code == 0 and all(str(image) in out.splitlines() for image in images)
    (tmp_path / "texts.txt").write_text("so red\nzyzzyva\n")
    options = ["-m", retrieval, "--sentences", tmp_path / "texts.txt"]
    code, out, err = rnnfv("annotate", green, *options)
    assert code == 1 and "so red" in out and err.startswith("Error: zyzzyva: ")
    (tmp_path / "bad.png").write_text("no image")
    code, _, err = rnnfv("annotate", tmp_path / "bad.png", "-m", retrieval)
    assert code == 1 and err.startswith(f"Error: {tmp_path}/bad.png: unreadable")


def test_encode_what_a_model_takes(rnnfv, actions, retrieval, clips, images, tmp_path):
    out = tmp_path / "v.h5"
    code, printed, _ = rnnfv("encode", *clips, "-m", actions, "-o", out)
    assert code == 0 and "4 vectors of 3 dimensions" in printed
    with open_vectors(out) as (ids, values, made_by):
        assert ids == [str(clip) for clip in clips] and len(made_by["model_sha256"]) == 64
        svm = load(actions).classifier_  # they are what the SVM sees
        best = (values[:] @ svm.coef_.T + svm.intercept_).argmax(axis=1)
        assert svm.classes_[best].tolist() == [clip.stem for clip in clips]
    before = out.read_bytes()
    for one in (out, actions):
        code, _, err = rnnfv("encode", out, "-m", actions, "-o", one)
        assert code == 1 and "this file is read; writing it would destroy it" in err
    assert out.read_bytes() == before
    (tmp_path / "texts.txt").write_text("red\nblue\n")
    inputs = [tmp_path / "texts.txt", "a green sentence", images[0]]
    assert rnnfv("encode", *inputs, "-m", retrieval, "-o", out)[0] == 0
    with open_vectors(out) as (ids, values, _):
        assert ids == ["red", "blue", "a green sentence", str(images[0])]
        cosines = values[:] @ values[-1]  # the first image is blue
        assert cosines.argmax() in (1, 3) and cosines[1] > 0.9
    code, _, err = rnnfv("encode", tmp_path / "absent.avi", "-m", actions, "-o", out)
    assert code == 1 and "missing: no such file" in err


def test_bad_items_are_told_and_the_others_used(rnnfv, actions, retrieval, images, tmp_path):
    ones = np.ones((4, 3), np.float32)
    stored = tmp_path / "s.H5"
    write_sequences(stored, [("good", ones), ("nought", 0 * ones), ("nan", np.nan * ones)], 3)
    code, out, _ = rnnfv("predict", stored, tmp_path / "absent.h5", "-m", actions, "--json")
    found = json.loads(out)
    assert code == 1 and list(found["predictions"]) == [f"{stored}:good"]
    problems = [f"{stored}:nought", f"{stored}:nan", f"{tmp_path}/absent.h5"]
    assert list(found["problems"]) == problems
    assert found["problems"][problems[2]].startswith("no such file")
    (tmp_path / "texts.TXT").write_text("red\nzyzzyva\nred\n")
    vectors = tmp_path / "v.h5"
    inputs = [tmp_path / "texts.TXT", "qoph", images[0], "blue"]
    code, _, err = rnnfv("encode", *inputs, "-m", retrieval, "-o", vectors)
    assert code == 1 and err.count("\n") == 3 and "Error: red: this name comes more than" in err
    with open_vectors(vectors) as (ids, _, _):
        assert ids == ["red", str(images[0]), "blue"]


def test_ids_of_several_files_have_the_file(rnnfv, actions, tmp_path):
    files = [tmp_path / "a.h5", tmp_path / "b.h5"]
    for number, file in enumerate(files, 1):
        write_sequences(file, [("one", np.full((4, 3), 0.1 * number, np.float32))], 3)
    found = json.loads(rnnfv("predict", *files, "-m", actions, "--json")[1])["predictions"]
    assert list(found) == [f"{file}:one" for file in files]
    out = tmp_path / "v.h5"
    assert rnnfv("encode", *files, "-m", actions, "-o", out)[0] == 0
    with open_vectors(out) as (ids, _, _):
        assert ids == list(found)


def test_files_are_no_sentences(rnnfv, retrieval, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "red.heic").write_text("?")
    for name, problem in (
        ("red.heic", "neither an image"),
        ("blue.jpq", "no such file"),
        ("photos/red", "no such file"),
        ("red.jpg", "missing: no such file"),
    ):
        code, _, err = rnnfv("encode", name, "-m", retrieval, "-o", "v.h5")
        assert code == 1 and problem in err.splitlines()[0] and not (tmp_path / "v.h5").exists()


def test_pictures_of_the_model_and_of_encoded_ones(rnnfv, retrieval, images, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert rnnfv("encode", "images", "-m", retrieval, "-o", "v.h5")[0] == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    wanted = ["search", "blue", "--page", "p.html", "-m"]
    _, _, err = rnnfv(*wanted, retrieval, "--images", tmp_path / "v.h5")
    assert not err and (tmp_path / "elsewhere/p.html").read_text().count("data:image/jpeg") == 3
    model = load(retrieval)
    model.images_ = model.images_._replace(names=["first", "second", "third"])
    model.save(tmp_path / "names.rnnfv")
    code, _, err = rnnfv(*wanted, tmp_path / "names.rnnfv")
    assert code == 0 and err.startswith("Note: no picture was found")
    files = np.array([image.name for image in images])
    model.about_["pictures"] = {"folders": [str(images[0].parent)], "files": files}
    model.save(tmp_path / "files.rnnfv")
    code, out, err = rnnfv(*wanted, tmp_path / "files.rnnfv")
    assert code == 0 and not err and str(images[0]) in out
    assert (tmp_path / "elsewhere/p.html").read_text().count("data:image/jpeg") == 3


def test_what_is_read_is_not_overwritten(rnnfv, actions, retrieval, images, clips, tmp_path):
    write_sequences(tmp_path / "s.h5", [("a", np.ones((3, 3)))], 3)
    clips, folder = clips[0].parents[1], images[0].parent
    for target, command in (
        (tmp_path / "s.h5", ["encode", f"sequences={tmp_path}/s.h5", "-m", actions, "-o"]),
        (images[0], ["encode", folder, "-m", retrieval, "-o"]),
        (images[0], ["search", "red", "-m", retrieval, "--images", folder, "--page"]),
        (retrieval, ["search", "red", "-m", retrieval, "--page"]),
        (next(clips.rglob("*.avi")), ["manifest", clips, "-o"]),
    ):
        before = target.read_bytes()
        code, _, err = rnnfv(*command, target)
        assert code == 1 and f"{target}: this file is read; writing it would destroy it" in err
        assert target.read_bytes() == before
    for _ in range(2):
        assert rnnfv("encode", folder, "-m", retrieval, "-o", folder / "v.h5")[0] == 0


def test_a_manifest_says_what_may_be_wrong_with_it(rnnfv, tmp_path):
    for i in range(9):
        for label in ("run", "Run", "sit"):
            (tmp_path / label).mkdir(exist_ok=True)
            (tmp_path / label / f"{i}.avi").write_bytes(f"{label}{i}".encode())
    (tmp_path / "sit" / "x.avi").write_bytes(b"run3")
    code, _, err = rnnfv("manifest", tmp_path)
    assert code == 0 and "Note: labels that differ in spelling only: 'Run', 'run'" in err
    assert "1 times one file, or copies of one, with two labels: 'run/3.avi (run) = sit/x" in err


def test_images_that_cannot_be_read_are_told(rnnfv, retrieval, images, tmp_path, caplog):
    (images[0].parent / "phone.HEIC").touch()
    rnnfv("encode", images[0].parent, "-m", retrieval, "-o", tmp_path / "v.h5")
    assert "left out, as this cannot be read: 'phone.HEIC'" in caplog.text


def test_homes_are_written_out(rnnfv, actions, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write_sequences(tmp_path / "s.h5", [("a", np.full((3, 3), 0.5))], 3)
    for given in ("~/s.h5", "sequences=~/s.h5"):
        for model in (["-m", f"~/{actions.name}"], [f"-m~/{actions.name}"]):
            assert rnnfv("predict", given, *model)[0] == 0


def test_output_that_nobody_can_take(rnnfv, tmp_path, monkeypatch):
    """Names that are no text, and a disk that is full."""
    code, _, err = rnnfv("info", tmp_path / "a\udcff.h5")
    assert code == 1 and r"a\udcff.h5: no such file" in err
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUNBUFFERED": ""}
    show = "import sys; sys.argv = ['rnnfv', '--version']; from rnnfv.cli import main; "
    ended = show + "main.app = lambda: print('±'); main.run()"
    done = subprocess.run([sys.executable, "-c", ended], env=ascii_only, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"\\xb1\n")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "w") as full:
            command = [sys.executable, "-c", f"{show} main.run()"]
            done = subprocess.run(
                command, env=ascii_only, stdout=full, stderr=subprocess.PIPE, text=True
            )
        assert done.returncode == 1 and done.stderr.startswith("Error: the output: No space left")
        assert len(done.stderr.splitlines()) == 1


def test_a_model_that_is_a_pipe_or_goes_on_for_ever(rnnfv, tmp_path):
    os.mkfifo(tmp_path / "pipe.rnnfv")
    (tmp_path / "zeros.rnnfv").touch()
    os.truncate(tmp_path / "zeros.rnnfv", 20 * 2**30)  # takes no room
    for name, said in {"pipe": "it is no file", "zeros": "not a model of rnnfv"}.items():
        code, _, err = rnnfv("predict", "a.avi", "-m", tmp_path / f"{name}.rnnfv")
        assert code == 1 and said in err
