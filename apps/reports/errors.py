"""What taking in reports may raise."""


class ReportError(Exception):
    """Base of every error of this app."""


class InvalidReport(ReportError):
    """A report cannot be accepted; `problems` maps each offending field to its message. Nothing was written."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in problems.items()))
        self.problems = problems


class InvalidExport(ReportError):
    """An export cannot be made as asked; `field` says which option is wrong. Nothing was started."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
