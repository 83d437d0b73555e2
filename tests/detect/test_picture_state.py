"""Whether a picture can be judged: pictures of a made street that are spoiled as cameras' pictures are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detect.picture_state import PictureState
from ingest.frames import FrameReader
from ingest.messages import CameraState, Frame, KeyPicture
from tests.detect.given import at
from tests.ingest.clips import packets_of

Picture = NDArray[np.float32]
LIVE_S = 40


@cache
def street(seed: int = 3) -> Picture:
    """Houses, windows and kerbs: edges everywhere, some soft, some hard."""
    rng = np.random.default_rng(seed)
    image = cv2.resize(rng.uniform(70, 170, (9, 16)).astype(np.float32), (640, 360), interpolation=cv2.INTER_CUBIC)
    for x, y, w, h in rng.integers((0, 0, 8, 8), (600, 330, 90, 70), (120, 4)).tolist():
        image[y : y + h, x : x + w] = image[y : y + h, x : x + w] + np.float32(rng.uniform(-45, 45))
    return np.clip(image, 10, 245)


def seen(picture: Picture, second: float, noise: float = 2.5) -> Frame:
    """`picture` with a sensor's noise, at `second`."""
    noisy = picture + np.random.default_rng(round(second * 1000)).normal(0, noise, picture.shape)
    video = av.VideoFrame.from_ndarray(np.clip(noisy, 0, 255).astype(np.uint8), format="gray")
    return shown(video.reformat(format="yuv420p"), second)


def shown(video: av.VideoFrame, second: float) -> Frame:
    """`video`, encoded by itself, at `second`."""
    keyframe = KeyPicture.of(video, at(second))
    return Frame(camera="gate", pts_s=second, captured_at=at(second), video=video, keyframe=keyframe)


def states(
    state: PictureState, spoil: Callable[[Picture], Picture], begin_s: int, end_s: int, *, noise: float = 2.5
) -> list[CameraState]:
    """What is thought of a spoiled street, a look a second."""
    return [state.look(seen(spoil(street()), second, noise)) for second in range(begin_s, end_s)]


def same(picture: Picture) -> Picture:
    return picture


def well(*, mobile: bool = False) -> PictureState:
    """A camera that has shown its street for a while."""
    state = PictureState(mobile=mobile)
    assert set(states(state, same, 0, LIVE_S)) == {CameraState.LIVE}
    return state


def blurred(picture: Picture) -> Picture:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 5), np.float32)


def turned(picture: Picture) -> Picture:
    return np.roll(picture, (40, 150), (0, 1))


SPOILED = {
    CameraState.DARK: lambda picture: picture * 0.05,
    CameraState.COVERED: lambda picture: picture * 0.0 + 90,
    CameraState.DEFOCUSED: blurred,
    CameraState.MOVED: turned,
}


@pytest.mark.parametrize("expected", SPOILED)
def test_a_spoiled_picture_is_told_apart_and_so_is_its_end(expected: CameraState) -> None:
    """Within half a minute, for as long as it lasts, and over within five seconds."""
    state = well()

    found = states(state, SPOILED[expected], LIVE_S, LIVE_S + 60)
    after = states(state, same, LIVE_S + 60, LIVE_S + 70)

    assert set(found[30:]) == {expected}
    assert set(found) <= {CameraState.LIVE, expected}
    assert after[5:] == [CameraState.LIVE] * 5


def test_a_picture_that_repeats_is_frozen() -> None:
    """Exactly the same for ten seconds, as no sensor is."""
    state = well()
    still = seen(street(), 1000.0).video

    found = [state.look(shown(still, second)) for second in range(LIVE_S, LIVE_S + 20)]

    assert found[:9] == [CameraState.LIVE] * 9
    assert found[12:] == [CameraState.FROZEN] * 8


