"""What the embedded servers may raise."""


class EmbeddedServerError(Exception):
    """A server could not be started, reached or stopped; the message says which, why, and where its log is."""
