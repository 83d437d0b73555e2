"""Occurrences on the wire."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.codec import decode, encode
from alerts.errors import DecodeError
from alerts.messages import Occurrence, Origin
from alerts.schema import GREATEST, json_schema
from config.model import Ring, Severity
from detect.messages import Phase, Position
from tests.alerts.making import occurrence
from tests.services import REPOSITORY

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
word = text.filter(bool)
number = st.integers(1, GREATEST)
instant = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds it
value = (
    text
    | st.integers(-GREATEST, GREATEST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none()
)
occurrences = st.builds(
    Occurrence,
    id=word,
    rev=number,
    camera=word,
    camera_name=text,
    ring=st.sampled_from(Ring),
    cell=text,
    rule=word,
    zone=text,
    phase=st.sampled_from(Phase),
    severity=st.sampled_from(Severity),
    started_at=instant,
    captured_at=instant,
    raised_at=instant,
    detail=st.dictionaries(word, value, max_size=4),
    evidence=st.sampled_from(["", "2026-01-01/ev-1"]),
    position=st.none()
    | st.builds(
        Position,
        lat=st.floats(-90, 90),
        lon=st.floats(-180, 180),
        speed_m_s=st.none() | st.floats(0, 150),
        at=instant,
    ),
)
origins = st.none() | st.builds(
    lambda outbox, rows: Origin(outbox=outbox, seq=max(rows), settled=min(rows) - 1),
    st.uuids().map(str),
    st.tuples(number, number),
)


@given(occurrences, origins)
def test_what_is_encoded_is_decoded_to_the_same(sent: Occurrence, origin: Origin | None) -> None:
    """Every occurrence survives the wire, to the microsecond and to the type of every detail."""
    got, got_origin = decode(encode(sent, origin))

    assert (got, got_origin) == (sent, origin)
    assert origin is None or (got_origin is not None and got_origin.settled == origin.settled)
    assert {name: type(one) for name, one in got.detail.items()} == {
        name: type(one) for name, one in sent.detail.items()
    }


@given(occurrences)
def test_every_body_keeps_to_the_published_schema(sent: Occurrence) -> None:
    """What is written into the stream is what docs/alert.schema.json promises its readers."""
    jsonschema.validate(json.loads(encode(sent)["body"]), json_schema())


def test_the_published_schema_is_current() -> None:
    """docs/alert.schema.json is what `ringwatch alerts --schema` prints."""
    published = (REPOSITORY / "docs" / "alert.schema.json").read_text()
    assert json.loads(published) == json_schema(), "run: ringwatch alerts --schema > docs/alert.schema.json"


def test_fields_are_those_of_the_design() -> None:
    """A reader in another language finds v, id, rev, body and origin, all of them text."""
    fields = encode(occurrence(7, 2), Origin(outbox="0b-1", seq=9, settled=4))

    assert {name: fields[name] for name in ("v", "id", "rev", "origin")} == {
        "v": "1", "id": "ev-7", "rev": "2", "origin": "0b-1:9:4",
    }  # fmt: skip
    assert json.loads(fields["body"])["captured_at"] == "2026-01-01T08:01:02Z"
    assert "东门卡口" in fields["body"]


def test_unknown_fields_of_a_later_minor_change_are_ignored() -> None:
    """A newer writer may add to the body without shutting out older desks."""
    fields = encode(occurrence())
    body = json.loads(fields["body"]) | {"weather": {"rain": 1.0}}

    got, _ = decode(fields | {"body": json.dumps(body), "trace": "abc"})

    assert got == occurrence()


def test_times_of_other_zones_are_read_as_utc() -> None:
    """Another system may write local time with its offset."""
    fields = encode(occurrence())
    body = json.loads(fields["body"]) | {"started_at": "2026-01-01T16:00:00+08:00"}

    got, _ = decode(fields | {"body": json.dumps(body)})

    assert got.started_at == datetime(2026, 1, 1, 8, tzinfo=UTC)
    assert got.started_at.tzinfo is UTC


def test_a_number_json_has_no_word_for_becomes_null() -> None:
    """A rule's odd figure must not keep its alert from the duty room."""
    got, _ = decode(encode(occurrence(detail={"speed": math.nan})))

    assert got.detail == {"speed": None}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"v": "2"}, "the entry has schema version '2', this ringwatch reads 1"),
        ({"v": None}, "the entry has no field v"),
        ({"body": None}, "the entry has no field body"),
        ({"body": "{"}, "the body breaks the schema: body: Invalid JSON"),
        ({"rev": "5"}, "the fields id and rev are not those of the body"),
        ({"id": "ev-2"}, "the fields id and rev are not those of the body"),
    ],
)
def test_an_entry_that_cannot_be_read_says_why(changed: dict[str, str | None], message: str) -> None:
    """The reason stands in the dead letter, for whoever finds it."""
    fields = {name: text for name, text in (encode(occurrence()) | changed).items() if text is not None}

    with pytest.raises(DecodeError, match=f"^{message}".replace("(", r"\(")):
        decode(fields)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"severity": "terrible"}, "severity: Input should be 'critical', 'high', 'medium' or 'low'"),
        ({"captured_at": "2026-01-01T08:00:00"}, "captured_at: Input should have timezone info"),
        ({"rev": 0}, "rev: Input should be greater than or equal to 1"),
        ({"rev": 2**53}, "rev: Input should be less than or equal to 9007199254740991"),
        ({"camera_name": "a\x00b"}, "camera_name: String should match pattern"),
        ({"evidence": "../../etc"}, "evidence: String should match pattern"),
        ({"evidence": "/etc"}, "evidence: String should match pattern"),
        ({"evidence": "2026-01-01/.."}, "evidence: String should match pattern"),
        ({"detail": {"who": ["a"]}}, "detail.who.str: Input should be a valid string"),
    ],
)
def test_a_body_that_breaks_the_schema_says_where(broken: dict[str, object], message: str) -> None:
    """What no record could hold, or what would lead out of the evidence root, never gets further than here."""
    fields = encode(occurrence())
    body = json.loads(fields["body"]) | broken

    with pytest.raises(DecodeError) as caught:
        decode(fields | {"rev": str(body["rev"]), "body": json.dumps(body)})

    assert str(caught.value).startswith(f"the body breaks the schema: {message}")


def test_an_entry_that_cannot_be_read_still_says_where_it_waits() -> None:
    """So its outbox can be told to stop sending it."""
    fields = encode(occurrence(), Origin(outbox="0b-1", seq=9)) | {"v": "2"}

    with pytest.raises(DecodeError) as caught:
        decode(fields)

    assert caught.value.origin == Origin(outbox="0b-1", seq=9)


def test_an_origin_without_what_is_settled_is_read() -> None:
    """So is one that makes no sense: nobody waits for it, and the alert is recorded all the same."""
    plain = encode(occurrence())

    assert decode(plain | {"origin": "0b-1:9"})[1] == Origin(outbox="0b-1", seq=9)
    assert decode(plain | {"origin": "0b-1:9:9"})[1] is None
    assert decode(plain | {"origin": "0b-1"})[1] is None


anything = st.text(st.characters(), max_size=40)  # lone surrogates too: bytes that are not UTF-8 arrive as such


@given(st.dictionaries(st.sampled_from(["v", "id", "rev", "body", "origin"]) | anything, anything | st.just("1")))
def test_no_entry_however_broken_raises_anything_else(fields: dict[str, str]) -> None:
    """The desk survives whatever another system writes into the stream."""
    with pytest.raises(DecodeError):
        decode(fields)
