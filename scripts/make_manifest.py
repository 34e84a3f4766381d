"""Read a data set's own lists into a manifest and draw validation items where the lists name none."""

from job import run

from rnnfv.manifests import add_validation, read_hmdb51, read_manifest, read_ucf101, write_manifest
from rnnfv.synthetic import dataset_manifest


def read(settings):
    if settings["layout"] == "synthetic":
        return dataset_manifest(settings["recipe"], settings["scenes"], settings["clips_per_class"], settings["seed"])
    if settings["layout"] == "manifest":
        return read_manifest(settings["manifest"])
    reader = {"ucf101": read_ucf101, "hmdb51": read_hmdb51}[settings["layout"]]
    return reader(settings["videos"], settings["lists"], settings["splits"], settings["check_counts"])


def main(snakemake):
    settings, validation = snakemake.params.settings, snakemake.params.validation
    columns = [f"split{split}" for split in settings["splits"]]
    manifest = read(settings)
    manifest = add_validation(manifest, columns, validation["fraction"], validation["seed"])
    print(manifest[columns].apply(lambda column: column.value_counts()).to_string())
    write_manifest(snakemake.output.manifest, manifest)


run(main, snakemake)
