from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from config.errors import BackendUnavailable
from config.model import Camera, Network, NetworkInfo, Ring, Stream
from sample_streams.errors import ClipError
from sample_streams.folder import clips_of_folder
from sample_streams.simulator import Simulator, plan
from tests.ingest.clips import ClipSpec, make_clip
from tests.sample_streams.given import watching


def network(**streams: Stream) -> Network:
    """A camera for each of `streams`, called by its name with `-` for `_`."""
    cameras = tuple(
        Camera(id=name.replace("_", "-"), name=name, ring=Ring.INNER, stream=stream) for name, stream in streams.items()
    )
    return Network(network=NetworkInfo(name="test", timezone="UTC"), cameras=cameras)


def one_clip(_camera: Camera) -> Path:
    return Path("clip.mp4")


def urls(served: Network) -> list[str]:
    return [row.url for row in plan(served, one_clip, 9000)]


@pytest.mark.parametrize(
    ("main", "url"),
    [
        ("rtsp://127.0.0.1:8600/live/1?channel=2&subtype=0", "rtsp://127.0.0.1:8600/live/1?channel=2&subtype=0"),
        ("rtsp://localhost:8600/a", "rtsp://127.0.0.1:8600/a"),
        ("rtsp://127.0.0.2/a", "rtsp://127.0.0.2:554/a"),
        ("rtsp://[::1]:8600/a", "rtsp://[::1]:8600/a"),
        ("rtsp://127.0.0.1:8600", "rtsp://127.0.0.1:8600/"),
        ("rtsp://10.0.1.11/main", "rtsp://127.0.0.1:9000/cam/main"),
        ("rtsp://gate.example/main", "rtsp://127.0.0.1:9000/cam/main"),
        ("rtmp://127.0.0.1/app/key", "rtsp://127.0.0.1:9000/cam/main"),
        ("whip:", "rtsp://127.0.0.1:9000/cam/main"),
    ],
)
def test_a_stream_is_where_its_url_says_if_that_is_here(main: str, url: str) -> None:
    """Else under the camera's id; never on an address that others can reach."""
    assert urls(network(cam=Stream(main=main))) == [url]


def test_every_stream_of_every_camera_has_its_own() -> None:
    """Main and sub; a file needs no server."""
    served = network(
        gate_1=Stream(main="rtsp://10.0.0.1/m", sub="rtsp://10.0.0.1/s"), gate_2=Stream(main="file:clip.mp4")
    )

    assert urls(served) == ["rtsp://127.0.0.1:9000/gate-1/main", "rtsp://127.0.0.1:9000/gate-1/sub"]


def test_users_and_passwords_are_the_configurations() -> None:
    """As they are, not as a URL writes them; and not in what is printed."""
    (row,) = plan(network(cam=Stream(main="rtsp://a%40b:p%3Aw@10.0.0.1/m")), one_clip)

    assert (row.mount.user, row.mount.password) == ("a@b", "p:w")
    assert "p:w" not in repr(row)
    assert "a@b" not in row.url


def test_cameras_with_the_same_clip_are_apart_in_time() -> None:
    """So that not all of them alert at once."""
    served = plan(network(a=Stream(main="rtsp://h/a"), b=Stream(main="rtsp://h/b")), one_clip)

    first, second = (row.mount.offset_s for row in served)
    assert second - first >= 8


def test_no_two_cameras_send_their_keyframes_in_the_same_instant() -> None:
    """Whatever their clips: ninety-two spread over the two seconds between keyframes, as real ones are, not in step."""
    cameras = {f"cam_{number}": Stream(sub=f"rtsp://h/{number}") for number in range(92)}
    served = plan(network(**cameras), lambda camera: Path(f"{int(camera.id[4:]) % 5}.mp4"))

    phases = sorted(row.mount.offset_s % 2 for row in served)
    between = [later - earlier for earlier, later in pairwise([*phases, phases[0] + 2])]
    assert min(between) > 0.005
    assert max(between) < 0.05


def test_two_addresses_are_served_and_streams_of_one_url_shared(tmp_path: Path) -> None:
    """By one simulator."""
    clip = make_clip(tmp_path / "clip.mp4", ClipSpec(seconds=1, rate=10, gop=5))
    shared = "rtsp://127.0.0.1:{port}/a"

    async def serve() -> None:
        from tests.gst_server import free_port

        first, second = free_port(), free_port()
        cameras = network(
            a=Stream(main=shared.format(port=first), sub=shared.format(port=first)),
            b=Stream(main="rtsp://10.0.0.1/b"),
        )
        simulator = Simulator(plan(cameras, lambda _: clip, second))
        await simulator.start()
        try:
            for url in (shared.format(port=first), f"rtsp://127.0.0.1:{second}/b/main"):
                await asyncio.to_thread(_watch, url)
        finally:
            await simulator.close()

    asyncio.run(serve())


def _watch(url: str) -> None:
    with watching(url) as packets:
        assert next(packets).is_keyframe


def test_a_port_that_is_taken_gives_the_others_back(tmp_path: Path) -> None:
    """Nothing is left half served."""
    clip = make_clip(tmp_path / "clip.mp4", ClipSpec(seconds=1, rate=10, gop=5))

    async def serve() -> None:
        taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = taken.sockets[0].getsockname()[1]
        free = Simulator(plan(network(a=Stream(main="rtsp://h/a")), lambda _: clip, 0))
        both = network(a=Stream(main="rtsp://h/a"), b=Stream(main=f"rtsp://127.0.0.1:{port}/b"))
        with pytest.raises(BackendUnavailable, match=str(port)):
            await Simulator(plan(both, lambda _: clip, 0)).start()
        await free.start()
        await free.close()
        taken.close()

    asyncio.run(serve())


def test_a_folder_of_clips_serves_each_camera_its_own(tmp_path: Path) -> None:
    """The file with its name, else the files in turn, the same for main and sub."""
    for name in ("a.mp4", "gate.mp4", "z.TS", "notes.txt"):
        (tmp_path / name).touch()
    cameras = network(gate=Stream(), one=Stream(), two=Stream(), three=Stream(), four=Stream()).cameras
    choose = clips_of_folder(tmp_path)

    chosen = [choose(camera).name for camera in (*cameras, cameras[1])]

    assert chosen == ["gate.mp4", "a.mp4", "gate.mp4", "z.TS", "a.mp4", "a.mp4"]


def test_a_main_stream_can_have_a_clip_of_its_own(tmp_path: Path) -> None:
    """Beside the camera's; another camera's main stream shows what its sub stream does."""
    for name in ("gate.mp4", "gate-main.mp4", "yard.mp4"):
        (tmp_path / name).touch()
    both = Stream(main="rtsp://10.0.0.1/m", sub="rtsp://10.0.0.1/s")

    served = plan(network(gate=both, yard=both), clips_of_folder(tmp_path))

    shown = [(row.camera, row.stream, row.mount.clip.name) for row in served]
    assert shown == [
        ("gate", "main", "gate-main.mp4"),
        ("gate", "sub", "gate.mp4"),
        ("yard", "main", "yard.mp4"),
        ("yard", "sub", "yard.mp4"),
    ]


def test_a_folder_without_clips_is_said(tmp_path: Path) -> None:
    """With the kinds of file it could hold."""
    with pytest.raises(ClipError, match=r"no video file in it .*\.mp4"):
        clips_of_folder(tmp_path)
