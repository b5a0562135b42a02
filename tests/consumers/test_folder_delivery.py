"""Delivery into a folder: whole files or none, and nothing unfinished left behind."""

import zipfile

import pytest

from consumers.delivery import folder as delivering
from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.testing.notebook import Note, Notebook
from schemas.events import ResponseDelivered

ADA = "ada@example.org"


def answers(pipeline, request_id):
    folder = delivering.answer_folder(
        pipeline.settings.path(pipeline.settings.delivery.folder), request_id=request_id, right=Right.ACCESS
    )
    return {path.name: path for path in folder.iterdir()}


def test_a_delivery_that_died_half_way_leaves_no_readable_remains(new_pipeline, monkeypatch):
    """What a crash left in the folder goes with the next delivery, which delivers everything."""
    pipeline = new_pipeline({"crm": Notebook([Note("1", ADA)])})
    request_id = pipeline.submit(Right.ACCESS, ADA)

    def die(source, target):
        target.write(source.read(100))
        target.flush()
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(delivering.shutil, "copyfileobj", die)
        with pytest.raises(KeyboardInterrupt):
            pipeline.run()
    assert [name[0] for name in answers(pipeline, request_id)] == ["."]
    pipeline.clock.advance(120)
    pipeline.run()
    assert sorted(answers(pipeline, request_id)) == ["answer.zip", "letter.pdf"]
    assert pipeline.case(request_id).state is CaseState.DELIVERED


def test_a_full_disk_delays_a_delivery_and_breaks_none(new_pipeline, monkeypatch):
    """It is tried again, and told once."""
    pipeline = new_pipeline({"crm": Notebook([Note("1", ADA)])})
    request_id = pipeline.submit(Right.ACCESS, ADA)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(delivering.os, "fsync", full)
        pipeline.run()
    assert pipeline.case(request_id).state is CaseState.ANSWERED
    pipeline.run_until(lambda: pipeline.case(request_id).state is CaseState.DELIVERED, step_s=5)
    found = answers(pipeline, request_id)
    assert sorted(found) == ["answer.zip", "letter.pdf"]
    with zipfile.ZipFile(found["answer.zip"]) as package:
        assert package.testzip() is None
    assert len(pipeline.events(ResponseDelivered)) == 1