@pytest.mark.parametrize("expected", SPOILED)
def test_a_state_is_dated_to_when_it_began(expected: CameraState) -> None:
    """Not to when it is believed; to a look before and after."""
    state = well()

    states(state, SPOILED[expected], LIVE_S, LIVE_S + 30)
    began_at = state.since
    states(state, same, LIVE_S + 30, LIVE_S + 40)

    assert began_at is not None and state.since is not None
    assert abs((began_at - at(LIVE_S)).total_seconds()) <= 2.0
    assert abs((state.since - at(LIVE_S + 30)).total_seconds()) <= 1.0


def test_a_frozen_picture_that_changes_is_in_no_doubt() -> None:
    """Whoever comes in then is seen from the first picture on, between two looks too; it is live a moment later."""
    state = well()
    still = seen(street(), 1000.0).video
    for second in range(LIVE_S, LIVE_S + 20):
        state.look(shown(still, second))
    doubted, began_at = state.doubtful, state.since

    visitor = np.where(np.abs(np.arange(640) - 320) < 20, 40.0, street())
    believed = state.look(seen(visitor, LIVE_S + 19.4))

    assert doubted
    assert began_at is not None and abs((began_at - at(LIVE_S)).total_seconds()) <= 1.0
    assert believed is CameraState.FROZEN
    assert not state.doubtful
    assert states(state, same, LIVE_S + 20, LIVE_S + 23)[-1] is CameraState.LIVE


def test_doubt_comes_before_belief() -> None:
    """From the first covered picture on nothing is concluded, though nobody is told yet."""
    state = well()

    (found,) = states(state, SPOILED[CameraState.COVERED], LIVE_S, LIVE_S + 1)

    assert found is CameraState.LIVE
    assert state.doubtful


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda picture: picture * 0.45, id="dusk"),
        pytest.param(lambda picture: np.clip(picture * 1.5, 0, 255), id="sun"),
        pytest.param(lambda picture: (picture - picture.mean()) * 0.6 + 80, id="haze"),
        pytest.param(lambda picture: np.where(np.arange(640) < 250, 60.0, picture), id="a lorry over a third of it"),
    ],
)
def test_what_is_no_fault_is_none(change: Callable[[Picture], Picture]) -> None:
    """Light, haze and what passes close by."""
    assert set(states(well(), change, LIVE_S, LIVE_S + 60)) == {CameraState.LIVE}


def test_lorries_that_come_and_go_before_a_turned_camera_hide_it_for_a_while_only() -> None:
    """What is hidden says neither that it is turned nor that it is not."""
    state = well()

    told = [
        state.look(seen(turned(street()), second), ((0.0, 0.0, 1.0, 0.9),) if second % 20 < 10 else ())
        for second in range(LIVE_S, LIVE_S + 60)
    ]

    since = told.index(CameraState.MOVED)
    assert 20 <= since <= 55  # twenty seconds of seeing it, and until it was looked at first
    assert set(told[since:]) == {CameraState.MOVED}


def test_a_trace_of_the_old_view_does_not_turn_a_camera_back() -> None:
    """Another street, and a quarter of the old one: edges that coincide by chance, or a reflection, say no more."""
    assert (
        states(well(), lambda picture: street(9) * 0.75 + picture * 0.25, LIVE_S, LIVE_S + 40)[-1] is CameraState.MOVED
    )


def test_a_lorry_that_is_missed_now_and_then_turns_no_camera() -> None:
    """It fills the view; each look in which no vehicle is found shows another one. And no look is doubted for it."""
    state = well()
    lorry = np.where(np.indices((360, 640))[0] % 60 < 30, 60.0, 180.0).astype(np.float32)

    told, doubted = [], 0
    for second in range(LIVE_S, LIVE_S + 120):
        hidden = ((0.0, 0.0, 1.0, 0.95),) if second % 5 else ()
        told.append(state.look(seen(lorry, second), hidden))
        doubted += state.doubtful and bool(hidden)

    assert set(told) == {CameraState.LIVE}
    assert doubted == 0


