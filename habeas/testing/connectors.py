"""What every connector promises, as one test class: subclass it, give it a populated system, and run pytest.

    class TestCrm(ConnectorConformance):
        @pytest.fixture
        def populated(self, tmp_path: Path) -> Iterator[Populated]:
            connector = …
            yield Populated(connector, person=…, records=…, …)
            connector.close()

Plans reach the connector as they do in production: read back from their stored form, without the fields' values.
"""

import traceback
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

import pytest

from habeas.domain.outcomes import Decision, Disclose
from habeas.domain.plans import PlannedRecord, from_lines, to_lines
from habeas.domain.records import Match, Record
from habeas.domain.subjects import IdentifierKind, Subject
from habeas.errors import PermanentError, RetriableError, SystemDownError
from habeas.testing.annotating import AnnotateConformance
from habeas.testing.populated import (
    Interruption,
    Populated,
    anonymise_all,
    apply,
    beyond_basics,
    by_name,
    carry_out,
    erase_all,
    erase_beyond_basics,
    fields_of,
    interrupted,
    left_of,
    lift_all,
    name_of,
    planned,
    records_of,
    rectify_by,
    restrict_all,
    total,
    turned_round,
    untouched,
)
from habeas.testing.undoing import UndoConformance

__all__ = ["ConnectorConformance", "Populated"]


