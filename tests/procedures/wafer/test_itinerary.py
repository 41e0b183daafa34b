"""The order of sites and what people may do with it."""

from hypothesis import given
from hypothesis import strategies as st

from smtjlab.instruments.wafer import Site
from smtjlab.procedures.journal import Event
from smtjlab.procedures.wafer.itinerary import Itinerary, Wish, replay, sites_named

SITES = [Site(column, row, name) for column in range(3) for row in range(2) for name in ("a", "b")]
STRANGER = Site(9, 9, "a")


def walked(itinerary: Itinerary) -> list[Site]:
    found = []
    while (site := itinerary.next()) is not None:
        found.append(site)
        itinerary.done(site)
    return found


def test_sites_come_in_their_order() -> None:
    assert walked(Itinerary(SITES)) == SITES


def test_a_site_stays_the_next_until_it_is_done() -> None:
    itinerary = Itinerary(SITES)
    assert itinerary.next() == itinerary.next() == SITES[0]


def test_sites_are_skipped_and_put_first() -> None:
    itinerary = Itinerary(SITES)
    assert itinerary.heed(Wish.SKIP, [SITES[0], STRANGER]) == [SITES[0]]
    assert itinerary.heed(Wish.FIRST, [SITES[5], SITES[0], SITES[4]]) == [SITES[5], SITES[4]]
    assert walked(itinerary) == [SITES[5], SITES[4], *SITES[1:4], *SITES[6:]]


def test_what_was_measured_or_skipped_can_be_visited_again() -> None:
    itinerary = Itinerary(SITES[:2])
    itinerary.done(SITES[0])
    itinerary.heed(Wish.SKIP, [SITES[1]])
    assert itinerary.heed(Wish.RETEST, [SITES[0], SITES[1], STRANGER]) == SITES[:2]
    assert itinerary.heed(Wish.RETEST, [SITES[0]]) == [SITES[0]]
    assert walked(itinerary) == SITES[:2]


@given(st.lists(st.tuples(st.sampled_from(Wish), st.lists(st.sampled_from([*SITES, STRANGER]), unique=True))))
def test_nothing_is_ever_visited_twice_without_a_wish(wishes: list[tuple[Wish, list[Site]]]) -> None:
    itinerary = Itinerary(SITES)
    for wish, sites in wishes:
        itinerary.heed(wish, sites)
    found = walked(itinerary)
    assert len(found) == len(set(found))
    assert set(found) <= set(SITES)


def test_words_name_sites_and_whole_dies() -> None:
    found, unknown = sites_named(["1,1/a", "2, 0", "7,7", "1,1/a"], SITES)
    assert [str(site) for site in found] == ["1,1/a", "2,0/a", "2,0/b"]
    assert unknown == ["7,7"]


@given(
    st.lists(st.tuples(st.sampled_from(Wish), st.lists(st.sampled_from(SITES), min_size=1, unique=True)), max_size=5),
    st.lists(st.integers(0, 12), max_size=5),
)
def test_a_run_that_goes_on_stands_where_it_was_left(asked: list[tuple[Wish, list[Site]]], after: list[int]) -> None:
    """Walk on, with wishes that come after some outcomes, and hold it against its own record."""
    itinerary, events, done = Itinerary(SITES), list[Event](), list[Site]()
    waiting = sorted(zip(after, asked, strict=False), key=lambda one: one[0])
    for _ in range(13):
        while waiting and waiting[0][0] <= len(done):
            wish, sites = waiting.pop(0)[1]
            words = [str(site) for site in sites]
            events.append(Event(len(events) + 1, 0.0, "wish", {"wish": str(wish), "sites": words}))
            meant = [str(site) for site in itinerary.heed(wish, sites)]
            events.append(
                Event(len(events) + 1, 0.0, "heeded", {"wish": str(wish), "sites": meant, "count": len(done)})
            )
        again = Itinerary(SITES)
        assert replay(again, SITES, events, done) == max((e.number for e in events if e.kind == "wish"), default=0)
        assert again.left == itinerary.left
        if (site := itinerary.next()) is not None:
            done.append(site)
            itinerary.done(site)


def test_a_wish_that_is_none_answers_for_no_other() -> None:
    events = [
        Event(1, 0.0, "wish", {"wish": "dance"}),
        Event(2, 0.0, "wish", {"wish": "skip", "sites": ["0,0/a"]}),
        Event(3, 0.0, "heeded", {"wish": "skip", "sites": ["0,0/a"], "count": 0}),
        Event(4, 0.0, "wish", {"wish": "retest", "sites": ["0,0/a"]}),
    ]
    assert replay(Itinerary(SITES), SITES, events, []) == 2
