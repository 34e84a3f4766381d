# What a table was made by: code, configuration, packages, machine, features. No table needs it.
from rnnfv.planning.behind import features_behind

BEHIND = {
    "sequences": f"<results>/{FEATURE}/sequences.h5",
    "images": rules.join_images.output.vectors,
    "words": rules.look_up_words.output.table,
    **FUSED_VECTORS,
}
DESCRIBED = [name for name in ("table1", "table2", "ablations") if name in config]


rule provenance:
    input:
        table="<results>/{described}.csv",
        features=lambda w: features_behind(config, w.described, BEHIND),
    output:
        facts="<results>/{described}.provenance.json",
    wildcard_constraints:
        described=any_of([*DESCRIBED, *retrieval.tables(config)]),
    params:
        # The device is the machine's: it shapes no number.
        config={key: value for key, value in sorted(config.items()) if key != "device"},
    message:
        "writing down what {wildcards.described} was made by"
    script:
        "../scripts/write_provenance.py"


rule all_provenance:
    input:
        facts=expand("<results>/{table}.provenance.json", table=TABLES),
    output:
        facts="<results>/provenance.json",
    localrule: True
    message:
        "writing down what all tables were made by"
    script:
        "../scripts/join_provenance.py"
