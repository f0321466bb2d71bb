"""`python -m tests.matrix` asks every route of the services and of the portal as every role, and writes down what was
found."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.matrix import pages
from tests.matrix.table import FILE, write
from tests.matrix.world import lived_through


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        await write(*await lived_through(Path(folder)))
    await pages.write()
    sys.stdout.write(f"{FILE.name} and {pages.FILE.name} are written: read what changed\n")


asyncio.run(main())
