"""Names of the steps, as they stand in the queue."""

TRIAGE = "pipeline.triage"
GROUP = "pipeline.group"
ROLL_UP = "pipeline.roll_up"
READ_WORDS = "pipeline.read_words"