class ConnectorConformance(UndoConformance, AnnotateConformance):
    """The promises. Capabilities a connector lacks are skipped, and listed as such."""

    transactional = True
    """False where changes hold at once: an exception then can't undo them."""

    @pytest.fixture
    def populated(self) -> Iterator[Populated]:
        raise NotImplementedError("subclass this and give it a populated system")

    def test_a_healthy_system_has_no_problems(self, populated: Populated) -> None:
        """check() reports nothing where nothing is wrong."""
        assert list(populated.connector.check()) == []

    def test_everything_of_a_person_is_found_and_nothing_else(self, populated: Populated) -> None:
        """All records tied by a strong identifier, in several collections; of others only those of the same name."""
        found = records_of(populated.connector, populated.person)
        assert {name_of(each) for each in found if each.match is Match.STRONG} == populated.records
        assert {name_of(each) for each in found if each.match is Match.WEAK} == populated.namesake_records
        assert len({collection for collection, _ in populated.records}) > 1

    def test_a_record_is_found_once(self, populated: Populated) -> None:
        """No record comes twice, whatever it was recognised by."""
        found = [name_of(each) for each in records_of(populated.connector, populated.person)]
        assert len(found) == len(set(found))

    def test_a_strong_match_says_by_what(self, populated: Populated) -> None:
        """matched_by names the kinds of identifier; a weak match is by the name alone."""
        for record in records_of(populated.connector, populated.person):
            if record.match is Match.STRONG:
                assert any(kind.strong for kind in record.matched_by)
            else:
                assert record.matched_by == (IdentifierKind.NAME,)

    def test_records_come_collection_by_collection(self, populated: Populated) -> None:
        """Once a subject's next collection has begun, the former does not come again."""
        everybody = [populated.person, populated.namesake, populated.bystander]
        for subject in everybody:
            found = [
                each.what.collection
                for each in populated.connector.find(everybody)
                if each.subject == subject.token and isinstance(each.what, Record)
            ]
            runs = [collection for collection, _ in groupby(found)]
            assert len(runs) == len(set(runs))

    def test_many_subjects_in_one_pass_are_found_as_one_by_one(self, populated: Populated) -> None:
        """The batch saves time and changes nothing else."""
        everybody = [populated.person, populated.namesake, populated.bystander, populated.unknown]
        together: dict[str, list[Record]] = {each.token: [] for each in everybody}
        for found in populated.connector.find(everybody):
            if isinstance(found.what, Record):
                together[found.subject].append(found.what)
        for subject in everybody:
            assert by_name(together[subject.token]) == by_name(records_of(populated.connector, subject))

    def test_an_unknown_person_has_no_records(self, populated: Populated) -> None:
        """Nothing is found about somebody who is in no record, nor about nobody."""
        assert records_of(populated.connector, populated.unknown) == []
        assert list(populated.connector.find([])) == []

    def test_wildcards_in_an_identifier_match_nothing(self, populated: Populated) -> None:
        """What a person writes is compared, never interpreted."""
        for wild in ("%", "%@%", "_" * 8, "*", ".*", "' OR '1'='1"):
            identifiers = tuple(replace(each, value=wild) for each in populated.person.identifiers)
            assert records_of(populated.connector, Subject("wild", identifiers)) == []

    def test_a_search_given_up_half_way_leaves_the_connector_usable(self, populated: Populated) -> None:
        """Whoever stops reading gives back what the search held."""
        for _ in range(20):
            search = populated.connector.find([populated.person])
            next(search)
            del search
        assert records_of(populated.connector, populated.person)

    def test_a_record_survives_being_stored(self, populated: Populated) -> None:
        """Fields are named once each, and values and locator are plain JSON."""
        for record in records_of(populated.connector, populated.person):
            names = [each.name for each in record.fields]
            assert len(names) == len(set(names))
            planned = PlannedRecord(record, (Decision(Disclose()),))
            assert list(from_lines(to_lines([planned]))) == [planned]

    def test_what_is_erased_is_gone_and_the_rest_is_as_it_was(self, populated: Populated) -> None:
        """After erasing all surely theirs, nothing of it holds a value; namesake and bystander have lost nothing."""
        others = untouched(populated)
        effects = carry_out(populated, erase_all)
        if effects is None:
            pytest.skip("the connector does not erase")
        assert left_of(populated) == []
        assert untouched(populated) == others
        assert total(effects) >= len({collection for collection, _ in populated.records})

    def test_single_fields_are_erased_and_the_others_kept(self, populated: Populated) -> None:
        """Of a record part of which must be kept, that part keeps its values and the rest has none."""
        before = by_name(records_of(populated.connector, populated.person))
        others = untouched(populated)
        if carry_out(populated, erase_beyond_basics) is None:
            pytest.skip("the connector does not erase")
        after = by_name(records_of(populated.connector, populated.person))
        mixed = [before[name] for name in populated.records if beyond_basics(before[name])]
        if not mixed:
            pytest.skip("no record has both fields to keep and fields to erase")
        for record in mixed:
            assert fields_of(after[name_of(record)]) == fields_of(record) | dict.fromkeys(beyond_basics(record))
        assert untouched(populated) == others

    def test_what_is_anonymised_leads_to_nobody(self, populated: Populated) -> None:
        """law A11: whatever of it is still found for the person holds nothing of theirs."""
        others = untouched(populated)
        if carry_out(populated, anonymise_all) is None:
            pytest.skip("the connector does not anonymise")
        assert left_of(populated) == []
        assert untouched(populated) == others

    def test_a_restricted_record_says_so_until_the_restriction_is_lifted(self, populated: Populated) -> None:
        """law C18: restricting hides nothing from a search and changes no value; lifting leaves no trace."""
        before = by_name(records_of(populated.connector, populated.person))
        others = untouched(populated)
        if carry_out(populated, restrict_all) is None:
            pytest.skip("the connector does not restrict")
        during = by_name(records_of(populated.connector, populated.person))
        assert during.keys() == before.keys()
        for name in populated.records:
            assert during[name].restricted
            assert during[name].fields == before[name].fields
        assert untouched(populated) == others
        carry_out(populated, lift_all, task_id="task-2")
        after = by_name(records_of(populated.connector, populated.person))
        assert [name for name, each in after.items() if each.restricted] == []
        assert {name: each.fields for name, each in after.items()} == {
            name: each.fields for name, each in before.items()
        }

    def test_what_is_rectified_holds_the_new_value_and_nothing_else_has_changed(self, populated: Populated) -> None:
        """A field is corrected as long as the record is still the person's; others keep their values."""
        before, others = by_name(records_of(populated.connector, populated.person)), untouched(populated)
        new = populated.corrections or turned_round(before[name] for name in populated.records)
        if (effects := carry_out(populated, rectify_by(new))) is None:
            pytest.skip("the connector does not rectify")
        after = by_name(records_of(populated.connector, populated.person))
        expected = {name: {**fields_of(record), **new.get(name, {})} for name, record in before.items()}
        assert {name: fields_of(record) for name, record in after.items()} == expected
        assert total(effects) == len(new) > 0
        assert untouched(populated) == others

    def test_the_same_task_changes_nothing_twice(self, populated: Populated) -> None:
        """A second application tells what the first did, or at least that it did nothing itself."""
        plan = planned(populated)
        first = apply(populated, plan, erase_all)
        if first is None:
            pytest.skip("the connector does not erase")
        left = records_of(populated.connector, populated.person)
        with populated.connector.applying(populated.person, "task-1") as application:
            earlier = application.earlier
            if earlier is None:
                for record in plan:
                    erase_all(application, record)
        assert records_of(populated.connector, populated.person) == left
        if earlier is None:
            assert application.effects.as_json() == {}
        else:
            assert earlier.as_json() == first.as_json()

    def test_a_record_that_has_gone_meanwhile_is_no_failure(self, populated: Populated) -> None:
        """Another task, or the system itself, may have been faster: nothing is left to do, and nothing is counted."""
        plan = planned(populated)
        if apply(populated, plan, erase_all) is None:
            pytest.skip("the connector does not erase")
        again = apply(populated, plan, erase_all, task_id="task-2")
        assert again is not None
        assert again.as_json() == {}

    def test_an_exception_while_applying_undoes_everything(self, populated: Populated) -> None:
        """Where changes are one transaction, a task that fails half way has changed nothing and may be repeated."""
        if not self.transactional:
            pytest.skip("the system has no transactions")
        before = records_of(populated.connector, populated.person)
        plan = planned(populated)
        with pytest.raises(Interruption):
            apply(populated, interrupted(plan), erase_all)
        assert records_of(populated.connector, populated.person) == before
        assert total(carry_out(populated, erase_all)) > 0

    def test_no_exception_shows_who_it_is_about(self, populated: Populated) -> None:
        """A system out of order raises one of the three errors, without identifiers, its causes included."""
        if populated.broken is None:
            pytest.skip("this system can't be put out of order here")
        plan = planned(populated)
        for attempt in (
            lambda broken: list(broken.find([populated.person])),
            lambda broken: apply(replace(populated, connector=broken), plan, erase_all),
        ):
            with pytest.raises((SystemDownError, RetriableError, PermanentError)) as raised:
                attempt(populated.broken)
            shown = "".join(traceback.format_exception(raised.value)).casefold()
            assert not [each for each in populated.canaries if each.casefold() in shown]
        assert populated.broken.check()
