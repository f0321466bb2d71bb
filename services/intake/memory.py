"""What intake remembers of earlier appeals: by the same enterprise, and of the same kind.

However many have the same matter, one more costs the same: a bounded number of the latest is compared, a few of those
that are like are read, linked and told, and the rest is counted.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.messages import Dossier
from libs.policy.scheme import Scheme
from libs.store import Collection
from services.intake.appeal import Appeal, kind_of
from services.intake.commands import Earlier, Sighting
from services.intake.likeness import digest, likeness, pairs
from services.intake.matters import matter_number
from services.intake.recollection import Recollection, Remembered, sketch

LINK_DAYS = 90
"""How far back the same enterprise's appeals are looked for where the scheme does not count repeats (§3.15)."""
SAME_ENTERPRISE = 50
"""So many of an enterprise's latest appeals are compared."""
COUNTED = 20
"""So many like appeals of one enterprise are counted; more are as many."""
SAME_KIND = 200
"""So many of a category's latest appeals are compared."""
SHOWN = 20
"""So many like appeals of a category are shown; the others are counted."""
SIGHTED = 4
"""So many like appeals are named to the matter that one joins: each of them has named those before it."""
HISTORY = 20
"""From so many of a category's latest appeals a class is proposed."""
HISTORY_DAYS = 365


class Company(NamedTuple):
    """`like`: this appeal and the latest of those it is like; `matter`: to what they belong together."""

    like: tuple[Sighting, ...]
    matter: str | None


ALONE = Company((), None)


