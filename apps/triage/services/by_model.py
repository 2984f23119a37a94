"""Answer reports by a language model: batches, several at once, one more try for what failed, rules for the rest.

Nothing here touches the database: calls run in threads, and what they return is stored by the caller.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from apps.core import clock
from apps.reports.selectors import normalised_text
from apps.reports.services import ClaimedReport
from apps.triage.client import Completion, LLMClient
from apps.triage.errors import ProviderError
from apps.triage.masking import mask_personal_data
from apps.triage.models import BatchOutcome
from apps.triage.parsing import ItemAnswer, ParsedAnswer, parse_answer
from apps.triage.prompts import PromptItem, ServiceLabel, build_messages, response_format
from apps.triage.rules import looks_like_instructions

# Items that failed in a batch of 20 are tried again in batches of 5: what confused the model is then among fewer.
RETRY_SHRINK: Final = 4


@dataclass(frozen=True, slots=True)
class Question:
    """A text to be classified, and all claimed reports that say the same."""

    item: PromptItem
    reports: tuple[ClaimedReport, ...]
    alone: bool


@dataclass(frozen=True)
class Call:
    """One call that was made: its questions, what came back for each, and what it took."""

    questions: tuple[Question, ...]
    parsed: ParsedAnswer
    completion: Completion | None
    outcome: str
    error: str
    started_at: datetime
    latency_ms: int
    attempts: int
    final: bool

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """Return the questions whose answers cannot be used."""
        return tuple(q for q in self.questions if q.item.id not in self.parsed.answers)

    def answered(self) -> Iterator[tuple[Question, ItemAnswer]]:
        """Yield each question with its answer."""
        for question in self.questions:
            answer = self.parsed.answers.get(question.item.id)
            if answer is not None:
                yield question, answer


def questions_of(reports: Sequence[ClaimedReport]) -> list[Question]:
    """Mask the texts and put equal ones (of the same service) together; texts that give orders will travel alone."""
    together: dict[tuple[str, int | None], list[ClaimedReport]] = {}
    for report in reports:
        together.setdefault((normalised_text(report.description), report.service_id), []).append(report)
    return [
        Question(
            item=PromptItem(
                id=secrets.token_hex(4), text=mask_personal_data(same[0].description), service=same[0].service_code
            ),
            reports=tuple(same),
            alone=any(looks_like_instructions(report.description) for report in same),
        )
        for same in together.values()
    ]


def batches_of(questions: Sequence[Question], size: int) -> list[tuple[Question, ...]]:
    """Cut questions into calls of at most `size`, the suspicious ones each into a call of its own."""
    trusted = [question for question in questions if not question.alone]
    shared = [tuple(trusted[start : start + size]) for start in range(0, len(trusted), size)]
    return shared + [(question,) for question in questions if question.alone]


@dataclass(frozen=True)
class Interview:
    """The model, the tenant's services, and how many reports and calls at a time."""

    client: LLMClient
    services: Sequence[ServiceLabel]
    batch_size: int
    concurrency: int

    def ask(self, questions: Sequence[Question]) -> Iterator[Call]:
        """Yield every call as it ends; `final` tells the last one that a question will get.

        A call whose answers are partly unusable is followed by smaller ones for these. A provider that failed after
        its retries is not asked again: rules answer, and the next run finds out whether it is back.
        """
        with ThreadPoolExecutor(max_workers=self.concurrency, thread_name_prefix="triage") as pool:
            waiting = {pool.submit(self._call, batch, False) for batch in batches_of(questions, self.batch_size)}
            while waiting:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for call in [future.result() for future in finished]:
                    if not call.final:
                        again = batches_of(call.unanswered, max(1, self.batch_size // RETRY_SHRINK))
                        waiting |= {pool.submit(self._call, batch, True) for batch in again}
                    yield call

    def _call(self, questions: tuple[Question, ...], final: bool) -> Call:
        started_at, clock_start = clock.now(), time.perf_counter()
        items = [question.item for question in questions]
        ids = {item.id for item in items}
        codes = {service.code for service in self.services}
        completion: Completion | None = None
        failure: ProviderError | None = None
        try:
            completion = self.client.complete(build_messages(items, self.services), response_format())
        except ProviderError as error:
            failure = error
        parsed = parse_answer(completion.content if completion else "", ids=ids, service_codes=codes)
        complete = len(parsed.answers) == len(items)
        return Call(
            questions=questions,
            parsed=parsed,
            completion=completion,
            outcome=failure.kind if failure else _outcome(parsed, complete),
            error=str(failure) if failure else _explain(parsed, completion),
            started_at=started_at,
            latency_ms=round((time.perf_counter() - clock_start) * 1_000),
            attempts=failure.attempts if failure else getattr(completion, "attempts", 0),
            final=final or failure is not None or complete,
        )


def _outcome(parsed: ParsedAnswer, complete: bool) -> str:
    if complete:
        return BatchOutcome.COMPLETE.value
    return BatchOutcome.PARTIAL.value if parsed.answers else BatchOutcome.UNUSABLE.value


def _explain(parsed: ParsedAnswer, completion: Completion | None) -> str:
    truncated = ["cut off at the length limit"] if completion and completion.truncated else []
    return "; ".join(truncated + ([parsed.summary] if parsed.summary else []))
