"""A stand-in for the `conda` command, to test --sdm conda offline: py-rattler's solver and a
channel of one package.

``make(folder)`` writes ``folder/conda/bin/{conda,activate}`` and ``folder/channel``. This file does
what `conda` is told.
"""

import asyncio
import hashlib
import io
import json
import os
import sys
import tarfile
from itertools import pairwise
from pathlib import Path

import yaml


def make_package(channel, version):
    """`greeter`, whose command `greet` prints its version."""
    command = f"#!/bin/sh\necho greeter {version}\n".encode()
    entry = {
        "_path": "bin/greet",
        "path_type": "hardlink",
        "sha256": hashlib.sha256(command).hexdigest(),
    }
    index = {
        "name": "greeter",
        "version": version,
        "build": "0",
        "build_number": 0,
        "depends": [],
        "subdir": "noarch",
    }
    files = {
        "info/index.json": json.dumps(
            index | {"noarch": "generic", "timestamp": 1_700_000_000_000}
        ).encode(),
        "info/paths.json": json.dumps(
            {"paths": [entry | {"size_in_bytes": len(command)}], "paths_version": 1}
        ).encode(),
        "bin/greet": command,
    }
    (channel / "noarch").mkdir(parents=True, exist_ok=True)
    with tarfile.open(channel / "noarch" / f"greeter-{version}-0.tar.bz2", "w:bz2") as package:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            package.addfile(member, io.BytesIO(content))


def make(folder):
    """Return the folder of the stand-in's commands and the channel's address."""
    from rattler.index import index_fs

    for version in ("1.0", "2.0"):
        make_package(folder / "channel", version)
    asyncio.run(index_fs(folder / "channel"))
    commands = folder / "conda" / "bin"
    commands.mkdir(parents=True)
    (commands / "conda").write_text(
        f'#!/bin/sh\nexec {sys.executable} {Path(__file__).resolve()} {folder} "$@"\n'
    )
    (commands / "conda").chmod(0o755)
    (commands / "activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    return commands, (folder / "channel").as_uri()


async def create(environment, prefix, cache):
    """Solve an environment file and install what it needs."""
    import rattler

    described = yaml.safe_load(Path(environment).read_text())
    channels = [name for name in described["channels"] if name != "nodefaults"]
    records = await rattler.solve(
        channels, described["dependencies"], platforms=["linux-64", "noarch"]
    )
    await rattler.install(records, target_prefix=prefix, cache_dir=cache, show_progress=False)


def main(folder, *arguments):
    if arguments[:2] == ("env", "create"):
        options = dict(pairwise(arguments))
        asyncio.run(create(options["--file"], options["--prefix"], folder / "cache"))
    elif arguments == ("--version",):
        print("conda 25.1.0")
    else:
        answers = {
            "info": {"conda_prefix": str(folder / "conda"), "platform": "linux-64"},
            "clean": {},
            "config": {"get": {"channel_priority": "strict"}},
        }
        print(json.dumps(answers[arguments[0]]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
    sys.stdout.flush()
    os._exit(0)  # an interpreter that ends under threads of py-rattler may crash
