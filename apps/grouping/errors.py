"""What grouping may raise."""


class GroupingError(Exception):
    """Base of every error of this app."""


class MoveRefused(GroupingError):
    """A report cannot be moved there; the message names the field. Nothing was written."""


class PlacesKeepChanging(GroupingError):
    """Staff changed the issues concerned at every attempt; nothing was written, and trying again later is right."""
