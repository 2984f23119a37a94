"""What the demo app may raise."""


class DemoRefused(ValueError):
    """Something asked for cannot be invented: names the argument and why. Nothing was written."""

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"{argument}: {problem}")
        self.argument = argument


class StageStuck(RuntimeError):
    """A stage of the main job did not finish in its time."""
