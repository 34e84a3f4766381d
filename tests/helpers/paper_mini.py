"""The paper's whole reproduction with stand-ins for its data.

    python tests/helpers/paper_mini.py FOLDER [CORES]

Small archives with the names, formats and inner layouts of data/sources.csv are made and served on
this machine. Then `all_tables` runs with config/paper.yaml and config/paper-mini.yaml in FOLDER.
Where there is real data (see conftest.py), clips and pictures are real ones of other data sets
under the names of UCF101, HMDB51, Flickr30k and COCO; else they are synthetic. Weights and word
vectors are random, at full size. So every step runs, and no number means anything.
"""

import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

sys.path.extend(map(str, Path(__file__).resolve().parents[1:3]))  # where this file is the program

import yaml

from helpers.archives_and_server import FOLDER, Served, mapped, rar4, rar5, serve, write_sources
from helpers.paper_mini_media import FILMS, PARTS, hmdb_clips, pictures, ucf_clips
from helpers.paper_mini_weights import write_c3d, write_caffemodel, write_words
from rnnfv.features.words.corpora import gensim_wikipedia
from rnnfv.features.words.tokens import tokenize

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATIONS = [ROOT / "config" / "paper.yaml", ROOT / "config" / "paper-mini.yaml"]
GROUPS = "ucf101 hmdb51 flickr8k flickr30k coco karpathy words leipzig vgg19_caffe c3d".split()
SENTENCES = 200
"""Of the corpus."""

RESTVAL = 4
"""Of COCO's training pictures, how many are Karpathy's `restval`."""


class Archives:
    """Files of one folder, and what is in them, by their names in the table of sources.

    Attributes:
        folder: where they are.
        counts: name to what is to be counted when it is unpacked.
        texts: every sentence, for the words that need vectors.
    """

    def __init__(self, folder):
        self.folder, self.counts, self.texts = Path(folder), {}, []
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, name, file, data, **counts):
        (self.folder / file).write_bytes(data)
        self.counts[name] = counts


def make_archives(folder, real):
    """All archives and weights files that the paper's configuration asks for."""
    archives = Archives(folder)
    ucf101(archives, ucf_clips(real))
    hmdb51(archives, hmdb_clips(real))
    eight, thirty, coco = pictures(real)
    karpathy = {
        "flickr8k": flickr8k(archives, eight),
        "flickr30k": flickr30k(archives, thirty),
        "coco": coco2014(archives, coco),
    }
    members = {
        f"dataset_{name}.json": json.dumps(content).encode() for name, content in karpathy.items()
    }
    archives.write("karpathy", "caption_datasets.zip", zipped(members), **dict.fromkeys(members, 1))
    leipzig(archives)
    words(archives)
    for name, file, write in (
        ("vgg19_caffe", "VGG_ILSVRC_19_layers.caffemodel", write_caffemodel),
        ("c3d", "c3d.pickle", write_c3d),
    ):
        write(archives.folder / file)
        archives.counts[name] = {}
    return archives


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            without_date = zipfile.ZipInfo(name)  # the same bytes every time
            archive.writestr(without_date, data)
    return file.getvalue()


