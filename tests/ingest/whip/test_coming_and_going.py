"""Vehicles that come, go and change while the endpoint listens: nobody else's session ends."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.ingest.whip.given import calling, endpoint, token, vehicle_camera, watching
from tests.services import eventually

LONG_S = 40.0  # two cores are shared with whatever else runs


def test_a_vehicle_that_comes_later_may_call(drive: Path) -> None:
    """With its own token; before that it is unknown. The one that was there notices nothing."""
    car, bus = vehicle_camera("car"), vehicle_camera("bus")
    with endpoint(car) as at, watching(car, at) as watched, calling(at.url(), drive):
        eventually(lambda: len(watched.sinks.packets) >= 5, "the first vehicle's packets", timeout_s=LONG_S)
        assert at.ask("POST", "bus", bearer=token("bus")).status == 404

        at.server.take_up(bus)

        eventually(lambda: at.ask("POST", "bus", bearer=token("bus")).status == 415, "it is known", timeout_s=LONG_S)
        assert at.ask("POST", "bus", bearer=token("car")).status == 401
        with watching(bus, at) as more, calling(at.url("bus"), drive) as caller:
            assert caller.reply.status == 201
            eventually(lambda: len(more.sinks.packets) >= 5, "the second vehicle's packets", timeout_s=LONG_S)
        assert watched.supervisor.status().reconnects == 0


def test_a_vehicle_that_goes_is_hung_up(drive: Path) -> None:
    """It may not call again; the others' sessions go on."""
    car, bus = vehicle_camera("car"), vehicle_camera("bus")
    with endpoint(car, bus) as at, calling(at.url("car"), drive) as first, calling(at.url("bus"), drive) as second:
        eventually(lambda: first.state == second.state == "connected", "both are connected", timeout_s=LONG_S)

        at.server.give_up("car")

        eventually(lambda: first.state == "closed", "its session ends", timeout_s=LONG_S)
        assert at.ask("POST", "car").status == 404
        assert "car" not in at.server.feeds
        assert (at.value("whip_connected", camera="car"), at.value("whip_connected", camera="bus")) == (0.0, 1.0)
        assert second.state == "connected"


def test_another_token_ends_the_session_that_the_old_one_began(drive: Path) -> None:
    """Whoever has the old one is a stranger from then on."""
    car = vehicle_camera()
    stream = car.stream.model_copy(update={"sub": f"whip:{token('other')}"})
    with endpoint(car) as at, calling(at.url(), drive) as first:
        eventually(lambda: first.state == "connected", "it is connected", timeout_s=LONG_S)

        at.server.take_up(car.model_copy(update={"stream": stream}))

        eventually(lambda: first.state == "closed", "the old session ends", timeout_s=LONG_S)
        assert at.ask("POST").status == 401
        with calling(at.url(), drive, bearer=token("other")) as again:
            assert again.reply.status == 201


def test_other_settings_leave_the_session_as_it_is(drive: Path) -> None:
    """A rule, or a heartbeat: the vehicle goes on sending."""
    car = vehicle_camera()
    with endpoint(car) as at, calling(at.url(), drive) as caller:
        eventually(lambda: caller.state == "connected", "it is connected", timeout_s=LONG_S)
        feed = at.server.feeds["car"]

        at.server.know(car.model_copy(update={"heartbeat": timedelta(seconds=1)}))

        other = car.model_copy(update={"heartbeat": timedelta(seconds=1)})
        with watching(other, at) as watched:
            eventually(lambda: len(watched.sinks.packets) >= 5, "its packets", timeout_s=LONG_S)
            assert caller.state == "connected"
            assert at.server.feeds["car"] is feed
