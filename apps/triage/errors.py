"""What triage may raise."""


class TriageError(Exception):
    """Base of every error of this app."""


class InvalidCorrection(TriageError):
    """A correction names something that does not exist; `field` says which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class ProviderError(TriageError):
    """The provider gave no usable answer; `kind` is one of models.BatchOutcome, `attempts` counts the calls made."""

    def __init__(self, kind: str, message: str, *, attempts: int) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.attempts = attempts
