"""What a person typed into a form, and what is wrong with it. It comes back as it was typed until it is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, UploadFile

from libs.policy.refused import Refused


@dataclass
class Form:
    """`errors` by field in the visitor's language, the first of which gets the focus; `trouble`: what concerns the whole."""

    values: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    files: dict[str, list[UploadFile]] = field(default_factory=dict[str, list[UploadFile]])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    trouble: str = ""

    @classmethod
    def of(cls, data: FormData) -> "Form":
        form = cls()
        for name, value in data.multi_items():
            if isinstance(value, str):
                form.values.setdefault(name, []).append(value)
            elif value.filename:
                form.files.setdefault(name, []).append(value)
        return form

    @classmethod
    def filled(cls, **values: Any) -> "Form":
        """A form that begins with these values."""
        return cls({name: list(map(str, given if isinstance(given, list | tuple) else [given]))
                    for name, given in values.items() if given is not None})  # fmt: skip

    def __getitem__(self, name: str) -> str:
        """What was typed, without blanks around it; "" where nothing was."""
        return next(iter(self.values.get(name, ())), "").strip()

    def every(self, name: str) -> list[str]:
        """All that was chosen or typed under this name."""
        return [value.strip() for value in self.values.get(name, ()) if value.strip()]

    def body(self, *names: str) -> dict[str, str]:
        """These fields as a request has them; empty ones are left out, so that a service can say what is missing."""
        return {name: self[name] for name in names if self[name]}

    @property
    def once(self) -> str | None:
        """The key under which the act counts once, however often the button is pressed."""
        return self["once"] or None

    @property
    def bad(self) -> bool:
        return bool(self.errors or self.trouble)

    def lacks(self, needed: Mapping[str, str]) -> bool:
        """Note for each needed field that is empty what to do; True when there is one."""
        self.errors |= {name: says for name, says in needed.items() if not self[name] and not self.files.get(name)}
        return bool(self.errors)

    def take(self, refused: Refused, says: str, fields: Sequence[str] = ()) -> None:
        """Put what a service refused at its field; `fields`: the last parts of names that this form has."""
        name = refused.field.rpartition(".")[2]
        if name and (name in self.values or name in fields):
            self.errors[name] = says
        else:
            self.trouble = says
