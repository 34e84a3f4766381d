"""Train the next-word network of one model; retrieval on validation images chooses the epoch."""

from job import inputs, output, params, snakemake, wildcards

from rnnfv.arrays.writing import write_json
from rnnfv.devices import own_gpu, pick_device
from rnnfv.experiments.captions import load_parts
from rnnfv.experiments.epoch_choice import learning_curve, train_on_sentences
from rnnfv.reporting.names import in_words
from rnnfv.reporting.plots import retrieval_curve
from rnnfv.rnn.checkpoint import remove_unfinished

CHOSEN = ("epoch", "val_rsum", "eta", "val_loss", "copy_loss")
LOSSES = {"regression": "½‖x − v‖²", "classification": "the cross entropy"}

settings, seed = params.settings, int(wildcards.seed)
reverse = settings["reverse"]
words, (train, val) = load_parts(inputs, ("train", "val"), reverse=reverse)
corpus = inputs.corpus
sentences = words.of_corpus(corpus[0], reverse=reverse) if corpus else train.sentences
device = pick_device(own_gpu(snakemake.resources.device))
about = {"seed": seed, "device": device, "network_path": output.network}
result = train_on_sentences(sentences, train, val, settings, **about)
curve, epoch = learning_curve(result), result.best["epoch"]
curve.to_csv(output.curve, index=False)
title = in_words(wildcards, snakemake.config["models"])  # no parameter: it makes nothing anew
retrieval_curve(curve, epoch, LOSSES[settings["objective"]], title, output.plot)
chosen = {key: result.best[key] for key in CHOSEN if key in result.best}
about = {"seed": seed, "untrained": result.curve[0]["val_rsum"]}
write_json(output.choice, about | chosen)
remove_unfinished(output.network)
