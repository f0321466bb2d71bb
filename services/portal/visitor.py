"""Who looks at a page: somebody with an account, an enterprise, or anybody."""

from dataclasses import dataclass, field

from libs.identity import Caller, Role
from libs.languages import Lang


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
