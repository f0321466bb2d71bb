"""What others may change is read again; while nobody tells, what was told last holds."""

import asyncio
import logging

import pytest

from libs.kept import Kept


class Told:
    """What an owner tells, or why not, each time that it is asked; asked once more than it has to tell, all was heard."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.known = ""
        self.all_heard = asyncio.Event()

    async def read(self) -> None:
        if not self.answers:
            self.all_heard.set()
            return
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        self.known = answer


async def heard_out(told: Told) -> str:
    keeping = asyncio.create_task(Kept(told.read, every=0).keep())
    await asyncio.wait_for(told.all_heard.wait(), timeout=10)
    keeping.cancel()
    return told.known


async def test_what_is_told_last_holds_also_while_nobody_answers() -> None:
    assert await heard_out(Told("first", OSError(), "second", OSError(), OSError())) == "second"


@pytest.mark.parametrize(("silences", "said"), [((1,), 0), ((1, 1), 0), ((2,), 1), ((5,), 1), ((2, 2), 2)])
async def test_a_silence_is_told_once_and_not_when_the_other_was_only_late(
    silences: tuple[int, ...], said: int, caplog: pytest.LogCaptureFixture
) -> None:
    """`silences`: how often nobody answered before somebody did."""
    answers = [answer for many in silences for answer in [*[OSError("who it is about")] * many, "there"]]
    with caplog.at_level(logging.WARNING):
        await heard_out(Told(*answers))
    assert len(caplog.records) == said
    assert "who it is about" not in caplog.text