def test_what_stands_before_a_camera_at_first_is_not_its_view() -> None:
    """A lorry, an engineer's hand, a recorder's splash: the street is what it learns, and it can still be turned."""
    state = PictureState()
    told = states(state, lambda _: street(9), 0, 3) + states(state, same, 3, 93)

    assert set(told) == {CameraState.LIVE}
    assert states(state, turned, 93, 123)[-1] is CameraState.MOVED


def test_infrared_is_not_another_view() -> None:
    """At night the same edges have other strengths, and there is noise."""
    other_light = street() * 0.5 + np.random.default_rng(9).uniform(0.7, 1.3, (6, 8)).repeat(60, 0).repeat(80, 1) * 30

    assert set(states(well(), lambda _: other_light.astype(np.float32), LIVE_S, LIVE_S + 60, noise=6)) == {
        CameraState.LIVE
    }


def test_a_vehicle_moves_and_takes_longer_to_be_believed() -> None:
    """Its view is never the same; a tunnel of ten seconds is none of a fault."""
    state = well(mobile=True)

    assert set(states(state, turned, LIVE_S, LIVE_S + 60)) == {CameraState.LIVE}
    assert set(states(state, SPOILED[CameraState.DARK], LIVE_S + 60, LIVE_S + 70)) == {CameraState.LIVE}


def test_a_new_resolution_is_no_fault() -> None:
    """What is usual is learned anew."""
    state = well()
    smaller = np.asarray(cv2.resize(street(), (320, 240)), np.float32)

    found = [state.look(seen(smaller, second)) for second in range(LIVE_S, LIVE_S + 30)]

    assert set(found) == {CameraState.LIVE}


@pytest.mark.parametrize("expected", [CameraState.DEFOCUSED, CameraState.MOVED])
def test_whoever_takes_over_goes_on_with_what_was_usual(expected: CameraState) -> None:
    """A camera that was turned while its worker was replaced, and one that was turned before."""
    before = well()
    note = before.note()
    assert states(before, SPOILED[expected], LIVE_S, LIVE_S + 30)[-1] is expected

    while_replaced, afterwards = PictureState(), PictureState()
    while_replaced.go_on(note)
    afterwards.go_on(before.note())

    assert states(while_replaced, SPOILED[expected], LIVE_S + 30, LIVE_S + 60)[-1] is expected
    assert set(states(afterwards, SPOILED[expected], LIVE_S + 30, LIVE_S + 60)) == {expected}
    assert states(afterwards, same, LIVE_S + 60, LIVE_S + 70)[-1] is CameraState.LIVE


def test_a_picture_that_an_encoder_refines_is_frozen_all_the_same() -> None:
    """It begins anew with each keyframe: every second look shows the same."""
    state = well()
    keyframe, refined = seen(street(), LIVE_S).video, seen(street(), LIVE_S + 1).video

    found = []
    for second in range(LIVE_S, LIVE_S + 20, 2):
        first = shown(keyframe, second)
        found += [state.look(first), state.look(replace(first, captured_at=at(second + 1), video=refined))]

    assert found[12:] == [CameraState.FROZEN] * 8


@pytest.mark.parametrize("noise", [0.3, 0.7])
def test_a_quiet_room_in_a_fine_picture_is_not_frozen(noise: float, tmp_path: Path) -> None:
    """A good sensor, much light, and coding that leaves out what hardly changes: 720 rows, keyframes 2 s apart."""
    room = enlarged(street())
    frames = encoded(tmp_path / "room.mp4", (room + sensor(room, number, noise) for number in range(5 * 18)))
    state = PictureState()

    assert {state.look(frame) for frame in frames} == {CameraState.LIVE}
    assert not state.doubtful


def test_a_camera_that_hangs_before_its_encoder_is_frozen(tmp_path: Path) -> None:
    """Its encoder's rate takes some seconds to settle on a picture without new noise."""
    room = enlarged(street())
    frames = encoded(tmp_path / "hangs.mp4", (room + sensor(room, min(number, 30), 2.0) for number in range(5 * 30)))
    state = PictureState()

    found = [(state.look(frame), frame.pts_s) for frame in frames]

    first = next(second for one, second in found if one is CameraState.FROZEN)
    assert 14 <= first <= 21  # it hangs from 6 s on
    assert {one for one, second in found if second >= first} == {CameraState.FROZEN}
    assert state.since is not None and abs((state.since - at(6)).total_seconds()) <= 6


