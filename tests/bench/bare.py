"""`python -m tests.bench.bare FOLDER`: a server that commits one row and sends the form back."""

import os
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from posd.service.sd_notify import ServiceNotifier
from tests.bench.floors import Disk


def main(folder: Path) -> None:
    """Serve on a free loopback port, which the READY message names, until SIGTERM."""
    disk = Disk(folder)

    async def echo(request: Request) -> Response:
        form = await request.body()
        disk.commit()
        return JSONResponse({"echo": form.decode()})

    # Named, so that asyncio turns Nagle's algorithm off, as it does for posd.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        ServiceNotifier(os.environ).ready(f"listening on port {listener.getsockname()[1]}")
        app = Starlette(routes=[Route("/echo", echo, methods=["POST"])])
        config = uvicorn.Config(
            app, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
