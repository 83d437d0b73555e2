"""The `ringwatch` command: finds the subcommand, sets up logging, turns errors into exit codes."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click
import structlog

from config.errors import ConfigError, RingwatchError
from ringwatch.logs import configure_logs
from ringwatch.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "demo": "the sample network, a node and the console, in one command",
    "run": "run this node: workers, desk, console, metrics",
    "check": "check a configuration and say where it is wrong",
    "probe": "connect to the cameras and say what each sends",
    "replay": "run the live pipeline over a recording",
    "evaluate": "measure the rules on labelled clips",
    "tune": "try other settings on a camera's recordings",
    "simulate": "serve the sample clips over RTSP as the network's cameras",
    "alerts": "show the alert queue in a terminal",
    "handover": "the open list of a shift: show it, accept it, print it",
    "notify": "the channels that are told of alerts, and what they did not take",
    "models": "list and add detector models",
    "train": "train a small detector on a network's own pictures",
    "bench": "measure what the pipeline costs",
}
FAILED, MISUSED = 1, 2
WRONG_PATH = frozenset({  # what is wrong is the path that was named
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG,
    errno.ELOOP,
})  # fmt: skip
NO_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})  # of a file that is open: none is named
log = structlog.get_logger()


class LazyGroup(click.Group):
    """Imports a subcommand's module when it is used, so that `check` never waits for a detector to load."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the documentation."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, from `ringwatch/commands/<name>.py`."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"ringwatch.commands.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - a broken build, not a user's mistake
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help without importing a single command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="ringwatch %(version)s")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True
)
@click.option(
    "--log-format", type=click.Choice(["auto", "text", "json"]), default="auto", help="auto: text on a terminal"
)
def cli(log_level: str, log_format: str) -> None:
    """Video checkpoint monitoring that watches posts, zones and vehicles, and never identifies a person."""
    configure_logs(level=log_level, form=log_format)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with the exit code the documentation promises."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 done, 1 failed while running, 2 configuration or arguments wrong, 3 a service is away."""
    try:
        code = cli.main(args=arguments, prog_name="ringwatch", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return MISUSED
    except click.Abort:
        return FAILED
    except RingwatchError as error:
        return _complain(error)
    except OSError as error:
        if error.filename is None and error.errno not in NO_WRITING:
            raise  # a connection's, which nobody translated: its traceback says who should
        return _complain_of_file(error)
    return code if isinstance(code, int) else 0


def _complain(error: RingwatchError) -> int:
    click.echo(f"ringwatch: {error}" if not isinstance(error, ConfigError) else str(error), err=True)
    return error.exit_code


def _complain_of_file(error: OSError) -> int:
    """Of a path that cannot be used; where the system names none, of standard output or a file that was open."""
    if structlog.is_configured():  # else it would be printed, on the output that may be what is wrong
        log.debug("a file cannot be used", exc_info=error)
    where = "the output, or a file" if error.filename is None else error.filename
    if error.filename is None:
        _give_up_output()
    click.echo(f"ringwatch: {where}: {error.strerror or error}", err=True)
    return MISUSED if error.filename is not None and error.errno in WRONG_PATH else FAILED


def _give_up_output() -> None:
    """What cannot be written is not tried again as the process ends, which would complain of it with a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
