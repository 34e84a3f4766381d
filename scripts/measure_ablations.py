"""Accuracy and time of every change that uses this split's networks, for every seed."""

from job import inputs, output, params, snakemake, wildcards

from rnnfv.arrays.provenance import weights_label
from rnnfv.arrays.sequences import load_sequences
from rnnfv.arrays.writing import write_json
from rnnfv.data.labels import label_facts
from rnnfv.devices import own_gpu, pick_device
from rnnfv.experiments.ablations import measure_changes
from rnnfv.experiments.classification import read_split
from rnnfv.rnn.checkpoint import TrainedNetwork

place = {**wildcards, "split": int(wildcards.split)}
data = read_split(inputs.sequences, inputs.manifest, place["split"], params.changes[0]["stride"])
compared = load_sequences(inputs.reference)
device = pick_device(own_gpu(snakemake.resources.device))
measured = []
for network in map(TrainedNetwork.read, inputs.networks):
    about = [params.changes, params.reference, network, data, compared, params.C, device]
    measured += measure_changes(*about)
counts = {part: len(members) for part, members in data.rows.items()}
facts = {**place, "weights": weights_label(inputs.sequences), "counts": counts}
facts |= label_facts(data.labels, data.rows)
write_json(output.metrics, {**facts, "changes": measured})
