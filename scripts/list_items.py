"""Read a data set's own lists: items that some split uses, with label, group and splits."""

from job import inputs, output, params

from rnnfv.data.manifests import OFFICIAL_LAYOUTS
from rnnfv.data.manifests.own import read_folders, read_own
from rnnfv.data.manifests.table import split_columns, write_manifest
from rnnfv.data.synthetic.actions.dataset import dataset_manifest


def read(settings, lists, videos):
    if settings["layout"] == "synthetic":
        drawn_by = ("recipe", "scenes", "clips_per_class", "seed")
        return dataset_manifest(*(settings[key] for key in drawn_by))
    drawn = settings.get("splits", []), settings.get("seed", 0)
    if settings["layout"] == "folders":
        return read_folders(videos, *drawn, settings.get("group"))
    if settings["layout"] == "manifest":
        return read_own(lists, *drawn)
    reader = OFFICIAL_LAYOUTS[settings["layout"]]
    return reader(videos, settings["lists"], settings["splits"], settings["check_counts"])


items = read(params.settings, str(inputs.lists), params.videos)
used = (items[split_columns(items)] != "unused").any(axis=1)
print(f"{used.sum()} items; {(~used).sum()} more are in no split and are left out")
write_manifest(output.listed, items[used])
