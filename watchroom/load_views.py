"""The published shape of the alarm load: `GET /api/load`, `ringwatch alerts load --json`, and the page's line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import AwareDatetime, ConfigDict, Field

from config.model import Ring
from watchroom.views import View

if TYPE_CHECKING:
    from alerts.flood import Flood, Rate
    from alerts.load import Answers, Chattering, Load, Share, Spread, Standing, Worst


class RateView(View):
    """Alerts per operator and 10 minutes."""

    last_10_min: float
    mean_10_min: float
    p95_10_min: float
    most_10_min: float
    most_at: AwareDatetime | None
    per_hour: float


class FloodView(View):
    """One flood."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, populate_by_name=True)

    begin: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    over: bool
    seconds: float
    alerts: int


class FloodsView(View):
    """The floods of the period."""

    on: bool  # when the period ended
    seconds: float
    share: float
    floods: tuple[FloodView, ...]


class StandingView(View):
    """An alert that has been open for more than 24 hours."""

    id: str
    camera: str
    rule: str
    zone: str
    raised_at: AwareDatetime
    open_s: float
    active: bool


class ChatteringView(View):
    """A source that raised three times or more within a minute."""

    camera: str
    rule: str
    zone: str
    raised: int
    most_in_a_minute: int


class WorstView(View):
    """One of the ten sources that raised most."""

    camera: str
    rule: str
    zone: str
    raised: int
    alerts: int
    nuisance: int
    share: float


class SpreadView(View):
    """How long a step took, from the raise; null where it never happened."""

    count: int
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    longest_s: float | None


class ResponseView(View):
    """How fast alerts were answered."""

    claim: SpreadView
    acknowledge: SpreadView
    resolve: SpreadView


class ShareView(View):
    """How many of the alerts that were due were acknowledged in time."""

    due: int
    prompt: int
    ratio: float | None


class PromptView(View):
    """Acknowledged within 5 minutes."""

    all: ShareView
    posts: ShareView
    by_ring: dict[Ring, ShareView]
    by_cell: dict[str, ShareView]


class LoadView(View):
    """The alarm load of a period; docs/LOAD.md says what each figure means."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, populate_by_name=True)

    begin: AwareDatetime = Field(alias="from")
    end: AwareDatetime = Field(alias="to")
    alerts: int
    in_incidents: int
    late: int
    open: int
    dispositions: dict[str, int]
    per_operator: RateView
    flood: FloodsView
    standing: tuple[StandingView, ...]
    chattering: tuple[ChatteringView, ...]
    worst_sources: tuple[WorstView, ...]
    response: ResponseView
    within_5_min: PromptView


class LoadNowView(View):
    """The page's line."""

    last_10_min: float  # alerts per operator
    flood_since: AwareDatetime | None  # null when there is none
    standing: int


def load_view(load: Load) -> LoadView:
    """`load` as it is published."""
    return LoadView(
        begin=load.period.begin,
        end=load.period.end,
        alerts=load.alerts,
        in_incidents=load.in_incidents,
        late=load.late,
        open=load.open,
        dispositions=dict(load.dispositions),
        per_operator=_rate_view(load.rate),
        flood=FloodsView(
            on=load.in_flood,
            seconds=load.flood_s,
            share=load.flood_share,
            floods=tuple(_flood_view(flood) for flood in load.floods),
        ),
        standing=tuple(_standing_view(one) for one in load.standing),
        chattering=tuple(_chattering_view(one) for one in load.chattering),
        worst_sources=tuple(_worst_view(one) for one in load.worst),
        response=_response_view(load.answers),
        within_5_min=_prompt_view(load.answers),
    )


def load_now_view(load: Load) -> LoadNowView:
    """The line for the page."""
    since = load.floods[-1].begin if load.in_flood else None
    return LoadNowView(last_10_min=load.rate.last, flood_since=since, standing=len(load.standing))


def _rate_view(rate: Rate) -> RateView:
    return RateView(
        last_10_min=rate.last,
        mean_10_min=rate.mean,
        p95_10_min=rate.p95,
        most_10_min=rate.most,
        most_at=rate.most_at,
        per_hour=rate.per_hour,
    )


def _flood_view(flood: Flood) -> FloodView:
    seconds = flood.span.total_seconds()
    return FloodView(begin=flood.begin, end=flood.end, over=flood.over, seconds=seconds, alerts=flood.alerts)


def _standing_view(one: Standing) -> StandingView:
    source = one.source
    return StandingView(
        id=one.id,
        camera=source.camera,
        rule=source.rule,
        zone=source.zone,
        raised_at=one.raised_at,
        open_s=one.open_s,
        active=one.active,
    )


def _chattering_view(one: Chattering) -> ChatteringView:
    source = one.source
    return ChatteringView(
        camera=source.camera,
        rule=source.rule,
        zone=source.zone,
        raised=one.raised,
        most_in_a_minute=one.most_in_a_minute,
    )


def _worst_view(one: Worst) -> WorstView:
    source = one.source
    return WorstView(
        camera=source.camera,
        rule=source.rule,
        zone=source.zone,
        raised=one.raised,
        alerts=one.alerts,
        nuisance=one.nuisance,
        share=one.share,
    )


def _response_view(answers: Answers) -> ResponseView:
    steps = (_spread_view(one) for one in (answers.claim, answers.acknowledge, answers.resolve))
    return ResponseView(**dict(zip(("claim", "acknowledge", "resolve"), steps, strict=True)))


def _spread_view(spread: Spread) -> SpreadView:
    return SpreadView(
        count=spread.count,
        p50_s=spread.p50_s,
        p90_s=spread.p90_s,
        p95_s=spread.p95_s,
        longest_s=spread.longest_s,
    )


def _prompt_view(answers: Answers) -> PromptView:
    return PromptView(
        all=_share_view(answers.all),
        posts=_share_view(answers.posts),
        by_ring={ring: _share_view(share) for ring, share in answers.by_ring.items()},
        by_cell={cell: _share_view(share) for cell, share in answers.by_cell.items()},
    )


def _share_view(share: Share) -> ShareView:
    return ShareView(due=share.due, prompt=share.prompt, ratio=share.ratio)
