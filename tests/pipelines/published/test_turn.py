"""Publishing is done one at a time, also where several do it at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

from idweave.pipelines.published.turn import turn


def test_who_wants_to_publish_waits_for_who_does(tmp_path: Path) -> None:
    output, there = str(tmp_path / "out"), Event()
    folders = [tmp_path / "out/_work/a/own", tmp_path / "out/_work/b/other"]
    for folder in folders:
        folder.mkdir(parents=True)

    def other() -> None:
        with turn(output, str(folders[1])):
            there.set()

    waiting = Thread(target=other)
    with turn(output, str(folders[0])):
        waiting.start()
        assert not there.wait(0.2)
    waiting.join()
    assert there.is_set()


def test_whoever_takes_turns_none_fails_as_another_one_ends(tmp_path: Path) -> None:
    output, at_it = str(tmp_path / "out"), list[int]()

    def take_turns(number: int) -> None:
        for attempt in range(100):
            folder = tmp_path / f"out/_work/{number}/{attempt}"
            folder.mkdir(parents=True)
            with turn(output, str(folder)):
                at_it.append(number)
                assert at_it == [number]
                at_it.clear()

    with ThreadPoolExecutor() as pool:
        list(pool.map(take_turns, range(4)))
