"""What a file may be called: for people to read, never a path, never for a machine to go by."""

import re
import unicodedata
from typing import Literal, get_args

from libs.policy.masking import HIDDEN, mask_text
from services.intake.files.refusal import refuse

Kind = Literal["pdf", "jpg", "png", "docx", "xlsx"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST = 80
_SAME: dict[str, Kind] = {"jpeg": "jpg", **{kind: kind for kind in KINDS}}
_NO_NAME = re.compile(r"[^\w（）()【】\-+,，。、%&#@= ]+")


def kind_of(name: str) -> Kind:
    """By the last extension. Raises `Refused` for all that is not taken."""
    kind = _SAME.get(_visible(name).rpartition(".")[2].strip().lower())
    if kind is None:
        raise refuse("file-kind", f"this kind of file is not taken; send one of {', '.join(KINDS)}")
    return kind


def display_name(name: str, kind: Kind) -> str:
    """Without folders, control characters, reversed writing, a second extension, and personal data."""
    last = re.split(r"[/\\]", _visible(name))[-1]
    stem = _NO_NAME.sub("_", last.rpartition(".")[0]).strip(" _.-")
    # No disk takes a name with a star.
    masked = mask_text(stem).replace(HIDDEN, "x")[:LONGEST].strip()
    return f"{masked or 'attachment'}.{kind}"


def _visible(name: str) -> str:
    """No control, format, private or half characters: U+202E would show `gpj.exe` as `exe.jpg`."""
    return "".join(char for char in unicodedata.normalize("NFC", name) if unicodedata.category(char)[0] != "C")
