# What a table was made by: code, configuration, packages, machine, features. No table needs it.
DESCRIBED = [name for name in ("table1", "table2", "ablations") if name in config]


rule provenance:
    input:
        table="<results>/{described}.csv",
        features=features_behind,
    output:
        facts="<results>/{described}.provenance.json",
    wildcard_constraints:
        described=any_of([*DESCRIBED, *sentences.tables(config)]),
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
