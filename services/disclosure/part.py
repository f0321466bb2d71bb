from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A value of this service: frozen, strict, and silent about what it was given wrongly."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
