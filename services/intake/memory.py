"""What intake remembers of earlier appeals: by the same enterprise, and of the same kind. Found by index, never by scan."""

from datetime import datetime, timedelta

from contracts.messages import Dossier
from libs.policy.scheme import Scheme
from libs.store import Collection
from services.intake.appeal import Appeal
from services.intake.commands import Earlier, Sighting
from services.intake.likeness import digest, likeness, pairs

LINK_DAYS = 90
"""How far back the same enterprise's appeals are looked for where the scheme does not count repeats (§3.15)."""
SAME_ENTERPRISE = 50
"""So many of an enterprise's latest appeals are compared."""
SAME_KIND = 200
"""So many of a category's latest appeals are compared."""
HISTORY = 20
"""From so many of a category's latest appeals a class is proposed."""
HISTORY_DAYS = 365


class Memory:
    def __init__(self, appeals: Collection[Appeal], like_from: float) -> None:
        self._appeals = appeals
        self._like_from = like_from

    async def brought_before(
        self, case: str, dossier: Dossier, *, scheme: Scheme, now: datetime
    ) -> tuple[Earlier, ...]:
        """The same enterprise's appeals with like words, under whatever scheme. One that was handed here from another
        level of government is that level's, not a second one."""
        since = now - timedelta(days=scheme.repeats.days if scheme.repeats else LINK_DAYS)
        where = {"keys.enterprise": digest(dossier.credit_code), "keys.filed_at": {"$gte": since}}
        known = await self._appeals.find(where, sort="keys.filed_at", down=True, limit=SAME_ENTERPRISE)
        words = words_of(dossier)
        return tuple(
            Earlier(
                case=appeal.case,
                scheme=appeal.scheme,
                filed_at=appeal.filed_at,
                counts=not appeal.withdrawn and appeal.returned is None,
            )
            for appeal in reversed(known)
            if appeal.case != case and appeal.origin is None and appeal.filed_at is not None
            if appeal.dossier is not None and likeness(words, words_of(appeal.dossier)) >= self._like_from
        )

    async def like(
        self, words: frozenset[str], *, scheme: str, category: str, since: datetime, besides: str = ""
    ) -> list[Appeal]:
        """Appeals of this kind with like words, the latest first, whoever brought them."""
        known = await self._of_kind(scheme, category, since, SAME_KIND)
        return [appeal for appeal in known if appeal.case != besides if self.is_like(words, appeal)]

    def is_like(self, words: frozenset[str], appeal: Appeal) -> bool:
        return appeal.dossier is not None and likeness(words, words_of(appeal.dossier)) >= self._like_from

    async def sightings(self, appeal: Appeal, category: str, *, scheme: Scheme, now: datetime) -> tuple[Sighting, ...]:
        """This appeal and those like it within the scheme's window, where there are any of other enterprises."""
        if scheme.recurring is None or appeal.dossier is None or appeal.filed_at is None:
            return ()
        since = now - timedelta(days=scheme.recurring.days)
        found = await self.like(
            words_of(appeal.dossier), scheme=scheme.scheme, category=category, since=since, besides=appeal.case
        )
        seen = [_sighting(one) for one in found]
        own = _sighting(appeal)
        return (own, *seen) if any(one.enterprise != own.enterprise for one in seen) else ()

    async def history(self, scheme: str, category: str, now: datetime) -> list[str | None]:
        """The classes of a category's last appeals, the latest first."""
        since = now - timedelta(days=HISTORY_DAYS)
        return [appeal.complexity for appeal in await self._of_kind(scheme, category, since, HISTORY)]

    async def _of_kind(self, scheme: str, category: str, since: datetime, limit: int) -> list[Appeal]:
        where = {"keys.kind": f"{scheme}:{category}", "keys.filed_at": {"$gte": since}}
        return await self._appeals.find(where, sort="keys.filed_at", down=True, limit=limit)


def words_of(dossier: Dossier) -> frozenset[str]:
    """By what its words are compared."""
    return pairs(f"{dossier.title}\n{dossier.text}")


def _sighting(appeal: Appeal) -> Sighting:
    assert appeal.dossier is not None
    assert appeal.filed_at is not None
    return Sighting(case=appeal.case, enterprise=digest(appeal.dossier.credit_code), at=appeal.filed_at)
