"""Days and periods as officials write them. Pure."""

from datetime import date


def day_in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def period_in_words(period: str) -> str:
    """`2026-07-A` as 2026年7月上半月, and so on for every recurring period and for a single day."""
    year, *rest = period.split("-")
    match rest:
        case []:
            return f"{year}年"
        case ["H1" | "H2" as half]:
            return f"{year}年{'上' if half == 'H1' else '下'}半年"
        case [str(quarter)] if quarter.startswith("Q"):
            return f"{year}年第{'一二三四'[int(quarter[1]) - 1]}季度"
        case [month]:
            return f"{year}年{int(month)}月"
        case [month, "A" | "B" as half]:
            return f"{year}年{int(month)}月{'上' if half == 'A' else '下'}半月"
        case _:
            return day_in_words(date.fromisoformat(period))
