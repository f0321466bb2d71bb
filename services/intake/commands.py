"""What intake is asked about an appeal, by people and by its own work on other appeals."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.messages import Dossier, Proxy
from contracts.record import CaseNumber, Command, Instant, Party, ServedNumber, VisitNumber
from services.intake.files.naming import Kind


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Earlier(Part):
    """An earlier appeal of the same enterprise with like words. `counts`: neither returned nor withdrawn."""

    case: CaseNumber
    scheme: str
    filed_at: Instant
    counts: bool


class Sighting(Part):
    """One appeal of a matter. `enterprise`: a digest, never the credit code."""

    case: CaseNumber
    enterprise: str
    at: Instant


class Attached(Part):
    """A file of an appeal: what it is called and what it is; its content lies elsewhere. `bytes`: of the content."""

    id: str
    name: str
    kind: Kind
    bytes: int
    added_at: Instant


class FileAppeal(Command):
    """An enterprise's appeal comes in. `entered_by`: who typed it, where somebody typed for the enterprise; `receiver`:
    the unit first asked; `upstream`: the number it has at the other level of government; `origin`: our own case there;
    `project`: the served project it is about; `proxy`: the helper who files for the enterprise; `visit`: where it was
    found; `earlier`: what the same enterprise brought before, as it stood at that moment."""

    type: Literal["file-appeal"] = "file-appeal"
    channel: str
    dossier: Dossier
    entered_by: str | None = None
    call: str | None = None
    receiver: Party | None = None
    urgent: bool = False
    upstream: str | None = None
    origin: CaseNumber | None = None
    project: ServedNumber | None = None
    proxy: Proxy | None = None
    tags: tuple[str, ...] = ()
    visit: VisitNumber | None = None
    supplements: tuple[str, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    attachments: tuple[Attached, ...] = ()


class AddAttachment(Command):
    """A file is added to the appeal."""

    type: Literal["add-attachment"] = "add-attachment"
    file: Attached


class MatchRegistry(Command):
    """What the legal-person registry says: the registering authority of the enterprise, None when nothing matches."""

    type: Literal["match-registry"] = "match-registry"
    registered_in: str | None


class ReviewEnterprise(Command):
    """The second review (二次审核) of an enterprise that the registry did not match."""

    type: Literal["review-enterprise"] = "review-enterprise"
    matches: bool
    registered_in: str | None
    reason: str


class AskForSupplement(Command):
    type: Literal["ask-for-supplement"] = "ask-for-supplement"
    text: str


class GiveSupplement(Command):
    type: Literal["give-supplement"] = "give-supplement"
    text: str


class Accept(Command):
    """`override`: why a reason to return that holds only in principle (原则上) is set aside; `by` names who did.
    `urgent`: None leaves what was said at the filing. `like`: this and the latest like appeals of the same category, where other
    enterprises brought such; `matter`: to what they belong."""

    type: Literal["accept"] = "accept"
    category: str
    district: str
    level: str
    lead: str | None = None
    co_handlers: tuple[str, ...] = ()
    override: str | None = None
    complexity: str | None = None
    urgent: bool | None = None
    like: tuple[Sighting, ...] = ()
    matter: str | None = None


class Return(Command):
    """`duplicate_of`: the case that this one repeats."""

    type: Literal["return"] = "return"
    reason: str
    explanation: str
    duplicate_of: CaseNumber | None = None


class AnswerAtOnce(Command):
    """Whoever received the question answers it on the spot: themselves, in a three-way call, or by putting it through."""

    type: Literal["answer-at-once"] = "answer-at-once"
    how: Literal["directly", "three-way-call", "transferred"]
    answer: str


class Doubt(Command):
    """The answered enterprise still has doubts (仍有疑问)."""

    type: Literal["doubt"] = "doubt"
    text: str


class Withdraw(Command):
    type: Literal["withdraw"] = "withdraw"


class Suggest(Command):
    """The enterprise's suggestion on how things are done (意见建议反馈, 001-49)."""

    type: Literal["suggest"] = "suggest"
    text: str


class NoteFiledElsewhere(Command):
    """The transfer has an appeal of its own at the other level of government."""

    type: Literal["note-filed-elsewhere"] = "note-filed-elsewhere"
    transfer: str


class NoteWithdrawnElsewhere(Command):
    """The other level of government works on it no longer, because the enterprise took it back here."""

    type: Literal["note-withdrawn-elsewhere"] = "note-withdrawn-elsewhere"
    transfer: str


class AnswerTransfer(Command):
    """What became of the appeal under its other number."""

    type: Literal["answer-transfer"] = "answer-transfer"
    answered_as: CaseNumber
    outcome: str


class NoteOriginTold(Command):
    """The origin knows this outcome; `of` is the id of the record that brought it."""

    type: Literal["note-origin-told"] = "note-origin-told"
    of: str


class NoteMatter(Command):
    """The appeal belongs to a matter that several enterprises brought; `own`: all that it is like was added to it."""

    type: Literal["note-matter"] = "note-matter"
    matter: str
    own: bool


class Unmask(Command):
    """Somebody of `unit` needs to reach the enterprise, and says what for."""

    type: Literal["unmask"] = "unmask"
    purpose: str
    unit: Party | None = None
