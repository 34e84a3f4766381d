"""Look for the files of all videos before any is decoded; the policy for missing ones."""

from pathlib import Path

from job import inputs, output, params, wildcards

from rnnfv.data.bad_items import decide, summarize
from rnnfv.data.files import is_folder
from rnnfv.data.manifests.own import look_for_files
from rnnfv.data.manifests.table import read_manifest
from rnnfv.errors import InputError

key = f"datasets.{wildcards.dataset}"
root = Path(params.videos or "")
if not is_folder(root):
    raise InputError(f"{key}.videos: {root} is no folder. Set it to the folder of the videos.")
manifest = read_manifest(inputs.listed)
if "path" not in manifest:
    raise InputError(f"{key}.manifest: no column path, so there are no videos to decode.")
items = look_for_files(manifest, root)
print(summarize(items))
decide(items, params.on_bad_video, params.bad).to_csv(output.files, index=False)