def passed(second: float, since_s: float) -> Picture:
    """A street without noise that somebody crosses from `since_s` on, in ten seconds."""
    picture = street().copy()
    x = round((second - since_s) * 64)
    if 0 <= x < 600:
        picture[200:330, x : x + 40] = 30
    return picture


@pytest.mark.parametrize("rate", [None, 400_000])
def test_a_picture_without_noise_is_not_frozen_where_nothing_moves(rate: int | None, tmp_path: Path) -> None:
    """Smoothed by its camera, or drawn: while somebody passes, the rest repeats as well."""
    frames = encoded(tmp_path / "smooth.mp4", (passed(number / 5, 2.0) for number in range(5 * 60)), rate=rate)
    state = PictureState()

    assert {state.look(frame) for frame in frames} == {CameraState.LIVE}
    assert not state.doubtful


def test_a_long_group_of_pictures_in_which_nothing_moves_is_not_frozen(tmp_path: Path) -> None:
    """No keyframe tells what a camera does: an absence of a minute and more is told all the same."""
    frames = encoded(tmp_path / "long.mp4", (passed(number / 5, 2.0) for number in range(5 * 120)), gop=9999)
    state = PictureState()

    assert {state.look(frame) for frame in frames} == {CameraState.LIVE}


def test_a_picture_without_noise_that_hangs_is_frozen_in_the_end() -> None:
    """After longer than it has ever been still; noise that comes back is known when somebody passes again."""
    state = PictureState()

    still = [state.look(seen(passed(second, 5.0), second, noise=0.0)) for second in range(15 + 900)]
    for second in range(915, 930):
        state.look(seen(passed(second, 918.0), second, noise=2.5))
    hung = seen(street(), 930.0).video
    noisy = [state.look(shown(hung, second)) for second in range(930, 950)]

    assert set(still[: 15 + 590]) == {CameraState.LIVE}
    assert set(still[15 + 610 :]) == {CameraState.FROZEN}
    assert noisy[-1] is CameraState.FROZEN


def test_what_was_before_a_pause_repeats_nothing() -> None:
    """A stream that comes back after half a minute, with a picture that was shown before it broke."""
    state = well()
    shown_before = seen(street(), LIVE_S - 1).video

    found = [state.look(shown(shown_before, LIVE_S + 30)), *(states(state, same, LIVE_S + 31, LIVE_S + 40))]

    assert set(found) == {CameraState.LIVE}
    assert not state.doubtful


@pytest.mark.parametrize("grey", [0.0, 0.06])
def test_a_cover_without_noise_is_covered_and_not_frozen(grey: float) -> None:
    """Coding leaves no noise of it, so that its keyframes repeat."""
    state = well()
    cover = np.asarray(110 + grey * (street() - 110), np.float32)

    found = [state.look(seen(cover, second, noise=0.0)) for second in range(LIVE_S, LIVE_S + 40)]

    assert set(found[5:]) == {CameraState.COVERED}


def test_one_look_at_another_view_doubts_nothing() -> None:
    """A lorry whom the detector has not found yet; the second look does."""
    state = well()

    state.look(seen(turned(street()), LIVE_S))
    after_one = state.doubtful
    state.look(seen(turned(street()), LIVE_S + 1))

    assert not after_one
    assert state.doubtful


def test_a_room_goes_on_being_quiet_when_a_camera_hangs_no_longer(tmp_path: Path) -> None:
    """Nothing moves that would tell: the next keyframes do."""
    room = enlarged(street())
    numbers = [*range(30), *[30] * 100, *range(30, 90)]
    frames = encoded(tmp_path / "goes_on.mp4", (room + sensor(room, number, 0.7) for number in numbers))
    state = PictureState()

    found = [state.look(frame) for frame in frames]

    assert CameraState.FROZEN in found
    assert found[-1] is CameraState.LIVE


