"""The turns of a rotation, with random keys and with crashes at random steps; and the marks in descriptions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from pulumi_scw_iam.kinds.shared.rotation import LONGEST_MARK, Key, Mark, Schedule, plan_turn

NOW = datetime(2030, 1, 1, tzinfo=timezone.utc)
AGES = st.integers(0, 100).map(lambda days: timedelta(days=days))
OVERLAPS = st.integers(0, 20).map(lambda days: timedelta(days=days))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    overlap = draw(OVERLAPS)
    longer = st.integers(1, 60).map(lambda days: overlap + timedelta(days=days))
    return Schedule(draw(st.none() | longer), overlap)


def keys(name: str, *, is_handed_on: st.SearchStrategy[bool]) -> st.SearchStrategy[Key]:
    return st.builds(
        Key,
        st.just(name),
        AGES.map(lambda age: NOW - age),
        st.none() | AGES.map(lambda rest: NOW + rest),
        st.sampled_from(["", "the bearer changes"]),
        is_handed_on,
    )


TURNS = {
    "current": st.none() | keys("current", is_handed_on=st.just(True)),
    "previous": st.none() | st.just("previous"),
    "strays": st.lists(st.booleans(), max_size=3).flatmap(
        lambda flags: st.tuples(
            *(keys(f"stray {n}", is_handed_on=st.just(flag)) for n, flag in enumerate(flags))
        )
    ),
    "schedule": schedules(),
}


@given(**TURNS)
def test_a_turn_leaves_at_most_two_keys_and_forgets_none(
    current: Key | None, previous: str | None, strays: tuple[Key, ...], schedule: Schedule
) -> None:
    turn = plan_turn(current, previous, strays, schedule, NOW)
    stay = [key for key in (turn.previous, turn.current and turn.current.access_key) if key]
    assert len(stay) + bool(turn.reason) <= 2
    all_keys = [key.access_key for key in (current, *strays) if key] + [*filter(None, [previous])]
    assert sorted([*turn.deleted, *stay]) == sorted(all_keys)
    assert turn.reason or turn.current


@given(**TURNS)
def test_a_turn_keeps_the_newest_key_that_was_handed_on(
    current: Key | None, previous: str | None, strays: tuple[Key, ...], schedule: Schedule
) -> None:
    turn = plan_turn(current, previous, strays, schedule, NOW)
    handed_on = sorted((one for one in strays if one.is_handed_on), key=lambda one: one.made)
    newest = handed_on[-1] if handed_on else current
    if newest is not None:
        assert turn.current == newest
        assert turn.kept == newest.access_key
    elif previous is not None:
        assert turn.kept == previous
    assert turn.kept not in turn.deleted


@given(**TURNS, longest=st.none() | st.integers(1, 200))
def test_after_a_turn_nothing_is_due(
    current: Key | None,
    previous: str | None,
    strays: tuple[Key, ...],
    schedule: Schedule,
    longest: int | None,
) -> None:
    turn = plan_turn(current, previous, strays, schedule, NOW)
    now, kept = turn.current, turn.previous
    if turn.reason:
        limit = None if longest is None else schedule.overlap + timedelta(days=longest)
        now, kept = Key("new", NOW, schedule.expiry(NOW, limit)), turn.kept
    assert now is not None
    again = plan_turn(now, kept, (), schedule, NOW)
    ended = {kept} if kept and now.made + schedule.overlap <= NOW else set()
    assert (again.reason, set(again.deleted), again.current) == ("", ended, now)
    if not turn.reason:
        assert not ended


# --- with crashes --------------------------------------------------------------------------------


class Crash(Exception):
    """The process ends."""


@dataclass
class Life:
    """A rotating key without an API: its live keys, its secret, and the state of the last update."""

    schedule: Schedule
    has_sink: bool
    now: datetime = NOW
    live: dict[str, Key] = field(default_factory=dict)
    newest: str = ""
    """The key in the newest version of the secret."""
    current: str = ""
    previous: str | None = None
    triggers: int = 0
    made_for: dict[str, int] = field(default_factory=dict)
    steps: int = 0

    def step(self, crash_at: int) -> None:
        """Count a call; raise Crash before it."""
        self.steps += 1
        if self.steps == crash_at:
            raise Crash

    def check(self) -> None:
        assert len(self.live) <= 2
        if self.current:
            assert (self.newest if self.has_sink else self.current) in self.live

    def up(self, triggers: int, crash_at: int = 0) -> None:
        """Update: delete, make, hand on, record. A crash ends it before one of these."""
        self.steps = 0

        def fitting(key: Key, made_for: int) -> Key:
            return replace(
                key, outdated="the rotation triggers change" if made_for != triggers else ""
            )

        handed_on = {self.newest} if self.has_sink else set()
        own = {self.current, self.previous}
        strays = [
            replace(fitting(key, triggers), is_handed_on=name in handed_on)
            for name, key in self.live.items()
            if name not in own
        ]
        current = self.live.get(self.current)
        if current is not None:
            current = fitting(current, self.triggers)
        turn = plan_turn(
            current,
            self.previous if self.previous in self.live else None,
            strays,
            self.schedule,
            self.now,
        )
        for name in turn.deleted:
            self.step(crash_at)
            del self.live[name]
            self.check()
        settled, kept = turn.current, turn.previous
        if turn.reason:
            name = f"key {len(self.made_for)}"
            self.step(crash_at)
            self.made_for[name] = triggers
            settled = self.live[name] = Key(name, self.now, self.schedule.expiry(self.now, None))
            kept = turn.kept
            self.check()
            if self.has_sink:
                self.step(crash_at)
                self.newest = name
                self.check()
        self.step(crash_at)
        assert settled is not None
        self.current, self.previous, self.triggers = settled.access_key, kept, triggers
        self.check()


UPDATES = st.lists(
    st.tuples(st.integers(0, 40), st.booleans(), st.integers(0, 6)), min_size=1, max_size=25
)


@given(schedule=schedules(), has_sink=st.booleans(), updates=UPDATES)
def test_crashes_at_any_step_leave_a_key_that_consumers_have_and_the_next_update_ends_well(
    schedule: Schedule, has_sink: bool, updates: list[tuple[int, bool, int]]
) -> None:
    life, triggers = Life(schedule, has_sink), 0
    life.up(triggers)
    for days, triggered, crash_at in updates:
        life.now += timedelta(days=days)
        triggers += triggered
        try:
            life.up(triggers, crash_at)
        except Crash:
            life.check()
            life.up(triggers)
        assert {life.current, life.previous or life.current} == set(life.live)
        assert not has_sink or life.newest == life.current


# --- marks ---------------------------------------------------------------------------------------

MARKS = st.builds(
    lambda resource, place: Mark.of(resource).at(place), st.text(), st.none() | st.text()
)


@given(description=st.text(), mark=MARKS)
def test_a_mark_is_found_in_any_description_and_removed_without_a_trace(
    description: str, mark: Mark
) -> None:
    marked = mark.added_to(description)
    assert Mark.found(marked) == mark
    assert Mark.removed_from(marked) == description
    assert len(marked) <= len(description) + LONGEST_MARK
    twice = Mark.of("another").added_to(marked)
    assert (Mark.found(twice), Mark.removed_from(twice)) == (Mark.of("another"), marked)
