"""Check a user's sequences file against the manifest; apply the policy for items it lacks."""

from job import inputs, output, params

from rnnfv.arrays.sequences import open_sequences
from rnnfv.data.bad_items import apply_policy, given_items, summarize
from rnnfv.data.manifests.table import read_manifest

listed = read_manifest(inputs.listed)["id"].tolist()
with open_sequences(inputs.sequences) as sequences:
    items = given_items(listed, sequences.ids, sequences.flaws())
    extra = len(set(sequences.ids) - set(listed))
print(f"{summarize(items)}; {extra} sequences are not in the manifest and are not used")
items = apply_policy(items, params.on_bad_video, inputs.sequences)
items.to_csv(output.usable, index=False)
