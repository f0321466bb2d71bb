"""What left the demo's city: the last short messages and mails, so that a visitor can open the link or read the code that
an enterprise got. There are no real phones in the demo; addresses are masked all the same."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from services.notification.templates import Template

KEPT = 50
LINK = re.compile(r"https?://[!-~]*[\w/=-]", re.ASCII)
"""Written into Chinese, an address ends without a blank."""


class Postbag:
    """The newest first. `templates`: of the letters whose words a provider approved; `now`: the business instant."""

    def __init__(self, templates: Mapping[str, Template], now: Callable[[], datetime]) -> None:
        self._templates = templates
        self._now = now
        self._messages: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._ids: set[str] = set()

    def messages(self) -> list[dict[str, Any]]:
        return list(reversed(self._messages))

    def keep_sms(self, sms: Mapping[str, Any]) -> None:
        """As the provider gets it: `id`, `to`, `template`, `params`; sent again under the same id it is the same message."""
        if sms["id"] in self._ids:
            return
        self._ids.add(sms["id"])
        name, params = str(sms["template"]), {key: str(value) for key, value in sms["params"].items()}
        template = self._templates.get(name)
        known = template is not None and template.sms is not None and template.variables_by("sms") <= params.keys()
        words = template.sms.format_map(params) if known and template and template.sms else "；".join(params.values())
        self._keep("sms", masked(str(sms["to"])), words, template=name, params=params)

    def keep_mail(self, mail: Mapping[str, str]) -> None:
        """As the server gets it: `to`, `subject`, `text`."""
        self._keep("email", masked(mail["to"]), mail["text"], subject=mail["subject"])

    def _keep(self, way: Literal["sms", "email"], to: str, text: str, **more: Any) -> None:
        at = self._now().isoformat()
        self._messages.append({"at": at, "way": way, "to": to, "text": text, "links": LINK.findall(text)} | more)


def masked(address: str) -> str:
    """Enough to tell one's own from another's."""
    name, at, host = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{host}"
    return f"{address[:3]}****{address[-4:]}" if len(address) >= 11 else "****"
