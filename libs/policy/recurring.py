"""What comes round: months and their halves, quarters, half-years, years. Days are Asia/Shanghai's. Pure."""

from typing import Literal

Every = Literal["half-month", "month", "quarter", "half-year", "year"]
