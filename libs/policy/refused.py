"""How a rule says no."""


class Refused(Exception):
    """An act that a rule does not allow. Nothing has changed.

    `rule` is a short stable code, `field` the part of the request at fault, `detail` a sentence that says what is
    wrong and what to do. `status` is the HTTP answer: 409 when the case's state forbids it, 422 when the request
    itself is at fault, 403 when it is not this person's to do, 404 when there is no such thing for them.
    """

    def __init__(self, rule: str, detail: str, *, field: str = "", status: int = 409) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule
        self.detail = detail
        self.field = field
        self.status = status
