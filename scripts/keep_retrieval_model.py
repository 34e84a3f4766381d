"""Keep a row of a table of retrieval in one file: a model of sentences, or several together."""

from job import inputs, output, params, wildcards

import rnnfv
from rnnfv.arrays.provenance import provenance
from rnnfv.models.image_sentence_ensemble import ImageSentenceEnsemble

spaces = [rnnfv.load(path) for path in inputs.spaces]
[(row, members)] = params.method.items()
about = {"made for": wildcards.table, "row": row, "models": members}
model = spaces[0] if len(spaces) == 1 else ImageSentenceEnsemble.of_spaces(spaces)
model.about_ |= about | {key: spaces[0].about_.get(key) for key in ("frames", "pictures")}
model.save(output.model, provenance(about, ["scipy"], table=wildcards.table, row=row))
