"""A call from Chromium: an implementation of WebRTC that shares nothing with ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ingest.messages import CameraState
from tests.ingest.whip.given import endpoint, token, vehicle_camera, watching
from tests.ingest.whip.test_calls import LONG_S, pictures_of
from tests.services import eventually
from tests.watchroom.browser import chromium

PAGE = """async ({url, token, codec}) => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 320, height: 240});
  const draw = canvas.getContext("2d");
  let number = 0;
  setInterval(() => {
    draw.fillStyle = `hsl(${number * 7}, 80%, 50%)`;
    draw.fillRect(0, 0, 320, 240);
    draw.fillStyle = "white";
    draw.fillRect((number++ * 8) % 320, 0, 40, 240);
  }, 100);
  const call = new RTCPeerConnection();
  const sending = call.addTransceiver(canvas.captureStream(10).getVideoTracks()[0], {direction: "sendonly"});
  const known = RTCRtpSender.getCapabilities("video").codecs.filter((one) => one.mimeType === `video/${codec}`);
  if (!known.length) return 0;
  sending.setCodecPreferences(known);
  const channel = call.createDataChannel("position");
  channel.onopen = () => channel.send(JSON.stringify({lat: 30.66, lon: 104.06, speed: 3}));
  await call.setLocalDescription();
  const headers = {authorization: `Bearer ${token}`, "content-type": "application/sdp"};
  const answer = await fetch(url, {method: "POST", headers, body: call.localDescription.sdp});
  window.call = call;
  if (answer.status === 201) await call.setRemoteDescription({type: "answer", sdp: await answer.text()});
  return answer.status;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("codec", ["VP8", "H264"])
def test_a_browser_calls(browser: Browser, codec: str, tmp_path: Path) -> None:
    """From a page of another origin, its addresses hidden behind names: video and a position arrive."""
    camera = vehicle_camera()
    (tmp_path / "page.html").write_text("<title>vehicle</title>")
    with endpoint(camera) as at, watching(camera, at) as watched:
        page = browser.new_page()
        page.goto((tmp_path / "page.html").as_uri())
        status = page.evaluate(PAGE, {"url": at.url(), "token": token("car"), "codec": codec})
        if not status:
            pytest.skip(f"this Chromium has no encoder for {codec}")
        assert status == 201
        eventually(lambda: len(watched.sinks.packets) >= 20, "two seconds of packets", timeout_s=LONG_S)
        assert watched.supervisor.status().state is CameraState.LIVE
        position = eventually(lambda: at.positions.newest("car"), "a position", timeout_s=LONG_S)
        page.close()
        packets = list(watched.sinks.packets)

    assert position is not None
    assert position.speed_m_s == 3
    assert packets[0].stream.codec == codec.lower()
    assert pictures_of(packets) >= len(packets) - 1
