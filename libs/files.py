"""Reads what a deployment is set up with: schemes, directory, and the notices of days off."""

from pathlib import Path

from libs.frozen import check_frozen, scheme_files
from libs.policy.directory import Directory, parse_directory
from libs.policy.notice import YearNotice
from libs.policy.notice import parse as parse_notice_file
from libs.policy.scheme import Schemes, parse_scheme


def load_schemes(folder: Path) -> Schemes:
    """Every scheme in the folder. Raises `SchemeError` when one of them cannot be used, or is frozen and was changed."""
    check_frozen(folder)
    files = scheme_files(folder)
    return Schemes([parse_scheme(file.read_text(encoding="utf-8"), source=file.name) for file in files])


def load_directory(file: Path) -> Directory:
    """Units, channels and audiences of a deployment."""
    return Directory(parse_directory(file.read_text(encoding="utf-8")))


def load_notices(folder: Path) -> list[YearNotice]:
    """Every year's days off and make-up workdays. Raises `ValueError` naming the first file that cannot be used."""
    notices: list[YearNotice] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            notices.append(parse_notice_file(file.read_text(encoding="utf-8")))
        except ValueError as error:
            raise ValueError(f"{file.name}: {error}") from None
    return notices
