"""Working days as they are known today: the notices of the calendar files, and those imported since. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from libs.policy.calendar import Calendar
from libs.policy.notice import YearNotice


class Calendars(Mapping[str, Calendar]):
    """The calendars that schemes name, by id. Whoever holds them counts by a notice from the moment that it is taken in;
    for a year that several notices arrange, the last one taken in holds.

    Raises `ValueError` when the notices to begin with contradict each other."""

    def __init__(self, ids: Iterable[str], notices: Iterable[YearNotice]) -> None:
        files = list(notices)
        self._calendars = {id: Calendar.from_years(files, id) for id in ids}
        self._notices = {(notice.calendar, notice.year): notice for notice in files}

    def check(self, notice: YearNotice) -> None:
        """Raises `ValueError` with a sentence when the notice contradicts the others."""
        self._counted({**self._notices, (notice.calendar, notice.year): notice})

    def take_in(self, notices: Iterable[YearNotice]) -> None:
        """From now on they hold. Raises `ValueError`, and takes in none, when they contradict each other."""
        together = self._notices | {(notice.calendar, notice.year): notice for notice in notices}
        if together != self._notices:
            self._notices, self._calendars = together, self._counted(together)

    def _counted(self, notices: Mapping[tuple[str, int], YearNotice]) -> dict[str, Calendar]:
        return {id: Calendar.from_years(notices.values(), id) for id in self._calendars}

    def __getitem__(self, id: str) -> Calendar:
        return self._calendars[id]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._calendars))

    def __len__(self) -> int:
        return len(self._calendars)
