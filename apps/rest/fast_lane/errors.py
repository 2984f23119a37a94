"""What ends the fast lane."""


class LeaveLane(Exception):
    """The fast lane has no answer to this request; the viewset has."""
