"""Represent sentences, fit their CCA with images, choose eta on validation, project the test items.

For models blind to order and for RNN-FVs alike: the second have a network among their inputs.
"""

import json

from job import inputs, output, params, wildcards

from rnnfv.arrays.intermediates import read_json
from rnnfv.arrays.provenance import provenance, weights_label
from rnnfv.arrays.writing import write_json
from rnnfv.experiments.captions import load_parts
from rnnfv.experiments.representations import representation
from rnnfv.experiments.retrieval import fit_common_space, write_projected
from rnnfv.reduction.cca_projection import write_projection

settings = params.settings
model, seed = wildcards.model, int(wildcards.seed)
reverse = settings.get("reverse", False)
words, (train, val, test) = load_parts(inputs, ("train", "val", "test"), reverse=reverse)
files = {name: inputs.get(name) for name in ("network", "mixtures")}
represent = representation(settings, seed, train.sentences, **files)
space, sweep = fit_common_space(represent, train, val, settings["eta"], settings["components"])
about = {"model": model, "seed": seed, "eta": space.eta, "words": words.label}
about["weights"] = weights_label(inputs.vectors)
made_by = provenance(settings, ["scipy"], **about)
write_projected(output.projected, test, *space.project(test), made_by)
if output.get("cca"):
    write_projection(output.cca, space.projection, made_by)
components = len(space.projection.correlations)
chosen = about | {"dim": space.dim, "components": components, "sweep": sweep}
chosen["val_rsum"] = sweep[space.eta]
if settings["pooling"] == "rnn-fv":
    trained = read_json(inputs.trained, ("epoch", "untrained"))
    chosen |= {"epoch": trained["epoch"], "untrained_rsum": trained["untrained"]}
    chosen |= {key: trained[key] for key in ("val_loss", "copy_loss") if key in trained}
print(json.dumps(chosen, indent=1))
write_json(output.choice, chosen)
