from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_streams.errors import RequestError
from sample_streams.rtsp_messages import MAX_HEAD_BYTES, RequestReader, Response, encode_response

ONE = b"DESCRIBE rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
TWO = b"SET_PARAMETER rtsp://h/cam RTSP/1.0\r\ncseq:2\r\nContent-Length: 5\r\n\r\nhello"
REPORT = b"$\x01\x00\x04abcd"


@given(st.lists(st.sampled_from([ONE, TWO, REPORT, b"\r\n"]), max_size=8), st.integers(1, 40))
def test_requests_are_whole_however_they_arrive(parts: list[bytes], size: int) -> None:
    """In pieces of any size, with binary frames and empty lines between them."""
    stream = b"".join(parts)
    reader = RequestReader()

    found = [request for start in range(0, len(stream), size) for request in reader.feed(stream[start : start + size])]

    assert [request.cseq for request in found] == [1 if part is ONE else 2 for part in parts if part in (ONE, TWO)]
    assert all(request.body == b"hello" for request in found if request.cseq == 2)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"PLAY rtsp://h/cam RTSP/2.0\r\nCSeq: 1\r\n\r\n", 505),
        (b"PLAY rtsp://h/cam RTSP/1.0\r\n\r\n", 400),
        (b"PLAY rtsp://h/cam RTSP/1.0\r\nCSeq: one\r\n\r\n", 400),
        (b"PLAY rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\nno colon\r\n\r\n", 400),
        (b"\xff\xfe\r\n\r\n", 400),
        (b"P" * MAX_HEAD_BYTES, 413),
        (b"PLAY rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999\r\n\r\n", 413),
        (b"PLAY rtsp://h/cam RTSP/1.0\r\nCSeq: 1\r\nContent-Length: -1\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_has_a_status(sent: bytes, status: int) -> None:
    """And never more than a request's bytes are held."""
    with pytest.raises(RequestError) as error:
        list(RequestReader().feed(sent))

    assert error.value.status == status


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_an_error_or_a_wait(sent: bytes) -> None:
    """Nothing else ever comes of them."""
    reader = RequestReader()
    try:
        list(reader.feed(sent))
    except RequestError as error:
        assert error.status in {400, 413, 505}


def test_a_response_carries_its_number_and_its_length() -> None:
    """Lines end as the protocol asks."""
    written = encode_response(Response(headers=(("Session", "7"),), body=b"v=0\r\n"), 3)

    assert written == b"RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 7\r\nContent-Length: 5\r\n\r\nv=0\r\n"
