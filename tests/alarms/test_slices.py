"""Slices may be cut anywhere and always go on where they ended."""

from hypothesis import given
from hypothesis import strategies as st

from zhigan.alarms.slices import Slice, batch_of, done_in
from zhigan.bus.signals import Batch
from zhigan.vocabulary.signals import Signal, SignalKind


def _batches(sizes: list[int]) -> list[Batch]:
    names = iter(range(10_000))
    return [
        Batch(position, [Signal("gb26875", str(next(names)), SignalKind.STATUS, 1, 1) for _ in range(size)])
        for position, size in enumerate(sizes, start=5)
    ]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.lists(st.booleans(), max_size=12))
def test_cutting_and_resuming_anywhere_neither_loses_nor_repeats(sizes: list[int], cuts: list[bool]) -> None:
    batches = _batches(sizes)
    whole = [s.address for b in batches for s in b.signals]
    seen: list[str] = []
    pending = [Slice.of(batches, 0)]
    while pending:
        part = pending.pop()
        if len(part) > 1 and cuts and cuts.pop():
            pending.extend(reversed(part.halves()))
            continue
        seen.extend(s.address for s in part.signals)
        # a restart here reads from the batch in which the position lies, as the worker does
        position = part.end
        left = [b for b in batches if b.position >= batch_of(position)]
        assert seen + [s.address for s in Slice.of(left, position).signals] == whole
    assert seen == whole
    assert (batch_of(position), done_in(position)) == (batches[-1].position, len(batches[-1].signals))


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 12))
def test_a_batch_larger_than_a_transaction_should_be_goes_on_in_pieces(sizes: list[int], most: int) -> None:
    batches = _batches(sizes)
    whole = Slice.of(batches, 0)
    pieces = whole.pieces(most)
    assert all(0 < len(piece) <= most for piece in pieces)
    assert [s.address for piece in pieces for s in piece.signals] == [s.address for s in whole.signals]
    assert [piece.start for piece in pieces] == [0, *(piece.end for piece in pieces[:-1])]
    assert pieces[-1].end == whole.end
