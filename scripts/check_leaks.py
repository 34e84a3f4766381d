"""Look for items in two parts of a split: by group, by file, by content; the policy for them."""

from job import inputs, output, params, wildcards

from rnnfv.arrays.writing import write_json
from rnnfv.data.leaks import Material, apply_leak_policy
from rnnfv.data.replaced import identities, keep

own = Material.read(inputs.listed, params.videos, inputs.sequences)
donors = [
    Material.read(listed, donor["videos"], donor["sequences"], f" of {name}")
    for listed, (name, donor) in zip(inputs.donors, params.donors.items(), strict=True)
]
read = identities(path for each in (own, *donors) for path in each.files.values())
leaks, oddities = [], []
for split in params.splits:
    if f"split{split}" in own.manifest:
        theirs = [f"split{donor['splits'][split]}" for donor in params.donors.values()]
        leaks += own.leaks(f"split{split}", list(zip(donors, theirs, strict=True)))
        oddities += own.oddities(f"split{split}")
notes = apply_leak_policy(leaks, params.on_leak, wildcards.dataset, params.drawn)
notes += [f"{wildcards.dataset}: {oddity}" for oddity in oddities]
notes += [f"{wildcards.dataset}: {oddity}" for oddity in own.labelling()]
print("\n".join(notes) or "no item is in two parts of a split")
write_json(output.notes, notes)
keep(params.seen, params.since, read)
