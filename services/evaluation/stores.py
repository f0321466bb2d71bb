"""Evaluation's collections, and the work that one document owes to another."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from contracts.record import derive_id
from libs.service import Service
from libs.store import Collection
from services.evaluation import domain, files, findings, records, reports, samples
from services.evaluation.case import Case
from services.evaluation.commands import FileSettled, LookAgain
from services.evaluation.judging import owes_file


@dataclass(frozen=True)
class Stores:
    """`files` and `reports` are protected: they have people of their own."""

    cases: Collection[Case]
    files: Collection[files.File]
    reports: Collection[reports.Report]
    findings: Collection[findings.Finding]
    samples: Collection[samples.Sample]
    inspections: Collection[records.Inspection]
    served: Collection[records.Served]
    duties: Collection[records.Duty]


_CASE_INDEXES = (
    *("next_due", "supervised_since", "alarmed_at", "lagging_at", "to_call", "rough", "rectified"),
    *("correction_at", "scheme+closed_at", "decided_at", "planned_at", "to_exclude", "asked"),
)


def open_stores(service: Service) -> Stores:
    new = service.collection
    stores = Stores(
        cases=new("cases", empty=domain.empty, evolve=domain.evolve, keys=domain.keys, indexes=_CASE_INDEXES),
        files=new(
            "inspection_files",
            empty=files.empty,
            evolve=files.evolve,
            keys=files.keys,
            indexes=("opened_at",),
        ),
        reports=new(
            "reports",
            empty=reports.empty,
            evolve=reports.evolve,
            keys=reports.keys,
            indexes=("track+received_at", "exposed"),
        ),
        findings=new(
            "findings",
            empty=findings.empty,
            evolve=findings.evolve,
            keys=findings.keys,
            indexes=("scheme+proposed_at",),
        ),
        samples=new(
            "samples",
            empty=samples.empty,
            evolve=samples.evolver(service.schemes),
            keys=samples.keys,
            indexes=("next_due", "drawn_at"),
        ),
        inspections=new(
            "inspections",
            empty=records.empty_inspection,
            evolve=records.evolve_inspection,
            keys=records.keys_of_inspection,
            indexes=("at",),
        ),
        served=new(
            "served",
            empty=records.empty_served,
            evolve=records.evolve_served,
            keys=records.keys_of_served,
            indexes=("scheme",),
        ),
        duties=new(
            "duties",
            empty=records.empty_duty,
            evolve=records.evolve_duty,
            keys=records.keys_of_duty,
            indexes=("lagging_at",),
        ),
    )
    service.when_due_at_once(stores.cases, file_opener(service, stores))
    service.when_due_at_once(stores.samples, drawn_teller(service, stores))
    return stores


def file_opener(service: Service, stores: Stores) -> Callable[[str], Awaitable[None]]:
    """A 不满意 becomes an inspection file beside everything else, where the scheme says so. 002-25"""

    async def open_owed_file(key: str) -> None:
        case = await stores.cases.get(key)
        if case is None or case.file_owed_at is None:
            return
        at = case.file_owed_at
        if owes_file(case, service.schemes[case.scheme]):
            # One id for a case: a second bad word finds the file open.
            command = files.OpenFile(id=derive_id("open-file", key), at=at, by="evaluation", scheme=case.scheme)
            now = service.clock.now()
            await stores.files.apply(key, command, lambda file: files.open_file(file, command, now=now), kind="asked")
        # Two bad words of one instant are settled one by one; else the second would stay owed for ever.
        word = "again" if case.rated_again else "first"
        settled = FileSettled(id=derive_id("file-settled", key, at.isoformat(), word), at=at, by="evaluation")
        await stores.cases.apply(key, settled, lambda case: [], kind="asked")

    return open_owed_file


def drawn_teller(service: Service, stores: Stores) -> Callable[[str], Awaitable[None]]:
    """Each drawn case is told, so that its call-back becomes due. 003-41"""

    async def tell_drawn(key: str) -> None:
        sample = await stores.samples.get(key)
        if sample is None or sample.drawn_at is None:
            return
        at = sample.drawn_at
        for case in sample.owed:
            look = LookAgain(id=derive_id("look-again", key, case), at=at, by="evaluation", sample=key)
            await stores.cases.apply(case, look, lambda case: [], kind="asked")
            told = samples.Told(id=derive_id("told", key, case), at=at, by="evaluation", case=case)
            await stores.samples.apply(key, told, lambda sample: [], kind="asked")

    return tell_drawn
