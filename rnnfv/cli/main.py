"""The command itself: its parts, and errors as one line.

Exit codes: 0 done, 1 something is wrong with what was given, 2 the command was misspelt.
"""

import logging
import os
import re
import sys
import warnings
from typing import NoReturn

import typer

from rnnfv.cli import data, demo, files, models
from rnnfv.cli.output import print_json
from rnnfv.errors import InputError, system_problem
from rnnfv.public import VERSION

app = typer.Typer(
    name="rnnfv",
    epilog="`rnnfv COMMAND --help` explains a command and ends with an example.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
PANELS = {
    "Data": (data.manifest, data.check, files.info),
    "Models": (models.predict, models.encode, models.search, models.annotate, demo.demo),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)


@app.callback(invoke_without_command=True)
def main(version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    """RNN Fisher vectors: look at data, and use a run's models on something new."""
    if version:
        print(VERSION)
        raise typer.Exit


_HOME = re.compile(r"^((?:--)?[\w.-]+=|-[a-z])?(~[\w.-]*)(?=/|$)")


def _at_home(found: re.Match[str]) -> str:
    return (found[1] or "") + os.path.expanduser(found[2])


def run() -> None:
    """The console script."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="Note: %(message)s")
    logging.captureWarnings(True)
    warnings.formatwarning = lambda message, *_: str(message)  # not the place in the code
    # No shell writes out the ~ of --images=~/photos or vgg19=~/v.h5, nor one in quotes.
    sys.argv[1:] = [_HOME.sub(_at_home, word) for word in sys.argv[1:]]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except InputError as error:
        _fail(str(error))
    except (OSError, MemoryError, RuntimeError) as error:
        problem = system_problem(error)
        if problem is None:
            raise
        if isinstance(error, OSError) and error.filename is None:  # what is not written yet is lost
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _fail(str(problem))
    except ModuleNotFoundError as error:
        advice = "pip install '.[video,text]' in the clone has what files of media need"
        _fail(f"the package {error.name} is not installed: {advice}.")


def _fail(problem: str) -> NoReturn:
    """End with what is wrong on stderr; on stdout too, for programs that asked for JSON."""
    if "--json" in sys.argv:
        print_json({"error": problem})
    print(f"Error: {problem}", file=sys.stderr)
    sys.exit(1)