def enlarged(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(picture, (1280, 720), interpolation=cv2.INTER_CUBIC), np.float32)


def sensor(picture: Picture, number: int, noise: float) -> Picture:
    """The noise of picture `number`."""
    own = np.random.default_rng(number).normal(0, noise, (picture.shape[0] // 4, picture.shape[1]))
    return np.tile(own, (4, 1)).astype(np.float32)  # a quarter of it, four times: it takes long to make


def encoded(path: Path, pictures: Iterable[Picture], *, rate: int | None = None, gop: int = 10) -> list[Frame]:
    """Five pictures a second, as a camera sends them and an analysis receives them; `rate` in bits a second."""
    options = {"preset": "ultrafast", "x264-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes=0"}
    options |= {"b": str(rate)} if rate else {"crf": "23"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5, options=options)
        for number, picture in enumerate(pictures):
            if not number:
                stream.width, stream.height, stream.pix_fmt = picture.shape[1], picture.shape[0], "yuv420p"
            gray = av.VideoFrame.from_ndarray(np.clip(picture, 0, 255).astype(np.uint8), format="gray")
            container.mux(stream.encode(gray.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    packets = packets_of(path)
    reader = FrameReader(packets[0].stream)
    return [*(frame for packet in packets for frame in reader.frames(packet)), *reader.end()]


def test_what_is_usual_is_not_lost_while_the_view_is_another() -> None:
    """However long: a camera that was turned for a quarter of an hour is well when it is turned back."""
    state = well()

    assert states(state, turned, LIVE_S, LIVE_S + 900)[-1] is CameraState.MOVED
    assert states(state, same, LIVE_S + 900, LIVE_S + 910)[-1] is CameraState.LIVE


def test_little_is_known_of_a_camera_that_has_just_begun() -> None:
    """Its first picture may be any."""
    state = PictureState()
    states(state, same, 0, 3)

    assert state.note() == ""


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"edges": "AAAA", "shape": [2, 2], "state": "live"}'])
def test_a_note_that_cannot_be_read_is_said(note: str) -> None:
    """The one who asks begins anew."""
    state = PictureState()

    with pytest.raises((ValueError, KeyError, TypeError)):
        state.go_on(note)

    assert state.note() == ""
    assert set(states(state, same, 0, 20)) == {CameraState.LIVE}


@cache
def asphalt() -> Picture:
    """Plain ground: a fine grain that lies where it lies, a standard deviation of less than five levels."""
    grain = np.random.default_rng(5).normal(0, 1, (180, 320)).astype(np.float32)
    return np.asarray(110 + 11 * cv2.GaussianBlur(cv2.resize(grain, (640, 360)), (0, 0), 1.5), np.float32)


def told_of(view: Picture, seconds: range, state: PictureState, noise: float = 2.5) -> list[CameraState]:
    """What is thought of a view, a look a second."""
    return [state.look(seen(view, second, noise)) for second in seconds]


def test_plain_ground_is_no_cover() -> None:
    """From the first minute on, and nothing is doubted but the first look: what little there is stays where it is."""
    state = PictureState()
    doubted = 0

    for second in range(40):
        assert state.look(seen(asphalt(), second)) is CameraState.LIVE
        doubted += state.doubtful

    assert doubted <= 1


@pytest.mark.parametrize(
    ("spoilt", "expected"),
    [
        pytest.param(asphalt() * 0 + 100, CameraState.COVERED, id="covered"),
        pytest.param(asphalt() * 0.05, CameraState.DARK, id="dark"),
        pytest.param(street(), CameraState.MOVED, id="turned to where something is"),
    ],
)
def test_a_camera_of_plain_ground_can_be_spoiled_all_the_same(spoilt: Picture, expected: CameraState) -> None:
    """Its ground is gone, or something is where nothing was."""
    state = PictureState()
    told_of(asphalt(), range(30), state)

    assert told_of(spoilt, range(30, 50), state)[-1] is expected
    assert told_of(asphalt(), range(50, 56), state)[-1] is CameraState.LIVE


def test_a_cover_is_told_of_a_camera_that_has_shown_nothing_else() -> None:
    """A camera that is covered when its node starts: of a cover there is noise alone, another each time."""
    assert told_of(asphalt() * 0 + 100, range(10), PictureState())[-1] is CameraState.COVERED


def test_noise_on_plain_ground_is_no_other_view() -> None:
    """A wall with a kerb below: where nothing is, noise is another each time, and more of it at dusk."""
    wall = np.tile(np.linspace(80, 140, 640, dtype=np.float32), (360, 1))
    wall[330:, 480::40] -= 10
    wall[330:335, 300:] += 10
    state = PictureState()

    told = told_of(wall, range(20), state, noise=2.0)
    doubted = 0
    for second in range(20, 60):
        told.append(state.look(seen(wall * 0.9, second, noise=6.0)))
        doubted += state.doubtful

    assert set(told) == {CameraState.LIVE}
    assert doubted == 0


def test_a_crowd_hides_the_view_as_a_lorry_does() -> None:
    """Many who are narrow cover as much as one that is wide, and the edges of those who stand there are no view's."""
    state = well()
    crowd = [(x / 16, 0.3 + 0.04 * (x % 3), x / 16 + 0.05, 1.0) for x in range(16)]
    filled = street().copy()
    for n, (x0, y0, x1, y1) in enumerate(crowd):
        rows, columns = slice(int(y0 * 360), int(y1 * 360)), slice(int(x0 * 640), int(x1 * 640))
        filled[rows, columns] = street(20 + n)[rows, columns]

    doubted = 0
    for second in range(LIVE_S, LIVE_S + 60):
        assert state.look(seen(filled, second), tuple(crowd)) is CameraState.LIVE
        doubted += state.doubtful

    assert doubted == 0


@pytest.mark.parametrize("veil", [CameraState.DARK, CameraState.COVERED])
def test_a_picture_that_is_as_usual_again_is_judged_from_its_second_look_on(veil: CameraState) -> None:
    """Frames come three a second: it is doubted no longer, while it is believed to be veiled for two seconds more."""
    state = well()
    states(state, SPOILED[veil], LIVE_S, LIVE_S + 10)

    after = [(state.look(seen(street(), LIVE_S + 10 + n / 3)), state.doubtful) for n in range(9)]

    assert [doubtful for _, doubtful in after] == [True] + [False] * 8
    assert after[3][0] is veil
    assert after[-1][0] is CameraState.LIVE


def test_a_picture_that_is_another_after_the_dark_is_doubted() -> None:
    """What the light shows is not what was usual: nobody is accused by it, from the first look on."""
    state = well()
    states(state, SPOILED[CameraState.DARK], LIVE_S, LIVE_S + 10)

    doubted = []
    for n in range(6):
        state.look(seen(turned(street()), LIVE_S + 10 + n / 3))
        doubted.append(state.doubtful)

    assert doubted == [True] * 6


def test_a_turned_camera_is_known_within_fifteen_seconds() -> None:
    """Of a clip of half a minute the second half is enough; it is dated to when it was turned."""
    state = PictureState()
    told_of(street(), range(15), state)

    told = told_of(turned(street()), range(15, 30), state)

    assert told[-1] is CameraState.MOVED
    assert state.since is not None and abs((state.since - at(15)).total_seconds()) <= 2.0


def test_beside_something_large_a_turned_camera_is_known_later() -> None:
    """A lorry that drove up and fills the view is found no longer: it has twenty seconds to drive on."""
    state = well()
    states(state, same, LIVE_S, LIVE_S + 3)
    state.look(seen(turned(street()), LIVE_S + 3), ((0.0, 0.0, 0.5, 1.0),))

    told = states(state, turned, LIVE_S + 4, LIVE_S + 30)

    since = told.index(CameraState.MOVED)
    assert 18 <= since <= 24
