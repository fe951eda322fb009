"""`nuanzao serve`: the web server."""

import gc
import sys

import click
import uvicorn

from api.app import create_app
from api.house import House, open_house
from api.till_door import TillDoor

GRACE_S = 10
SWITCH_S = 0.0005
"""How long one thread may keep the others waiting: answering and charging take turns often."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen on")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="port; 0: any"
)
def serve(host: str, port: int) -> None:
    """Serve pages and endpoints until stopped; requests under way are finished first."""
    serve_house(open_house(), host=host, port=port)


def serve_house(house: House, *, host: str, port: int) -> None:
    """Serve an opened installation until a signal stops it; closes its database at the end.

    ``auto`` takes uvloop and httptools wherever they are installed.
    """
    config = uvicorn.Config(
        TillDoor(create_app(house)),
        host=host,
        port=port,
        loop="auto",
        http="auto",
        ws="none",
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
    )
    # What was loaded stays: the collector need not walk through it again and again between charges.
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(50_000, 20, 20)
    listening = config.bind_socket()
    listening.listen(config.backlog)  # from here on a connection waits instead of being refused
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"暖灶 Nuanzao: http://{shown}:{listening.getsockname()[1]}/")
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        house.database.close()


COMMAND = serve
