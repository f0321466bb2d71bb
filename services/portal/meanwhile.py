"""Two people at one case: whoever comes second sees what changed and decides again."""

from typing import Any

from libs.policy.refused import Refused
from services.portal.form import Form


def seen(known: dict[str, Any]) -> str:
    """By what a form tells the state that it was filled in before: the stage, and the last thing that somebody did.
    Letters and clocks move by themselves."""
    done = [step["id"] for step in known["steps"] if step["what"].startswith(("appeal.", "case.", "transfer."))]
    return f"{known['stage']}:{done[-1] if done else ''}"


def refuse_changed(form: Form, known: dict[str, Any]) -> None:
    """Raises `Refused` when something happened to the appeal since its page was opened. A form without the mark is left to
    the service's own rules."""
    if form["seen"] and form["seen"] != seen(known):
        raise Refused("changed-meanwhile", "somebody acted on this case since you opened it; look and decide again")
