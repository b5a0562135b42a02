"""What was wished, and where, reaches the answer."""

from zipfile import ZipFile

import pytest

from consumers.delivery.folder import answer_folder
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.domain.wishes import Correction, Wish
from habeas.settings_sections import DeliverySettings
from habeas.testing.notebook import Note, Notebook
from producers.intake import Submission

ADA = "ada@example.org"


def page_of(pipeline, wish, **more):
    who = (identifier(IdentifierKind.EMAIL, ADA),)
    submission = Submission(wish.right, who, IdentityCheck.LOGIN, wish=wish, **more)
    request_id = pipeline.habeas.intake.submit([submission], actor="tester")[0].request_id
    pipeline.run()
    folder = answer_folder(
        pipeline.settings.path(pipeline.settings.delivery.folder), request_id=request_id, right=wish.right
    )
    with ZipFile(folder / "answer.zip") as package:
        return package.read("index.html").decode()


@pytest.fixture
def pipeline(new_pipeline):
    return new_pipeline({"crm": Notebook([Note("1", ADA)])})


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Wish(Right.OBJECTION, marketing=True), "no longer use your personal data for direct marketing"),
        (Wish(Right.OBJECTION, statement="It harms me."), "It harms me."),
        (Wish(Right.RECTIFICATION, corrections=(Correction("Ada", what="name"),)), "name: “Ada”"),
    ],
    ids=["marketing", "grounds", "correction"],
)
def test_the_answer_knows_what_was_wished(pipeline, wish, told):
    """The letter answers what was asked, not the right in general."""
    assert told in page_of(pipeline, wish)


def test_the_answer_names_the_regulators_of_the_place_that_was_stated(pipeline):
    """By residence and establishment; all of them where nothing was stated."""
    there = page_of(pipeline, Wish(Right.ACCESS), jurisdiction="SE")
    assert "IMY" in there
    assert "ICO" in there
    assert "KVKK" not in there
    assert "KVKK" in page_of(pipeline, Wish(Right.ACCESS))


def test_letters_of_your_own_go_before_ours(pipeline, tmp_path):
    """A template in the folder that the settings name."""
    own = tmp_path / "own"
    (own / "en").mkdir(parents=True)
    (own / "en" / "access.md").write_text("# Your copy\n\nAs you wished, with our compliments.\n")
    pipeline.settings = pipeline.settings.model_copy(update={"delivery": DeliverySettings(templates=own)})
    pipeline.habeas = pipeline.another()
    pipeline.loops = {loop.name: loop for loop in pipeline.loops_of(pipeline.habeas)}
    assert "with our compliments" in page_of(pipeline, Wish(Right.ACCESS))
