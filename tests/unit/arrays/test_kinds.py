"""Files of another kind than they were given for are told by their first bytes."""

import gzip
import io
import pickle
import zipfile

import h5py
import numpy as np
import pytest

from rnnfv.arrays.hdf5 import open_h5
from rnnfv.arrays.kinds import it_is, kind_of
from rnnfv.data.text_files import read_csv, read_text
from rnnfv.errors import InputError


def zipped(*names):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return whole.getvalue()


def saved(save, *values, **named):
    whole = io.BytesIO()
    save(whole, *values, **named)
    return whole.getvalue()


FOREIGN = [
    (saved(np.savez, values=np.zeros(3)), "an .npz file"),
    (saved(np.save, np.zeros(3)), "an .npy file"),
    (zipped("[Content_Types].xml", "xl/workbook.xml"), "a workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook"),
    (zipped("mine/data.pkl", "mine/data/0"), "a file of torch.save"),
    (zipped("glove.txt"), "an archive"),
    (gzip.compress(b"id,label"), "an archive"),
    (b"  <!DOCTYPE html><html>", "a web page"),
    (b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"),
    (pickle.dumps([1.0]), "a pickle"),
    (b"MATLAB 5.0 MAT-file, Platform: GLNXA64", "a MATLAB file"),
    ("id,label".encode("utf-16"), "text in UTF-16"),
    (bytes(512), "nothing but zeros"),
]


@pytest.mark.parametrize(("content", "kind"), FOREIGN, ids=[kind for _, kind in FOREIGN])
def test_files_of_another_kind(tmp_path, content, kind):
    path = tmp_path / "mine"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"no text.* It is {kind}"):
        read_text(path)
    with pytest.raises(InputError, match=rf"not a readable HDF5 file.* it is {kind}") as caught:
        open_h5(path, ["ids"]).__enter__()
    assert "write_sequences" in str(caught.value) and "emove" not in str(caught.value)


def test_what_is_not_known_is_not_told(tmp_path):
    for start in (b"", b"id,label\n", b"PK,7z,BZh\n", b"\x00\x01", b"{}", "é".encode()):
        assert kind_of(start) == ""
    assert it_is(tmp_path / "absent") == ""
    with h5py.File(tmp_path / "a.h5", "w"):
        pass
    assert it_is(tmp_path / "a.h5").endswith("it is an HDF5 file.")


@pytest.mark.parametrize(("sign", "words"), [(";", "semicolons"), ("\t", "tabs")])
def test_cells_between_other_signs(tmp_path, sign, words):
    (tmp_path / "m.csv").write_text(sign.join(["id", "label"]) + "\na" + sign + "0,5\n")
    with pytest.raises(InputError, match=f"separated by {words}. Save it as comma-separated"):
        read_csv(tmp_path / "m.csv")
