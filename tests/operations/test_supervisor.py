"""Children are started together, started again, ended in order, and never outlive their supervisor."""

import os
import signal
import subprocess
import sys
import threading
import time
from io import StringIO
from pathlib import Path

import psutil
import pytest

from apps.operations.errors import AlreadyRunning, PortTaken
from apps.operations.supervisor import tether
from apps.operations.supervisor.child import Child
from apps.operations.supervisor.family import Family
from apps.operations.supervisor.instance import RunNote, end_leftovers, only_instance, read_note, write_note
from apps.operations.supervisor.listening import listen
from apps.operations.supervisor.output import LinePrinter
from tests.operations.conftest import MakeChild, wait_for

SLEEP = "import time; print('up'); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
POLITE = (
    "import signal, sys, time\n"
    "def leave(*_): print('leaving'); sys.exit()\n"
    "signal.signal(signal.SIGTERM, leave); print('up'); time.sleep(60)"
)


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def family_of(*children: Child, printed: StringIO) -> Family:
    return Family(list(children), LinePrinter(printed), on_start=lambda groups: None, on_look=lambda: None)


def test_lines_bear_their_process_name(make_child: MakeChild, printed: StringIO) -> None:
    child = make_child("web", "print('one'); print('two')")
    child.start(0.0)
    assert wait_for(child.has_ended)
    child.finish_output()
    assert printed.getvalue() == "web     | one\nweb     | two\n"


def test_pauses_between_starts_double_up_to_thirty_seconds(make_child: MakeChild) -> None:
    child = make_child("web", "raise SystemExit(3)")
    now = 0.0
    pauses = []
    for _ in range(7):
        child.start(now)
        assert wait_for(child.has_ended)
        child.look_after(now)
        pauses.append(child.start_again_at - now)
        now = child.start_again_at
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_a_child_that_ran_well_is_started_again_at_once_in_its_own_time(make_child: MakeChild) -> None:
    child = make_child("web", SLEEP)
    child.failures = 5
    child.start(0.0)
    first = child.pid
    assert first
    os.kill(first, signal.SIGKILL)
    assert wait_for(child.has_ended)
    assert not child.look_after(100.0)
    assert child.start_again_at == 101.0
    assert child.look_after(101.0)
    assert child.pid != first
    child.kill()


def test_the_family_ends_in_order_and_lets_each_finish(make_child: MakeChild, printed: StringIO) -> None:
    web = make_child("web", POLITE, stop_order=0)
    worker = make_child("worker", POLITE, stop_order=1)
    family = family_of(worker, web, printed=printed)
    stopper = threading.Thread(
        target=lambda: wait_for(lambda: printed.getvalue().count("up") == 2) and family.stop.set()
    )
    stopper.start()
    family.watch()
    stopper.join()
    assert printed.getvalue().splitlines()[-2:] == ["web     | leaving", "worker  | leaving"]


def test_a_child_that_does_not_stop_is_killed_when_its_time_is_over(make_child: MakeChild, printed: StringIO) -> None:
    child = make_child("worker", DEAF, patience=0.2)
    child.start(0.0)
    assert wait_for(lambda: "up" in printed.getvalue())
    family_of(child, printed=printed).end()
    assert child.has_ended()
    assert "worker did not stop in time and is killed" in printed.getvalue()


def test_a_second_signal_ends_the_patience(make_child: MakeChild, printed: StringIO) -> None:
    child = make_child("worker", DEAF, patience=60)
    child.start(0.0)
    assert wait_for(lambda: "up" in printed.getvalue())
    family = family_of(child, printed=printed)
    family.stop_at_once.set()
    began = time.monotonic()
    family.end()
    assert child.has_ended()
    assert time.monotonic() - began < 10


def test_the_workers_of_a_killed_child_go_with_it(make_child: MakeChild, printed: StringIO) -> None:
    program = (
        f"import subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid); time.sleep(60)"
    )
    child = make_child("worker", program)
    child.start(0.0)
    assert wait_for(lambda: "|" in printed.getvalue())
    grandchild = int(printed.getvalue().split("|")[1].split()[0])
    os.kill(child.pid or 0, signal.SIGKILL)
    assert wait_for(child.has_ended)
    child.look_after(1.0)
    assert wait_for(lambda: not alive(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
def test_a_tethered_program_dies_with_a_parent_that_is_killed() -> None:
    program = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, {tether.__file__!r}, sys.executable, '-c', {SLEEP!r}],"
        " stdout=subprocess.PIPE)\n"
        "child.stdout.readline(); print(child.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        tethered = int(parent.stdout.readline())
        assert alive(tethered)
        parent.kill()
    assert wait_for(lambda: not alive(tethered))


def test_a_second_run_of_the_clone_is_refused_with_the_first_ones_url(tmp_path: Path) -> None:
    with only_instance(tmp_path):
        write_note(tmp_path, RunNote(pid=4711, url="http://localhost:8000", groups=()))
        with pytest.raises(AlreadyRunning, match=r"at http://localhost:8000 \(process 4711\)"), only_instance(tmp_path):
            pass
    assert read_note(tmp_path) is None
    with only_instance(tmp_path):
        pass


def test_children_of_a_killed_run_are_ended_and_strangers_are_not(
    make_child: MakeChild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.operations.supervisor.instance._PATIENCE_SECONDS", 0.2)
    monkeypatch.chdir(tmp_path)
    ours = make_child("worker", DEAF)
    stranger = make_child("stranger", SLEEP)
    stranger.folder = Path("/")
    for child in (ours, stranger):
        child.start(0.0)
    write_note(tmp_path, RunNote(pid=1, url="", groups=(ours.pid or 0, stranger.pid or 0)))
    assert end_leftovers(tmp_path) == 1
    assert wait_for(ours.has_ended)
    assert not stranger.has_ended()
    stranger.kill()


def test_a_note_that_was_cut_short_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"pid": 12')
    assert read_note(tmp_path) is None


def test_the_next_free_port_is_taken_unless_one_was_named() -> None:
    with listen("127.0.0.1", None) as first, listen("127.0.0.1", None) as second:
        taken = first.getsockname()[1]
        assert second.getsockname()[1] > taken >= 8000
        with pytest.raises(PortTaken, match=f"port {taken} "):
            listen("127.0.0.1", taken)


def test_an_address_of_another_machine_is_refused_with_its_reason() -> None:
    with pytest.raises(PortTaken, match=r"cannot listen on 192\.0\.2\.1:8000"):
        listen("192.0.2.1", None)


def test_what_runs_once_starts_late_and_is_not_started_again(make_child: MakeChild, printed: StringIO) -> None:
    child = make_child("warm", "raise SystemExit(3)", once=True, delay_seconds=5.0)
    child.begin(0.0)
    assert not child.look_after(4.9)
    assert child.look_after(5.0)
    assert wait_for(child.has_ended)
    child.look_after(6.0)
    assert child.has_ended()
    assert not child.look_after(1_000.0)
    assert "warm ended with code 3; the others do without it" in printed.getvalue()