class Memory:
    def __init__(self, appeals: Collection[Appeal], like_from: float) -> None:
        self._appeals = appeals
        self._like_from = like_from
        self._by_enterprise = Recollection(latest=SAME_ENTERPRISE, read=self._of_enterprise)
        self._by_kind = Recollection(latest=SAME_KIND, read=self._of_kind)

    def forget(self) -> None:
        """Only what is remembered; the store keeps all."""
        self._by_enterprise.forget()
        self._by_kind.forget()

    async def brought_before(
        self, case: str, dossier: Dossier, *, scheme: Scheme, now: datetime
    ) -> tuple[Earlier, ...]:
        """The latest of the same enterprise's appeals with like words, under whatever scheme. One that was handed here
        from another level of government is that level's, not a second one."""
        since = now - timedelta(days=scheme.repeats.days if scheme.repeats else LINK_DAYS)
        words, enterprise = words_of(dossier), digest(dossier.credit_code)
        proposed = await self._by_enterprise.like(enterprise, words, since=since, like_from=self._like_from)
        counted = max(COUNTED, scheme.repeats.times if scheme.repeats else 0)
        return tuple(
            Earlier(
                case=appeal.case,
                scheme=appeal.scheme,
                filed_at=appeal.filed_at,
                counts=not appeal.withdrawn and appeal.returned is None,
            )
            for appeal in reversed(await self._judged(proposed, words, since=since, enough=counted))
            if appeal.case != case and appeal.origin is None and appeal.filed_at is not None
            if appeal.dossier is not None and digest(appeal.dossier.credit_code) == enterprise
        )

    async def note_filed(self, appeal: Appeal) -> None:
        """So that its enterprise's next appeal is compared with it."""
        if (one := _remembered(appeal)) is not None:
            await self._by_enterprise.add(one.enterprise, one)

    async def note_accepted(self, appeal: Appeal) -> None:
        """So that the next appeal of its kind is compared with it."""
        if (one := _remembered(appeal)) is not None and (kind := kind_of(appeal)) is not None:
            await self._by_kind.add(kind, one)

    async def like(
        self, words: frozenset[str], *, scheme: str, category: str, since: datetime, besides: str = ""
    ) -> tuple[int, list[Appeal]]:
        """How many appeals of this kind have like words, whoever brought them; and the latest of them, the latest first."""
        proposed = await self._like(words, f"{scheme}:{category}", since=since, besides=besides)
        found = await self._judged(proposed, words, since=since, kind=f"{scheme}:{category}", enough=SHOWN)
        return len(found) if len(found) < SHOWN else len(proposed), found

    def is_like(self, words: frozenset[str], appeal: Appeal) -> bool:
        return appeal.dossier is not None and likeness(words, words_of(appeal.dossier)) >= self._like_from

    async def company(self, appeal: Appeal, category: str, *, scheme: Scheme, now: datetime) -> Company:
        """Those it is like within the scheme's window, where there are any of other enterprises."""
        own = _remembered(appeal)
        if scheme.recurring is None or own is None or appeal.dossier is None:
            return ALONE
        since, kind = now - timedelta(days=scheme.recurring.days), f"{scheme.scheme}:{category}"
        words = words_of(appeal.dossier)
        proposed = await self._like(words, kind, since=since, besides=appeal.case)
        # The latest of others first: whether there are any must not hang on how often one enterprise came.
        proposed.sort(key=lambda one: one.enterprise == own.enterprise)
        found = await self._judged(proposed, words, since=since, kind=kind, enough=SIGHTED)
        seen = (_sighting(own), *(_sighting(one) for one in map(_remembered, found) if one is not None))
        if all(one.enterprise == own.enterprise for one in seen):
            return ALONE
        known = [one.matter for one in found if one.matter is not None]
        return Company(seen, known[0] if known else matter_number(appeal.scheme, seen))

    async def history(self, scheme: str, category: str, now: datetime) -> list[str | None]:
        """The classes of a category's last appeals, the latest first."""
        where, since = {"keys.kind": f"{scheme}:{category}"}, now - timedelta(days=HISTORY_DAYS)
        known = await self._appeals.newest(where, by="keys.filed_at", limit=HISTORY, looking_back_from=now)
        return [appeal.complexity for appeal in known if appeal.filed_at and appeal.filed_at >= since]

    async def _like(self, words: frozenset[str], kind: str, *, since: datetime, besides: str) -> list[Remembered]:
        proposed = await self._by_kind.like(kind, words, since=since, like_from=self._like_from)
        return [one for one in proposed if one.case != besides]

    async def _judged(
        self,
        proposed: list[Remembered],
        words: frozenset[str],
        *,
        since: datetime,
        kind: str | None = None,
        enough: int,
    ) -> list[Appeal]:
        """The first of the proposed that are like by their words as they stand in the store, as many as are `enough`."""
        found: list[Appeal] = []
        for first in range(0, len(proposed), enough):
            found += await self._read(proposed[first : first + enough], words, since=since, kind=kind)
            if len(found) >= enough:
                break
        return found[:enough]

    async def _read(
        self, proposed: list[Remembered], words: frozenset[str], *, since: datetime, kind: str | None
    ) -> list[Appeal]:
        known = {
            appeal.case: appeal
            for appeal in await self._appeals.find(
                {"_id": {"$in": [one.case for one in proposed]}}, limit=len(proposed)
            )
        }
        return [
            appeal
            for appeal in (known[one.case] for one in proposed if one.case in known)
            if appeal.dossier is not None and appeal.filed_at is not None and appeal.filed_at >= since
            if kind is None or kind_of(appeal) == kind
            if likeness(words, words_of(appeal.dossier)) >= self._like_from
        ]

    async def _of_enterprise(self, enterprise: str) -> Iterable[Remembered]:
        return await self._latest("enterprise", enterprise, SAME_ENTERPRISE)

    async def _of_kind(self, kind: str) -> Iterable[Remembered]:
        return await self._latest("kind", kind, SAME_KIND)

    async def _latest(self, key: str, value: str, limit: int) -> list[Remembered]:
        known = await self._appeals.find({f"keys.{key}": value}, sort="keys.filed_at", down=True, limit=limit)
        return [one for one in map(_remembered, known) if one is not None]


def words_of(dossier: Dossier) -> frozenset[str]:
    """By what its words are compared."""
    return pairs(f"{dossier.title}\n{dossier.text}")


def _remembered(appeal: Appeal) -> Remembered | None:
    if appeal.dossier is None or appeal.filed_at is None:
        return None
    return Remembered(
        at=appeal.filed_at,
        case=appeal.case,
        enterprise=digest(appeal.dossier.credit_code),
        sketch=sketch(words_of(appeal.dossier)),
    )


def _sighting(one: Remembered) -> Sighting:
    return Sighting(case=one.case, enterprise=one.enterprise, at=one.at)
