"""Check of the configuration against its schema, in messages that say what was expected."""

import math
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from difflib import get_close_matches
from textwrap import shorten
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend

from rnnfv.arrays.checks import LARGEST
from rnnfv.errors import InputError
from rnnfv.planning import Config

_WORDS = {"integer": "a whole number", "number": "a number", "string": "text", "array": "a list"}
_WORDS |= {"boolean": "true or false", "object": "keys with values", "null": "null"}
_LIMITS = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "above"}
_LIMITS |= {"exclusiveMaximum": "below", "multipleOf": "a multiple of"}
_LIMITS |= {"minItems": "with {} or more entries", "minProperties": "with {} or more entries"}
_SPELT = {"true": ("boolean", True), "false": ("boolean", False), "null": ("null", None)}
_MOST = 2**31 - 1
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def check_schema(config: Config, schema: Config) -> None:
    """Check types, ranges and keys; one line for each thing that is wrong.

    Text becomes a number, true, false or null where one of these is expected: YAML takes 1e-3 for
    text, and Snakemake's --config all that is inside a value.

    Raises:
        InputError: naming every key that is wrong, and what is expected there.
    """
    _check_keys_are_text(config)
    validator = _Strict(schema)
    for error in list(validator.iter_errors(config)):
        _read_text(config, error)
    found = [leaf for error in validator.iter_errors(config) for leaf in _leaves(error)]
    lines = sorted({line for error in found for line in _in_words(error)})
    if lines:
        raise InputError("\n".join([*lines, "All keys are explained in docs/configuration.md."]))


def _is_integer(_checker: TypeChecker, value: Any) -> bool:
    """Whole numbers that libraries in C take: 3.0 and 2^31 would fail in a job."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST


def _is_number(_checker: TypeChecker, value: Any) -> bool:
    """Numbers that can be squared and summed: YAML also has .nan and .inf."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


_types = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
_Strict = extend(Draft202012Validator, type_checker=_types.redefine("number", _is_number))


def _check_keys_are_text(part: Any, path: tuple[str | int, ...] = ()) -> None:
    """YAML also has keys that are numbers, dates or, for ``on`` and ``yes``, truth values."""
    entries: Any = part.items() if isinstance(part, dict) else ()
    for key, value in enumerate(part) if isinstance(part, list) else entries:
        if isinstance(part, dict) and not isinstance(key, str):
            problem = f"the key {_shown(key)} is not text"
            raise InputError(f"{_dotted(path)}: {problem}. Put it in quotes, or rename it.")
        _check_keys_are_text(value, (*path, key))


def _read_text(config: Config, error: ValidationError) -> None:
    """Replace text where a number, true, false or null is expected by what it spells."""
    types, text = error.schema.get("type", []), error.instance
    if error.validator != "type" or not isinstance(text, str):
        return
    value: Any = text
    if text in _SPELT and _SPELT[text][0] in types:
        value = _SPELT[text][1]
    elif _NUMBER.fullmatch(text) and "number" in types:
        value = float(text)
    elif _NUMBER.fullmatch(text) and "integer" in types and float(text).is_integer():
        exact = "." not in text or "e" in text.lower()  # 5 and 1e5 are whole numbers, 3.0 is not
        value = int(Decimal(text)) if exact else text
    if value is not text:
        *place, last = error.absolute_path
        for key in place:
            config = config[key]
        config[last] = value


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The error; of several alternatives, the errors of the one that is meant.

    That is the one of the value's type with the fewest errors. Where there is none, what is
    expected is any of them.
    """
    if error.validator != "oneOf":
        yield error
        return
    alternatives: dict[Any, list[ValidationError]] = {}
    for child in error.context:
        alternatives.setdefault(child.schema_path[0], []).append(child)
    of_its_type = [
        errors
        for errors in alternatives.values()
        if not any(child.validator == "type" and not child.path for child in errors)
    ]
    if not of_its_type:
        yield error
    for child in min(of_its_type, key=len, default=[]):
        yield from _leaves(child)


def _in_words(error: ValidationError) -> Iterator[str]:
    """One line for each thing that is wrong: the key, the fault, and what is expected."""
    key, value, rule = _dotted(error.absolute_path), error.instance, error.validator_value
    if error.validator == "additionalProperties":
        known = sorted(error.schema["properties"])
        for name in sorted(set(value) - set(known)):
            hint = did_you_mean(name, known) or f"there are {', '.join(known)}."
            yield f"{_dotted([*error.absolute_path, name])}: there is no such key; {hint}"
    elif error.validator == "required":
        for name in (name for name in rule if name not in value):
            yield f"{key}: the key `{name}` is missing."
    elif error.validator == "dependentRequired":
        yield f"{key}: {', '.join(rule)} needs {', '.join(*rule.values())} beside it."
    elif error.validator == "not" and "enum" in rule:
        yield f"{key}: {_shown(value)} is taken by the workflow; choose another."
    elif error.validator == "not":
        yield f"{key}: {', '.join(rule.get('required', []))} has no meaning here; take it out."
    elif error.validator == "uniqueItems":
        twice = next(entry for i, entry in enumerate(value) if entry in value[:i])
        yield f"{key}: {_shown(twice)} is in the list twice."
    else:
        hint = did_you_mean(value, rule) if error.validator == "enum" else ""
        finite = "finite: " if value in (math.inf, -math.inf) else ""
        given = f"{_shown(value)} given; expected {finite}{_expected(error.schema)}"
        is_huge = isinstance(value, int | float) and math.isfinite(value) and abs(value) > _MOST
        if error.validator == "type" and is_huge and "maximum" not in error.schema:
            given += f", at most {_MOST if 'integer' in rule else f'{LARGEST:g}'}"
        yield f"{key}: {given}; {hint}" if hint else f"{key}: {given}."


def _expected(schema: Config) -> str:
    if "expected" in schema:
        return str(schema["expected"])
    if "enum" in schema:
        return " or ".join(map(_shown, schema["enum"]))
    if "oneOf" in schema:
        return " or ".join(map(_expected, schema["oneOf"]))
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    limits = [
        words.format(schema[name]) if "{}" in words else f"{words} {schema[name]}"
        for name, words in _LIMITS.items()
        if name in schema
    ]
    return ", ".join(filter(None, [" or ".join(_WORDS[name] for name in types), *limits]))


def did_you_mean(name: Any, known: Iterable[Any]) -> str:
    """A hint at the known name that is most like a misspelt one; empty where none is."""
    close = get_close_matches(str(name), [str(one) for one in known], 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else ""


def _dotted(path: Any) -> str:
    """``table1.datasets[0]``: the key as docs/configuration.md writes it."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(parts).removeprefix(".") or "the configuration"


def _shown(value: Any) -> str:
    """The value as YAML writes it, on one line."""
    named = {True: "true", False: "false", None: "null"}
    if value is None or isinstance(value, bool):
        return named[value]
    return shorten(str(value), 80) if isinstance(value, int | float) else shorten(repr(value), 80)
