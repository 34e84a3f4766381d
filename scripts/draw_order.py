"""Draw clips that are each other's reverse beside Table 1's bars of their data set."""

import pandas as pd
from job import inputs, output, params

from rnnfv.data.synthetic.actions.dataset import render_clip
from rnnfv.data.synthetic.actions.recipes import RECIPES
from rnnfv.data.text_files import read_table
from rnnfv.errors import InputError
from rnnfv.reporting.order import order_picture

DATASET = "synthetic-pairs"

table = read_table(inputs.table, ("dataset", "feature", "pooling", "mean", "std"))
rows = table[table["dataset"] == DATASET]
if rows.empty:
    raise InputError(f"{inputs.table}: no rows of {DATASET}, which the picture shows.")
rows = rows[rows["feature"] == rows["feature"].iloc[0]]
rows = rows.assign(**rows[["mean", "std"]].apply(pd.to_numeric))
clips = {
    label: render_clip("pairs", f"{label}/{label}_s0{scene}_c1.avi", params.seed)
    for label, scene in (("grow", 0), ("shrink", 0), ("rise", 2), ("fall", 2))
}
order_picture(clips, rows, len(RECIPES["pairs"].actions), output.picture)
