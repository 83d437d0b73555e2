"""What must hold of `whip:` and of the vehicles' tokens together; each is checked by itself elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

from config.errors import Problem
from config.marked import Marked, Place, Problems
from config.model import Camera, Network, Whip
from config.redact import named


def check_whip(tree: Marked, whip: Whip, cameras: Sequence[Camera], problems: Problems) -> None:
    """Certificate and key go together and are there; ports rise; a token is one vehicle's alone."""
    for name, other in (("certificate", "key"), ("key", "certificate")):
        if getattr(whip, name) is not None and getattr(whip, other) is None:
            problems.add(tree.at(("whip", name)), f"{name} needs {other}: give both, or neither")
    for name in ("certificate", "key"):
        place = tree.at(("whip", name))
        if (given := getattr(whip, name)) is not None and not _beside(place.file, given).is_file():
            problems.add(place, f"there is no file {named(given)}: check the name")
    if whip.ports is not None and whip.ports[0] > whip.ports[1]:
        problems.add(
            tree.at(("whip", "ports")), "ports are given from the lower to the higher, for example [50000, 50099]"
        )
    _check_tokens(tree, cameras, problems)


def _check_tokens(tree: Marked, cameras: Sequence[Camera], problems: Problems) -> None:
    first: dict[str, str] = {}
    for camera in cameras:
        if camera.token is None:
            continue
        if camera.token in first and first[camera.token] != camera.id:
            message = f"this token is also that of camera {first[camera.token]!r}: give each vehicle its own"
            problems.add(_stream_place(tree, camera.id), message)
        first.setdefault(camera.token, camera.id)


def _stream_place(tree: Marked, camera_id: str) -> Place:
    """Where the camera's `whip:` stands, or the camera, when a template says it."""
    listed = tree.get("cameras")
    for camera in listed.items if listed else ():
        if camera.text("id") == camera_id:
            names = [name for name in ("sub", "main") if (camera.get("stream") or camera).text(name)]
            return camera.at(("stream", *names[:1]))
    return tree.place


def with_whole_paths(whip: Whip, tree: Marked) -> Whip:
    """`whip` with its files named from the folder of the configuration file that names them."""
    if whip.certificate is None or whip.key is None:
        return whip
    paths = {
        name: str(_beside(tree.at(("whip", name)).file, given).resolve())
        for name, given in (("certificate", whip.certificate), ("key", whip.key))
    }
    return whip.model_copy(update=paths)


def _beside(file: Path, name: str) -> Path:
    return file.parent / name


def unprotected(tree: Marked, network: Network) -> Iterator[Problem]:
    """A note where vehicles' tokens would cross a network for everybody to read."""
    calls = any(camera.token for camera in network.cameras)
    if calls and not _is_local(network.whip.host) and network.whip.certificate is None:
        place = tree.at(("whip", "host"))
        yield place.problem(
            "vehicles' tokens are sent in the clear: give certificate and key, or put a TLS proxy before it"
        )


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
