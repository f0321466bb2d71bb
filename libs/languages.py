"""The languages that people are spoken to in: Chinese is the source, English the second."""

from enum import StrEnum


class Lang(StrEnum):
    ZH = "zh"
    EN = "en"