def tarred(members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return gzip.compress(file.getvalue(), 1, mtime=0)


def ucf101(archives, clips):
    """Split N tests on group N; lists have the official ones' ends of lines and class numbers."""
    members = {"UCF-101/": FOLDER}
    numbers = {label: i for i, label in enumerate(sorted(clips), 1)}
    lists = {"classInd.txt": [f"{i} {label}" for label, i in numbers.items()]}
    for label in sorted(clips):
        members |= {f"UCF-101/{label}/": FOLDER} | {
            f"UCF-101/{label}/{name}": data for name, data in clips[label].items()
        }
        for n in range(1, FILMS):
            for name in sorted(clips[label]):
                test = f"_g{n:02d}_" in name
                line = f"{label}/{name}" if test else f"{label}/{name} {numbers[label]}"
                lists.setdefault(f"{'test' if test else 'train'}list{n:02d}.txt", []).append(line)
    counts = {"*.avi": sum(map(len, clips.values())), "folders": len(clips)}
    archives.write("ucf101_videos", "UCF101.rar", rar4(members), **counts)
    texts = {
        f"ucfTrainTestlist/{name}": "".join(f"{line}\r\n" for line in lines).encode()
        for name, lines in lists.items()
    }
    counts = {"trainlist*.txt": FILMS - 1, "testlist*.txt": FILMS - 1, "classInd.txt": 1}
    name = "UCF101TrainTestSplits-RecognitionTask.zip"
    archives.write("ucf101_lists", name, zipped(texts), **counts)


def hmdb51(archives, clips):
    """A RAR of RARs, a class each; split N tests on film N, and one clip a class is in no split."""
    inner, lists = {}, {}
    for label, files in clips.items():
        inner[f"{label}.rar"] = rar5({f"{label}/{name}": data for name, data in files.items()})
        for n in range(1, FILMS):
            codes = [0 if i == FILMS else 2 if i == n - 1 else 1 for i in range(len(files))]
            lines = "".join(f"{name} {code} \n" for name, code in zip(files, codes, strict=True))
            lists[f"testTrainMulti_7030_splits/{label}_test_split{n}.txt"] = lines.encode()
    counts = {"*.avi": sum(map(len, clips.values())), "folders": len(clips)}
    archives.write("hmdb51_videos", "hmdb51_org.rar", rar5(inner), **counts)
    counts = {"*_test_split?.txt": len(lists)}
    archives.write("hmdb51_lists", "test_train_splits.rar", rar4(lists), **counts)


def parts():
    """The part of each picture of a caption set."""
    return [part for part, count in PARTS.items() for _ in range(count)]


def karpathy_file(dataset, names, told, splits, **more):
    """A `dataset_*.json`; ``more`` are further keys of an image, a list each."""
    images, sentid = [], 0
    for i, (name, texts, split) in enumerate(zip(names, told, splits, strict=True)):
        ids = list(range(sentid, sentid := sentid + len(texts)))
        sentences = [
            {"tokens": tokenize(text)[:-1], "raw": text, "imgid": i, "sentid": j}
            for text, j in zip(texts, ids, strict=True)
        ]
        image = {"sentids": ids, "imgid": i, "sentences": sentences, "split": split}
        own = {key: values[i] for key, values in more.items()}
        images.append(image | {"filename": name} | own)
    return {"images": images, "dataset": dataset}


def tokens(names, told):
    """A file of captions as Flickr8k's and Flickr30k's."""
    pairs = zip(names, told, strict=True)
    return "".join(f"{name}#{k}\t{text}\n" for name, texts in pairs for k, text in enumerate(texts))


def flickr8k(archives, both):
    """Two zips, as real: with a Mac's leavings, and a caption of an image that is not there."""
    names = [f"{1000268201 + 7919 * i}_{i:010x}.jpg" for i in range(len(both))]
    pixels, told = zip(*both, strict=True)
    archives.texts += [text for texts in told for text in texts]
    folder, counts = "Flicker8k_Dataset", {"*.jpg": len(both)}
    images = {f"{folder}/{name}": data for name, data in zip(names, pixels, strict=True)}
    mac = {f"__MACOSX/{folder}/._{names[0]}": b"mac"}
    archives.write("flickr8k_images", "Flickr8k_Dataset.zip", zipped(images | mac), **counts)
    absent = "2258277193_586949ec62.jpg.1#0\tPeople wait for the train .\n"
    lists = {"Flickr8k.token.txt": tokens(names, told) + absent}
    for title, part in (("train", "train"), ("dev", "val"), ("test", "test")):
        listed = [name for name, split in zip(names, parts(), strict=True) if split == part]
        lists[f"Flickr_8k.{title}Images.txt"] = "".join(f"{name}\n" for name in listed)
    extra = {"Flickr8k.lemma.token.txt": b"", "readme.txt": b"stand-ins"}
    extra |= {"__MACOSX/._readme.txt": b"mac"}
    members = {name: text.encode() for name, text in lists.items()} | extra
    archives.write("flickr8k_text", "Flickr8k_text.zip", zipped(members), **dict.fromkeys(lists, 1))
    return karpathy_file("flickr8k", names, told, parts())


def flickr30k(archives, both):
    """Two archives to be put into place by hand; the last picture is in no split."""
    names = [f"{1000092795 + 7919 * i}.jpg" for i in range(len(both) + 1)]
    pixels, told = zip(*both, both[0], strict=True)
    archives.texts += [text for texts in told for text in texts]
    images = {f"flickr30k-images/{name}": data for name, data in zip(names, pixels, strict=True)}
    counts = {"*.jpg": len(images)}
    archives.write("flickr30k_images", "flickr30k-images.tar.gz", tarred(images), **counts)
    text = tokens(names, told).encode()
    members = {"readme.txt": b"stand-ins", "results_20130124.token": text}
    archives.write("flickr30k_tokens", "flickr30k.tar.gz", tarred(members), lines=text.count(b"\n"))
    return karpathy_file("flickr30k", names[:-1], told[:-1], parts())


def coco2014(archives, both):
    """Training pictures in train2014, the rest and Karpathy's `restval` in val2014.

    One picture has six captions.
    """
    told = [texts for _, texts in both]
    told[0] = [*told[0], f"{told[0][0]}\n"]
    archives.texts += [text for texts in told for text in texts]
    splits, first = parts(), PARTS["train"] - RESTVAL
    splits[first : first + RESTVAL] = ["restval"] * RESTVAL
    folders = ["train2014" if split == "train" else "val2014" for split in splits]
    numbers = [9 + 16 * i for i in range(len(both))]
    numbered = zip(folders, numbers, strict=True)
    names = [f"COCO_{folder}_{number:012d}.jpg" for folder, number in numbered]
    annotations = {}
    for folder in ("train2014", "val2014"):
        chosen = [i for i, other in enumerate(folders) if other == folder]
        files = {f"{folder}/": b""} | {f"{folder}/{names[i]}": both[i][0] for i in chosen}
        counts = {"*.jpg": len(chosen)}
        archives.write(f"coco_{folder[:-4]}", f"{folder}.zip", zipped(files), **counts)
        captions = [
            {"image_id": numbers[i], "id": 10 * i + k, "caption": text}
            for k in range(6)
            for i in chosen
            for text in told[i][k : k + 1]
        ]
        size = {"height": 480, "width": 640, "license": 1}
        images = [{"id": numbers[i], "file_name": names[i]} | size for i in chosen]
        content = {"images": images, "annotations": captions}
        content |= {"info": {"year": 2014}, "licenses": []}
        annotations |= {
            f"annotations/captions_{folder}.json": content,
            f"annotations/instances_{folder}.json": {},
        }
    members = {name: json.dumps(content).encode() for name, content in annotations.items()}
    counts = {"captions_train2014.json": 1, "captions_val2014.json": 1}
    archives.write("coco_annotations", "annotations_trainval2014.zip", zipped(members), **counts)
    return karpathy_file("coco", names, told, splits, filepath=folders, cocoid=numbers)


def leipzig(archives):
    """Real sentences, of the articles of Wikipedia that come with gensim."""
    sentences = [text for text, _ in zip(gensim_wikipedia(), range(SENTENCES), strict=False)]
    archives.texts += sentences
    name = "eng_wikipedia_2010_1M"
    text = "".join(f"{i}\t{sentence}\n" for i, sentence in enumerate(sentences, 1)).encode()
    members = {f"{name}/{name}-sentences.txt": text, f"{name}/{name}-words.txt": b"1\t!\t1\n"}
    archives.write("leipzig_wikipedia", f"{name}.tar.gz", tarred(members), lines=len(sentences))


def words(archives):
    """Vectors of the words of all sentences."""
    found = {word for text in archives.texts for word in tokenize(text)}
    path = archives.folder / "GoogleNews-vectors-negative300.bin.gz"
    archives.counts["word2vec_googlenews"] = {"bytes": write_words(path, found)}


def table(archives, address):
    """The rows of data/sources.csv for these archives, with their sizes, checksums and counts."""
    with open(ROOT / "data" / "sources.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["group"] in GROUPS]
    for row in rows:
        path = archives.folder / row["file"]
        counts = archives.counts[row["name"]]
        keys = [word.rpartition("=")[0] for word in row["expected"].split()]
        kinds = [word.split(":")[0] for word in row["checksums"].split()]
        row["expected"] = " ".join(f"{key}={counts[key]}" for key in keys)
        row["checksums"] = " ".join(f"{kind}:{digest(path, kind)}" for kind in kinds)
        row["bytes"] = row["bytes"] and path.stat().st_size
        row |= dict.fromkeys(("mirrors", "about_bytes", "unpacked_bytes"), "")
        row["evidence"] = "a stand-in, made by a test"
        row["url"] = row["url"] and f"{address}/{row['file']}"
    return rows


def digest(path, kind):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


@contextmanager
def world(folder, real):
    """Make and serve everything; yield the files of configuration and the requests that came."""
    folder = Path(folder).resolve()
    archives = make_archives(folder / "stand-ins", real)
    served = {f"/{path.name}": Served(mapped(path)) for path in archives.folder.iterdir()}
    with serve(served) as (address, requests):
        rows = table(archives, address)
        by_hand = folder / "data" / "downloads"
        by_hand.mkdir(parents=True, exist_ok=True)
        for row in rows:
            if row["gated"] == "yes" and not (folder / "data" / row["into"]).exists():
                (by_hand / row["file"]).write_bytes((archives.folder / row["file"]).read_bytes())
        write_sources(folder / "sources.csv", rows)
        (folder / "stand-ins.yaml").write_text(yaml.safe_dump({"data": {"sources": "sources.csv"}}))
        yield [*CONFIGURATIONS, folder / "stand-ins.yaml"], requests


def real_data():
    """The folder of real data sets, or None."""
    folder = Path(os.environ.get("RNNFV_TEST_DATA", ROOT.parent / "shared" / "data"))
    return folder if folder.is_dir() else None


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python tests/helpers/paper_mini.py FOLDER [CORES]")
    folder, cores = sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else "2"
    command = [sys.executable, "-m", "snakemake", "all_tables", "--snakefile", ROOT / "Snakefile"]
    command += ["--directory", folder, "--cores", cores, "--configfile"]
    with world(folder, real_data()) as (configurations, _):
        sys.exit(subprocess.run([*command, *configurations], check=False).returncode)


if __name__ == "__main__":
    main()
