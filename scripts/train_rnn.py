"""Train the next-element network on one split; after every epoch validate its Fisher vector."""

from job import inputs, output, params, snakemake, wildcards

from rnnfv.arrays.writing import write_json
from rnnfv.devices import own_gpu, pick_device
from rnnfv.experiments.classification import grid_of, read_split
from rnnfv.experiments.epoch_choice import learning_curve, train_on_split
from rnnfv.rnn.checkpoint import remove_unfinished
from rnnfv.rnn.settings import candidates

CHOSEN = ("epoch", "pca", "alpha", "val_loss", "copy_loss", "val_accuracy")

split = int(wildcards.split)
data = read_split(inputs.sequences, inputs.manifest, split, params.stride, params.folds)
settings = candidates(params.rnn)
grid = grid_of({"rnn": params.rnn, "svm": params.svm}, "rnn")
device = pick_device(own_gpu(snakemake.resources.device))
for i, seed in enumerate(params.seeds):
    path = output.networks[i]
    result = train_on_split(data, settings, grid, seed, device, path)
    best = {key: result.best[key] for key in CHOSEN}
    curve = learning_curve(result)
    curve.to_csv(output.curves[i], index=False)
    if output.get("plots"):
        from rnnfv.reporting.names import in_words
        from rnnfv.reporting.plots import accuracy_curve

        title = in_words({**wildcards, "seed": seed})
        accuracy_curve(curve, best["epoch"], title, output.plots[i])
    write_json(output.choices[i], {"seed": seed, **best})
for path in output.networks:  # only now: a job that is killed goes on with the last seed
    remove_unfinished(path)
