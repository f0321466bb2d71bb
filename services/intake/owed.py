"""What one appeal, or one visit, still owes to other documents: carried over until it is done, each step once.

Every step has an id that follows from what it is owed for, so that a step done twice is one.
"""

from collections.abc import Iterable
from functools import partial

from contracts.events import Event
from contracts.record import derive_id
from libs.policy.scheme import Scheme
from libs.service import Service
from libs.store import Collection
from services.intake.appeal import Appeal, Transfer
from services.intake.commands import (
    AnswerTransfer,
    FileAppeal,
    NoteFiledElsewhere,
    NoteMatter,
    NoteOriginTold,
    NoteWithdrawnElsewhere,
    Withdraw,
)
from services.intake.filing import answer_transfer, withdraw
from services.intake.matching import Matching
from services.intake.matters import AddSightings, Matter, add_sightings, is_full
from services.intake.reception import Reception
from services.intake.served import Served
from services.intake.visits import NoteFiled, Visit, dossier_of

BY = "intake"


class Owed:
    def __init__(
        self,
        service: Service,
        appeals: Collection[Appeal],
        visits: Collection[Visit],
        served: Collection[Served],
        matters: Collection[Matter],
        matching: Matching,
        reception: Reception,
    ) -> None:
        self._service = service
        self._appeals = appeals
        self._visits = visits
        self._served = served
        self._matters = matters
        self._matching = matching
        self._reception = reception

    async def by_appeal(self, case: str) -> None:
        """Everything an appeal owes; the registry last, because it may give no answer."""
        appeal = await self._appeals.get(case)
        if appeal is None:
            return
        for transfer in appeal.to_file_elsewhere:
            await self._file_elsewhere(appeal, transfer)
        for transfer in appeal.to_withdraw_elsewhere:
            await self._withdraw_elsewhere(appeal, transfer)
        await self._tell_origin(appeal)
        if appeal.to_join:
            await self._add_to_matter(appeal)
        if appeal.unmatched:
            await self._matching.match(case)

    async def by_visit(self, visit: str) -> None:
        """Each finding becomes an appeal of the enterprise that was visited."""
        known = await self._visits.get(visit)
        if known is None or known.logged is None:
            return
        logged = known.logged
        served = await self._served.get(logged.served)
        assert served is not None
        for case, finding in known.to_file:
            command = FileAppeal(
                id=derive_id("finding", visit, case),
                at=logged.at,
                by=logged.by,
                channel=finding.channel,
                dossier=dossier_of(finding, served),
                entered_by=logged.visitor,
                receiver=logged.unit,
                urgent=finding.urgent,
                project=served.served if served.kind == "project" else None,
                tags=finding.tags,
                visit=visit,
            )
            await self._reception.take(case, command, now=logged.at, scheme=self._service.schemes[logged.scheme])
            done = NoteFiled(id=derive_id("note-filed", case), at=self._service.clock.now(), by=BY, case=case)
            await self._visits.apply(visit, done, lambda visit: (), kind="asked")

    async def _file_elsewhere(self, appeal: Appeal, transfer: Transfer) -> None:
        now = self._service.clock.now()
        assert appeal.dossier is not None
        scheme = self._service.schemes[transfer.to_scheme]
        known = appeal.category if appeal.category in scheme.categories else None
        command = FileAppeal(
            id=derive_id("file-elsewhere", transfer.id),
            at=now,
            by=BY,
            channel=transfer.channel,
            dossier=appeal.dossier.model_copy(update={"category": known}),
            urgent=appeal.urgent,
            origin=appeal.case,
            tags=appeal.tags,
            supplements=(*appeal.supplements, *appeal.doubts),
            attachments=appeal.attachments,
        )
        await self._reception.take(transfer.case, command, now=now, scheme=scheme)
        done = NoteFiledElsewhere(id=derive_id("filed-elsewhere", transfer.id), at=now, by=BY, transfer=transfer.id)
        await self._appeals.apply(appeal.case, done, lambda appeal: (), kind="asked")

    async def _withdraw_elsewhere(self, appeal: Appeal, transfer: Transfer) -> None:
        now = self._service.clock.now()
        command = Withdraw(id=derive_id("withdraw-elsewhere", transfer.id), at=now, by=BY)

        def unless_over(other: Appeal) -> Iterable[Event]:
            return () if other.over else withdraw(other, command, now=now)

        await self._appeals.apply(transfer.case, command, unless_over, kind="asked")
        done = NoteWithdrawnElsewhere(
            id=derive_id("withdrawn-elsewhere", transfer.id), at=now, by=BY, transfer=transfer.id
        )
        await self._appeals.apply(appeal.case, done, lambda appeal: (), kind="asked")

    async def _tell_origin(self, appeal: Appeal) -> None:
        news = appeal.news_for_origin
        if news is None or appeal.origin is None:
            return
        now = self._service.clock.now()
        command = AnswerTransfer(
            id=derive_id("answer-transfer", appeal.case, news.id),
            at=now,
            by=BY,
            answered_as=appeal.case,
            outcome=news.word,
        )
        rule = partial(answer_transfer, command=command, now=now)
        await self._appeals.apply(appeal.origin, command, rule, kind="asked")
        done = NoteOriginTold(id=derive_id("origin-told", appeal.case, news.id), at=now, by=BY, of=news.id)
        await self._appeals.apply(appeal.case, done, lambda appeal: (), kind="asked")

    async def _add_to_matter(self, appeal: Appeal) -> None:
        """Its matter learns of it and of those it is like, and these of the matter."""
        now = self._service.clock.now()
        scheme: Scheme = self._service.schemes[appeal.scheme]
        if scheme.recurring is None or appeal.category is None or appeal.matter is None:
            return
        matter = appeal.matter
        others = [o for s in appeal.like if s.case != appeal.case and (o := await self._appeals.get(s.case))]
        command = AddSightings(
            id=derive_id("add-sightings", appeal.case),
            at=now,
            by=BY,
            scheme=appeal.scheme,
            category=appeal.category,
            sightings=appeal.like,
            enough=scheme.recurring.enterprises,
            days=scheme.recurring.days,
        )
        if not is_full(await self._matters.get(matter), command):
            await self._matters.apply(matter, command, partial(add_sightings, command=command, now=now), kind="asked")
        for one in (*(other for other in others if other.matter is None), appeal):
            own = one is appeal
            id = derive_id("note-matter", one.case, str(own))
            done = NoteMatter(id=id, at=now, by=BY, matter=matter, own=own)
            await self._appeals.apply(one.case, done, lambda appeal: (), kind="asked")
