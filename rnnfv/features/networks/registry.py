"""Networks by name: ``create_network("vgg19", weights="vgg19-dcbb9e9d.pth")``."""

import types
from collections.abc import Callable
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from rnnfv.errors import InputError
from rnnfv.features.networks.base import FeatureNetwork

_classes: dict[str, type[FeatureNetwork]] = {}
_Class = TypeVar("_Class", bound=type[FeatureNetwork])


def register(*names: str) -> Callable[[_Class], _Class]:
    """Class decorator: make a network known under one or several names."""

    def add(cls: _Class) -> _Class:
        for name in names:
            if name in _classes:
                raise ValueError(f"two networks are called {name!r}")
            _classes[name] = cls
        return cls

    return add


def known_networks() -> list[str]:
    """The registered names, sorted."""
    return sorted(_classes)


def describe_network(name: str, /, *, key: str | None = None, **options: Any) -> FeatureNetwork:
    """A network with checked options but no weights: cheap, and torch is not imported.

    Its ``geometry``, ``kind``, ``dim``, ``block`` and ``stride`` are final, so a workflow can plan
    with it.

    Args:
        name: one of :func:`known_networks`.
        key: where the options are written in the configuration, for error messages; default
            ``features.<name>``.
        options: the fields of the network's class.

    Raises:
        InputError: unknown network, unknown option, or an option of the wrong type or value; the
            message names it.
    """
    if name not in _classes:
        known = ", ".join(known_networks())
        raise InputError(f"{key or 'features'}: unknown network {name!r}; known are {known}.")
    key, cls = key or f"features.{name}", _classes[name]
    hints = get_type_hints(cls)
    own = [field.name for field in fields(cls) if field.name != "name"]
    for option, value in options.items():
        if option not in own:
            close = get_close_matches(option, own, 1)
            has = f"did you mean `{close[0]}`?" if close else f"it has {', '.join(own) or 'none'}."
            raise InputError(f"{key}.{option}: {name} has no such option; {has}")
        if not _fits(value, hints[option]):
            expected = _in_words(hints[option])
            raise InputError(f"{key}.{option}: {value!r} given; expected {expected}.")
    network = cls(name, **options)
    network.key = key
    network.check()
    return network


def create_network(name: str, /, *, key: str | None = None, **options: Any) -> FeatureNetwork:
    """A network with its weights loaded, ready to be called.

    Weights come from the file that option ``weights`` names, or from an installed package; nothing
    is downloaded. ``weights="random"`` gives random weights for tests; label and checksum then say
    so.

    Args:
        name: see :func:`describe_network`, as for the others.
        key: where the options stand in the configuration, for messages.
        options: of the network.

    Raises:
        InputError: also when the weights are absent or do not fit the architecture.
    """
    network = describe_network(name, key=key, **options)
    network.load()
    return network


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint) and isinstance(value, str)
    if isinstance(hint, types.UnionType):
        return any(_fits(value, part) for part in get_args(hint))
    return isinstance(value, hint) and not (hint is int and isinstance(value, bool))


def _in_words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(repr(value) for value in get_args(hint))
    if isinstance(hint, types.UnionType):
        return " or ".join(dict.fromkeys(_in_words(part) for part in get_args(hint)))
    names = {int: "an integer", bool: "true or false", str: "text", Path: "text"}
    return names.get(hint, "null")
