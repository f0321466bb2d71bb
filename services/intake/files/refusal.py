"""How a file is refused."""

from libs.policy.refused import Refused


def refuse(rule: str, detail: str, *, status: int = 422) -> Refused:
    return Refused(rule, detail, field="file", status=status)


def broken(what: str) -> Refused:
    return refuse("broken-file", f"this {what} cannot be opened; save it anew and send that")
