"""`posd page`: a manager's way in, given at the machine."""

import json
from typing import Annotated, Final

import typer

from posd.cli_client import AsJson, AskedConfig, Socket, client_at, tell

PATH: Final = "/posd/v1/page"

commands = typer.Typer(help="The status page, and who may sign in there.", no_args_is_help=True)
Sure = Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")]


@commands.command()
def code(*, as_json: AsJson = False, file: AskedConfig = None, socket: Socket = None) -> None:
    """Print a code with which the page lets somebody set the first PIN. Any before it is void."""
    told = json.loads(client_at(file, socket).post(f"{PATH}/code", {}))
    tell(told, told["code"], as_json=as_json)


@commands.command("reset-pin")
def reset_pin(
    *,
    yes: Sure = False,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Take a lost PIN away and sign everybody out; prints the code to set another with."""
    if not yes:
        typer.confirm("Nobody can sign in until another PIN is set. Go on?", abort=True, err=True)
    told = json.loads(client_at(file, socket).post(f"{PATH}/reset_pin", {}))
    tell(told, told["code"], as_json=as_json)
