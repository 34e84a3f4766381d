"""The command in this process, and small models for it."""

import sys

import pytest
from helpers.small_models import action_model, retrieval_model, write_clips, write_images

from rnnfv.cli.main import run


@pytest.fixture
def rnnfv(monkeypatch, capsys):
    """Run the command in this process: returns its exit code, stdout and stderr."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["rnnfv", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        printed = capsys.readouterr()
        return ended.value.code or 0, printed.out, printed.err

    return call


@pytest.fixture
def clips(tmp_path):
    return write_clips(tmp_path / "clips")


@pytest.fixture
def actions(clips, tmp_path):
    return action_model(clips, tmp_path / "actions.rnnfv")


@pytest.fixture
def images(tmp_path):
    return write_images(tmp_path / "images")


@pytest.fixture
def retrieval(images, tmp_path):
    return retrieval_model(tmp_path / "retrieval.rnnfv", images)
