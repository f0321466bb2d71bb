"""Who looks at a page: somebody with an account, an enterprise, or anybody."""

from dataclasses import dataclass, field
from hashlib import blake2b

from libs.identity import Caller, Role
from libs.languages import Lang
from libs.policy.refused import Refused


@dataclass(frozen=True)
class Visitor:
    """`name`: as it is greeted. `subject`: as the services' histories name it. `cases`: what an enterprise may follow."""

    lang: Lang = Lang.ZH
    large: bool = False
    csrf: str = ""
    name: str = ""
    subject: str = "anybody"
    roles: frozenset[Role] = frozenset()
    unit: str | None = None
    jurisdiction: str = ""
    cases: frozenset[str] = field(default_factory=frozenset[str])

    @property
    def signed_in(self) -> bool:
        return bool(self.roles)

    @property
    def staff(self) -> bool:
        return bool(self.roles - {"enterprise"})

    def caller(self, case: str | None = None) -> Caller:
        """In whose name a service is asked; an enterprise's about one case, if it is among its own. Who is not signed in
        is a would-be enterprise: it may file, and follow what this browser filed."""
        own = case if case in self.cases else None
        roles: frozenset[Role] = self.roles or frozenset({"enterprise"})
        return Caller(subject=self.subject, roles=roles, unit=self.unit, jurisdiction=self.jurisdiction, case=own)

    def as_enterprise(self, form: str = "") -> Caller:
        """Who files, asks or reports without signing in: an enterprise, about no case yet. Its name follows from the
        form's key: the same form sent again is the same act, whatever became of the session meanwhile, and nothing
        leads from a report to who made it. Raises `Refused` (403) for staff, who have counters of their own."""
        if self.staff:
            raise Refused(
                "for-enterprises", "this page is for enterprises; staff enter at their own counter", status=403
            )
        subject = "page-" + blake2b(form.encode(), digest_size=12, person=b"form").hexdigest()
        return Caller(subject=subject, roles=frozenset({"enterprise"}))

    def invited(self, case: str) -> Caller:
        """Whoever holds the link of a letter about a case, beside what they are otherwise: who handled it stays known as
        that. Evaluation still asks for the link's code."""
        both: frozenset[Role] = self.roles | frozenset[Role]({"enterprise"})
        return Caller(subject=self.subject, roles=both, unit=self.unit, jurisdiction=self.jurisdiction, case=case)
