"""aiohttp's FileResponse checks If-Match, opens the file afterwards, and sends what it finds then, condition or not.

Starts a server on a free port of this machine. Between the check and the opening the file is replaced: by a wrapper of
`Path.open` here, by any other process in the wild.
"""

import asyncio
import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

opened = Path.open


def replace(path: Path, content: bytes, at: int) -> None:
    """Put a new file in the place of `path`, last changed `at` seconds."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    os.utime(new, (at, at))
    new.replace(path)


async def main(path: Path) -> None:
    """Read twice: on a condition that no longer holds, and after a change that the ETag does not tell."""

    async def send(_: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    application = web.Application()
    application.router.add_get("/", send)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    replace(path, b"old", 1)

    def open_too_late(file: Path, *mode: Any, **options: Any) -> Any:
        if file == path:
            replace(path, b"NEW", 2)
        return opened(file, *mode, **options)

    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            etag = answer.headers["ETag"]
        Path.open = open_too_late  # type: ignore[assignment,method-assign]
        async with session.get(url, headers={"If-Match": etag}) as answer:
            print(f"GET If-Match {etag} of a file replaced meanwhile: {answer.status}", await answer.read(), end=" ")
            print("under", answer.headers["ETag"])
        Path.open = opened  # type: ignore[method-assign]
        replace(path, b"old", 1)
        replace(path, b"etc", 1)
        async with session.get(url) as answer:
            print("other bytes of one size and time have one ETag:", answer.headers["ETag"] == etag)
    await runner.cleanup()


print("aiohttp", version("aiohttp"))
with tempfile.TemporaryDirectory() as directory:
    asyncio.run(main(Path(directory, "file")))
