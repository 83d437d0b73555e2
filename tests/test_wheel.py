"""The wheel is the product: what is not in it does not exist for whoever installs it."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.sample_streams.samples import made_samples
from tests.services import REPOSITORY

ROOMS = {"config", "ingest", "detect", "alerts", "storage", "watchroom", "ringwatch", "sample_streams"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout as a release would be."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(REPOSITORY)],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment far from the checkout, holding the wheel; its libraries are this environment's."""
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--no-deps", str(wheel)], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    libraries = next(Path(sys.prefix).glob("lib/python*/site-packages"))
    (site / "libraries.pth").write_text(f"{libraries}\n")
    (site / "without_checkout.pth").write_text(
        f"import sys; sys.path[:] = [p for p in sys.path if p != {str(REPOSITORY)!r}]\n"
    )
    return folder / "bin"


def test_the_wheel_holds_every_room_and_nothing_else(wheel: Path) -> None:
    """The eight packages, the page, the example network; no tests, no footage."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}

    assert tops == ROOMS
    assert "watchroom/static/index.html" in names
    assert "config/example/network.yaml" in names
    assert {f"sample_streams/demo/{name}" for name in ("network.yaml", "secrets.example")} <= set(names)
    assert {f"watchroom/static/i18n/{name}.json" for name in ("zh", "en")} <= set(names)
    assert not [name for name in names if name.endswith((".mp4", ".avi"))]
    assert [name for name in names if name.endswith(".onnx")] == ["detect/built_in/model.onnx"]


def test_the_installed_command_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    """`ringwatch check` of the packaged example works where no source tree is near."""
    example = next(installed.parent.glob("lib/python*/site-packages/config/example"))

    done = subprocess.run(
        [installed / "ringwatch", "check", str(example)], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "92" in done.stdout


def test_the_installed_demonstration_shows_an_alert(installed: Path, tmp_path: Path) -> None:
    """Clips, simulator, node, desk and page: everything that is needed is in the wheel."""
    made_samples()
    done = subprocess.run(
        [installed / "ringwatch", "demo", "--for", "60s", "--no-browser", "--model", "built-in"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "92 of 92 cameras went live" in done.stdout


def test_the_installed_modules_are_the_wheels_own(installed: Path, tmp_path: Path) -> None:
    """The test above must not have found the checkout by accident."""
    probe = "import watchroom, sample_streams; print(watchroom.__file__, sample_streams.__file__)"

    found = subprocess.run(
        [installed / "python", "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert str(REPOSITORY) + "/" not in found.stdout.replace(str(installed.parent), "")
    assert found.stdout.count(str(installed.parent)) == 2
