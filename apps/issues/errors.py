"""What work on issues may raise."""


class IssueError(Exception):
    """Base of every error of this app."""


class TransitionRefused(IssueError):
    """The workflow does not lead from the issue's status to the one asked for; the message names what it allows."""

    def __init__(self, before: str, after: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"status: cannot go from {before} to {after}; allowed: {', '.join(allowed) or 'nothing'}")
        self.before, self.after, self.allowed = before, after, allowed


class StaleIssue(IssueError):
    """Somebody else changed the issue since it was read; nothing was written."""


class IssueNotFound(IssueError):
    """The tenant has no such issue."""
