"""AdamW against torch's own, and what it saves."""

import subprocess
import sys

import torch

from rnnfv.rnn.adamw import AdamW

TRAINS = """
import sys
import numpy as np
from rnnfv import RNNFisherVector
RNNFisherVector(n_fc=2, n_lstm=2, epochs=1).fit([np.eye(3)] * 4)
print("torch._dynamo" in sys.modules)
"""


def parameters():
    generator = torch.Generator().manual_seed(0)
    return [
        torch.nn.Parameter(torch.randn(*shape, generator=generator)) for shape in [(4, 3), (5,)]
    ]


def take_steps(weights, optimizer, steps=range(5)):
    for step in steps:
        optimizer.zero_grad()
        sum((w**2 * (step + 1)).sin().sum() for w in weights).backward()
        optimizer.step()
    return weights


def test_it_takes_the_steps_of_torch():
    ours, torchs = parameters(), parameters()
    take_steps(ours, AdamW(ours, 0.01, 0.1))
    take_steps(torchs, torch.optim.AdamW(torchs, lr=0.01, weight_decay=0.1))
    for a, b in zip(ours, torchs, strict=True):
        assert torch.equal(a, b)


def test_another_goes_on_from_its_state():
    whole, half = parameters(), parameters()
    take_steps(whole, AdamW(whole, 0.01, 0.1))
    first, second = AdamW(half, 0.01, 0.1), AdamW(half, 0.01, 0.1)
    take_steps(half, first, range(2))
    second.load(first.state)
    take_steps(half, second, range(2, 5))
    for a, b in zip(whole, half, strict=True):
        assert torch.equal(a, b)


def test_a_training_does_not_import_torchs_compiler():
    done = subprocess.run([sys.executable, "-c", TRAINS], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
