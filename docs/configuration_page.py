"""The reference of the configuration, docs/configuration.md, from config/schema.yaml.

python docs/configuration_page.py
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "configuration.md"
HEAD = """# Configuration

<!-- Made from config/schema.yaml by docs/configuration_page.py. Change the descriptions there. -->

`config.yaml` in the repository is the default run. Give changes in a file of your own:

    snakemake results/table1.csv --configfile mine.yaml

- Keys in that file replace or add to the default ones, one by one. Lists are replaced whole.
- Several files may follow `--configfile`; later ones win.
- `snakemake -n` shows mistakes before anything runs.
- Paths are absolute, or relative to the working directory.
- Settings of the machine (jobs, GPUs, clusters) belong in `profiles/`, not here.

| ready-made file | what it is for |
|---|---|
| `config/own-videos.yaml`, `own-features.yaml` | to copy for data of your own |
| `config/flickr8k.yaml`, `jhmdb.yaml`, `jhmdb-idt.yaml`, `skeletons.yaml` | smaller real data |
| `config/controls.yaml` | Copy-FV and what it adds to the mean, on the default data |
| `config/paper.yaml` | all five tables with the paper's constants |
| `config/paper-hmdb51.yaml`, `paper-split1.yaml`, `paper-vgg-pca.yaml` | after `paper.yaml`, in \
any combination: one data set, one split, one feature |
| `config/paper-torchvision.yaml` | after `paper.yaml`: torchvision's VGG-19, not the authors' |

The defaults below are those of the schema; `config.yaml` sets some of them smaller. The paper's
value is named where it is known, and [Constants](constants.md) says how sure it is.
"""
Schema = Mapping[str, Any]


def page(schema: Schema) -> str:
    """The whole page, a section for every key at the top; plain keys share the first section."""
    keys = schema["properties"]
    plain = {key: part for key, part in keys.items() if not has_parts(part)}
    sections = [HEAD, "## General\n", *table({"properties": plain}, schema)]
    for key, part in keys.items():
        if has_parts(part):
            sections += section(key, part, schema)
    return "\n".join(sections)


def has_parts(part: Schema) -> bool:
    """Whether a key is a mapping."""
    return part.get("type") == "object" or "$ref" in part


def section(key: str, part: Schema, schema: Schema) -> Iterator[str]:
    """Heading, description and keys; of a mapping from names, those of what is named."""
    each = part.get("additionalProperties")
    named = isinstance(each, dict)
    yield f"\n## `{key}.<name>`\n" if named else f"\n## `{key}`\n"
    yield fill(part["description"], 100, break_on_hyphens=False) + "\n"
    if "$ref" in part and (first := first_user(part["$ref"], schema)) != key:
        yield f"The keys are those of [`{first}`](#{first})."
        return
    content = resolved(each if named else part, schema)
    yield from table(content, schema)
    above: dict[str, Any] = {}
    for title, variant in variants(content):
        yield f"\n{title}\n"
        keys = {key: part for key, part in variant["properties"].items() if part}
        yield from table({**variant, "properties": without(keys, above)}, schema)
        if again := [f"`{key}`" for key in keys if keys[key] == above.get(key)]:
            yield f"\nAlso, as above: {', '.join(again)}."
        above |= keys
    for inner in content.get("properties", {}).values():
        entry = resolved(inner.get("items") or inner.get("additionalProperties"), schema)
        choices = [*entry.get("oneOf", []), entry]
        if "description" in entry and any("properties" in one for one in choices):
            yield "\n" + fill(entry["description"], 100, break_on_hyphens=False) + "\n"
            keys = [pair for one in choices for pair in one.get("properties", {}).items()]
            yield from table({**entry, "properties": dict(keys)}, schema)


def without(keys: Schema, others: Schema) -> dict[str, Any]:
    """The keys that are not among the others with the same meaning."""
    return {key: part for key, part in keys.items() if part != others.get(key)}


def first_user(reference: str, schema: Schema) -> str:
    """The first key at the top whose content is the definition."""
    keys = schema["properties"].items()
    return next(key for key, part in keys if part.get("$ref") == reference)


def variants(content: Schema) -> Iterator[tuple[str, Schema]]:
    """Keys that only some values of another key allow, with a line that says which."""
    for rule in content.get("allOf", []):
        [(key, condition)] = rule["if"]["properties"].items()
        values = condition.get("enum") or [condition["const"]]
        title = f"With `{key}: " + f"` or `{key}: ".join(values) + "`:"
        yield title, rule["then"]


def resolved(part: Any, schema: Schema) -> Schema:
    """A part with what it refers to, whose keywords come second; empty for what is no mapping."""
    if not isinstance(part, dict):
        return {}
    if "$ref" not in part:
        return part
    return {**schema["$defs"][part["$ref"].rpartition("/")[2]], **part}


def table(content: Schema, schema: Schema) -> Iterator[str]:
    """A row for every key that has a description; one for neighbours that have the same."""
    keys = content.get("properties", {}).items()
    explained = [(key, part) for key, part in keys if "description" in part]
    if explained:
        yield "| key | values | default | meaning |\n|---|---|---|---|"
    for meaning, group in groupby(explained, lambda item: item[1]["description"]):
        keys = dict(group)
        names = ", ".join(f"`{key}`" for key in keys)
        limits, usual = "", ""
        if len(keys) == 1:
            [(key, part)] = keys.items()
            full = resolved(part, schema)
            limits = values(full, schema)
            usual = "*required*" if key in content.get("required", []) else default(full)
        yield f"| {names} | {limits} | {usual} | {meaning} |"


def default(part: Schema) -> str:
    """The default as YAML; empty where there is none."""
    if "default" not in part or part["default"] == {}:
        return ""
    text = yaml.safe_dump(part["default"], default_flow_style=True, width=1000)
    return f"`{text.splitlines()[0]}`"


def values(part: Schema, schema: Schema) -> str:
    """The values that are allowed, in a few words."""
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"])
    if "oneOf" in part:
        return " or ".join(dict.fromkeys(values(one, schema) for one in part["oneOf"]))
    kinds = part.get("type", "")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    words = {"object": "a mapping", "boolean": "true, false", "array": "a list", "string": "text"}
    named = [words.get(kind, kind) for kind in kinds]
    if isinstance(part.get("items"), dict) and (inner := values(part["items"], schema)):
        named[0] = f"a list: {inner}"
    return " or ".join(filter(None, named)) + bounds(part)


def bounds(part: Schema) -> str:
    """The range of a number."""
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = [f"{sign} {part[word]}" for word, sign in signs.items() if word in part]
    limits += [f"a multiple of {part['multipleOf']}"] if "multipleOf" in part else []
    return f" {', '.join(limits)}" if limits else ""


if __name__ == "__main__":
    PAGE.write_text(page(yaml.safe_load((ROOT / "config" / "schema.yaml").read_text())) + "\n")
