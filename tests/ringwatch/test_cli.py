"""The command line's exit codes, its help, and what it never prints."""

from __future__ import annotations

import errno
import io
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
import structlog

from config.errors import BackendUnavailable, ConfigError, Problem, RingwatchError
from ringwatch import cli
from ringwatch.logs import configure_logs


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RingwatchError("it broke"), 1),
        (ConfigError((Problem(file=Path("n.yaml"), line=3, column=7, message="unknown key 'camera'"),)), 2),
        (BackendUnavailable("no redis at redis://***@queue"), 3),
        (click.UsageError("no such clip"), 2),
        (click.Abort(), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 done, 1 failed, 2 the configuration or the arguments are wrong, 3 a service is away; the text on stderr."""

    @click.command
    def broken() -> None:
        raise error

    monkeypatch.setitem(cli.cli.commands, "broken", broken)
    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: broken)

    assert cli.run(["broken"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert str(error) in printed.err


def test_help_names_every_command_without_loading_a_detector() -> None:
    """`ringwatch --help` answers at once: nothing heavy is imported for it."""
    probe = (
        "import sys; from ringwatch.cli import run; run(['--help']);"
        "print([m for m in ('cv2', 'openvino', 'av', 'sqlalchemy') if m in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout

    assert all(f"  {name} " in printed for name in cli.COMMANDS)
    assert printed.rstrip().endswith("[]")


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_every_command_that_is_listed_exists(name: str) -> None:
    """Nothing in the help is a promise only."""
    with click.Context(cli.cli) as context:
        command = cli.cli.get_command(context, name)

    assert command is not None
    assert command.help


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A typo is exit code 2 with the name in it."""
    assert cli.run(["chekc"]) == 2
    assert "chekc" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_password_reaches_the_log_even_inside_a_traceback(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last net under the rooms' own care: fields and tracebacks are searched for user:password@."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(form=form)
    try:
        raise OSError("rtsp://admin:hunter2@10.0.0.1/main refused")
    except OSError:
        structlog.get_logger().exception("camera failed", url="rtsp://admin:hunter2@10.0.0.1/main")

    assert "hunter2" not in stream.getvalue()
    assert "rtsp://***@10.0.0.1/main" in stream.getvalue()


class FullDisk(io.StringIO):
    """A log on a disk with no room left."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_log_that_cannot_be_written_ends_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk under the log costs its lines, not the thread that wanted to say something."""
    with monkeypatch.context() as full:
        full.setattr(sys, "stderr", FullDisk())
        configure_logs(form="json")

        structlog.get_logger().error("alerts wait in memory")


def test_a_json_log_is_one_object_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chinese names stay readable, and every line parses."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs(form="json", process="worker-0")

    structlog.get_logger().info("camera live", name="东门卡口")

    line = json.loads(stream.getvalue())
    assert (line["event"], line["name"], line["process"], line["level"]) == (
        "camera live",
        "东门卡口",
        "worker-0",
        "info",
    )
    assert "东门卡口" in stream.getvalue()


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "no/where"), 2, "no/where: No such file"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "aaa"), 2, "aaa: File name too long"),
        (OSError(errno.ENOSPC, "No space left on device", "x.db"), 1, "x.db: No space left on device"),
        (OSError(errno.EIO, "Input/output error"), 1, "the output, or a file: Input/output error"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(
    error: OSError, code: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong path is a wrong argument; a disk that is full has failed."""

    @click.command
    def broken() -> None:
        raise error

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: broken)

    assert cli.run(["broken"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1


def test_a_connection_that_nobody_translated_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no file."""

    @click.command
    def broken() -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda *_: broken)

    with pytest.raises(ConnectionRefusedError):
        cli.run(["broken"])


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [("--help",), ("models", "list", "--json")])
def test_output_that_cannot_be_written_is_told_in_one_line(
    arguments: tuple[str, ...], unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk; once, and not again as the process ends."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    command = [sys.executable, "-m", "ringwatch", *arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == "ringwatch: the output, or a file: No space left on device\n"
