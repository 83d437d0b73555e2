"""When a configuration is read again, and what comes of it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from config.load import read
from config.model import Network
from config.sources import Sources
from detect.errors import ModelError
from ringwatch.config_watch import SETTLED_S, ConfigWatch, reread_on_hangup

CAMERA = 'cameras: [{id: gate, name: %s, ring: inner, stream: {sub: "rtsp://{gate}@192.0.2.1/sub"}}]\n'
NETWORK = f"secrets: secrets.yaml\n{CAMERA}"
WRONG = NETWORK.replace("ring: inner", "rink: inner")


@dataclass(slots=True)
class Counts:
    """What was counted."""

    told: list[str] = field(default_factory=list)

    def taken_in(self) -> None:
        self.told.append("taken in")

    def refused(self) -> None:
        self.told.append("refused")


class Site:
    """A configuration in a folder, and the node's watch over it, with a clock that the test moves."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "network.yaml"
        self.file.write_text(NETWORK % "甲", "utf-8")
        (folder / "secrets.yaml").write_text('gate: "viewer:hush-hush"\n', "utf-8")
        (folder / "secrets.yaml").chmod(0o600)
        self.now_s = 0.0
        self.readings = 0
        self.counts = Counts()
        self.remarks: list[str] = []
        sources = Sources()
        self._read(sources)
        self.watch = ConfigWatch(self._read, sources, self._remark, clock=lambda: self.now_s)
        self.watch.counted = self.counts
        self.readings = 0

    def _read(self, sources: Sources) -> Network:
        self.readings += 1
        return read(self.file, {}, sources=sources).network

    def _remark(self, _network: Network) -> tuple[str, ...]:
        if not self.remarks:
            raise ModelError("the model is away")
        return tuple(self.remarks)

    def write(self, text: str) -> None:
        self.file.write_text(text, "utf-8")

    def after(self, seconds: float) -> str | None:
        """The name of the camera that was read, if anything was, when the watch looks so much later."""
        self.now_s += seconds
        self.watch.look()
        network = self.watch.take()
        return None if network is None else network.cameras[0].name


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_changed_file_is_read_when_it_has_settled(site: Site) -> None:
    """Not while somebody still writes; and once."""
    site.write(NETWORK % "乙")

    assert site.after(0.5) is None
    assert site.after(SETTLED_S) == "乙"
    assert site.after(100) is None
    assert site.readings == 1


def test_a_half_written_file_is_not_read(site: Site) -> None:
    """As long as it grows, it has not settled."""
    whole = NETWORK % "乙"
    for end in (10, 40, 60, len(whole)):
        site.write(whole[:end])
        assert site.after(SETTLED_S / 2) is None

    assert site.after(SETTLED_S) == "乙"
    assert site.readings == 1


def test_nothing_is_read_while_nothing_changes(site: Site) -> None:
    """Also where a change was taken back before it settled."""
    assert site.after(100) is None
    site.write(NETWORK % "乙")
    site.after(0.5)
    site.write(NETWORK % "甲")
    site.after(0.5)

    assert site.after(100) is None
    assert site.readings == 0


def test_a_bad_file_is_told_by_line_once_and_gives_nothing(site: Site) -> None:
    """With its place and what to write, and without what the secrets file holds; another bad one is told again."""
    with capture_logs() as logs:
        site.write(WRONG % "乙")
        for _ in range(5):
            assert site.after(SETTLED_S) is None

    mistakes = [line for line in logs if line["event"] == "mistake in the configuration"]
    assert [(line["line"], line["column"]) for line in mistakes] == [(2, 11), (2, 31)]
    assert {Path(line["file"]).name for line in mistakes} == {"network.yaml"}
    assert "unknown key 'rink': did you mean ring?" in [line["mistake"] for line in mistakes]
    assert "hush-hush" not in str(logs)
    assert site.readings == 1
    assert site.counts.told == ["refused"]
    site.write(WRONG % "丙")
    site.after(0)
    site.after(SETTLED_S)
    assert site.counts.told == ["refused"] * 2


def test_what_is_mended_is_taken(site: Site) -> None:
    """Also when it is as it was before the mistake: only then is it known to be right again."""
    site.write(WRONG % "乙")
    site.after(0)
    site.after(SETTLED_S)
    site.write(NETWORK % "甲")
    site.after(0)

    assert site.after(SETTLED_S) == "甲"
    site.watch.taken_in()
    assert site.counts.told == ["refused", "taken in"]


def test_who_asks_is_answered_at_the_next_look(site: Site) -> None:
    """Without waiting, and though nothing has changed."""
    site.watch.ask()
    assert site.after(0.01) == "甲"

    site.write(NETWORK % "乙")
    site.watch.ask()
    assert site.after(0.01) == "乙"
    assert site.after(100) is None


def test_a_hangup_asks(site: Site) -> None:
    """SIGHUP, as to many a server; after it the signal is whatever it was."""
    before = signal.getsignal(signal.SIGHUP)
    with reread_on_hangup(site.watch):
        os.kill(os.getpid(), signal.SIGHUP)
        assert site.after(0.01) == "甲"
    assert signal.getsignal(signal.SIGHUP) is before


def test_a_file_that_changes_while_it_is_read_is_read_later(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read may be half of one and half of the other."""
    really = site.watch._read

    def while_written(sources: Sources) -> Network:
        network = really(sources)
        site.write(NETWORK % "丙")
        return network

    site.write(NETWORK % "乙")
    site.after(0)
    with monkeypatch.context() as busy:
        busy.setattr(site.watch, "_read", while_written)
        assert site.after(SETTLED_S) is None
    assert site.after(0.1) is None
    assert site.after(SETTLED_S) == "丙"


def test_a_mistake_of_ours_is_a_bad_file(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted as one, with a traceback, and tried no more until something changes."""
    monkeypatch.setattr(site.watch, "_read", lambda _sources: 1 / 0)
    site.write(NETWORK % "乙")

    with capture_logs() as logs:
        site.after(0)
        assert site.after(SETTLED_S) is None
        assert site.after(SETTLED_S) is None

    assert [line["event"] for line in logs if line.get("exc_info")] == ["the configuration cannot be read"]
    assert site.counts.told == ["refused"]


@pytest.mark.parametrize("remarks", [["fall asks for person"], []], ids=["a remark", "a model that is away"])
def test_remarks_on_a_good_file_are_logged(site: Site, remarks: list[str]) -> None:
    """It is taken all the same."""
    site.remarks = remarks
    site.write(NETWORK % "乙")
    site.after(0)

    with capture_logs() as logs:
        assert site.after(SETTLED_S) == "乙"

    assert [line["remark"] for line in logs if line["log_level"] == "warning"] == (remarks or ["the model is away"])
