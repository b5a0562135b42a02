"""A real Mailman: a task that ends in its middle is taken up, and tells all it did."""

from functools import partial
from typing import Any

import pytest

from connectors.mailing_list import MailingListConnector
from connectors.mailing_list.mailman import MailmanApi, MailmanBackend
from habeas.domain.records import Record
from habeas.ports import Effects

CHANGES_MAX = 16
pytestmark = pytest.mark.timeout(400)  # the first run installs Mailman


class Crash(Exception):  # noqa: N818 - a crash, not an error of ours
    """Stands for whatever ends a worker."""


class CrashingApi(MailmanApi):
    """Ends the worker once it has made so many changes."""

    changes_left = 0

    def _ask(self, method: str, path: tuple[str, ...], form: Any = None) -> Any:
        if method == "GET" or path[-1] == "find":
            return super()._ask(method, path, form)
        answer = super()._ask(method, path, form)
        self.changes_left -= 1
        if self.changes_left < 0:
            raise Crash
        return answer


def carry_out(
    corner: Any, plan: list[Record], act: str, connector: MailingListConnector, *, right: str, task: str
) -> Effects:
    if act == "rectify":
        return corner.rectified(plan, {"email": right, "display_name": "Núr"}, task=task, connector=connector)
    return corner.applied(plan, act, task=task, connector=connector)


@pytest.mark.parametrize("act", ["erase", "restrict", "lift", "rectify"])
def test_a_task_that_ends_anywhere_is_taken_up_and_tells_all_it_did(corner: Any, act: str) -> None:
    """After each change in turn: the second run finishes, and the effects are those of one run."""
    lists = [corner.make_list(name) for name in ("news", "tariff")]
    server = corner.server
    wanted: Effects | None = None
    for changes in range(CHANGES_MAX):
        noor, right = corner.email(f"noor{changes}"), corner.email(f"right{changes}")
        members = [corner.join(each, noor, name="Noor") for each in lists]
        corner.ban(noor)
        chosen = [corner.preferences(each) for each in members]
        if act == "lift":
            corner.applied(corner.found(noor), "restrict", task=f"before-{changes}")
        plan = corner.found(noor)
        task = partial(carry_out, corner, plan, act, right=right, task=f"task-{changes}")
        api = CrashingApi(server.url, user=server.user, password=server.password)
        api.changes_left = changes
        try:
            effects = task(MailingListConnector(MailmanBackend(api, corner.journal)))
        except Crash:
            crashed = True
            effects = task(corner.connector)
        else:
            crashed = False
        wanted = effects if wanted is None else wanted
        assert effects == wanted
        after = corner.found(right if act == "rectify" else noor)
        assert (after == []) == (act == "erase")
        assert all(each.restricted is (act == "restrict") for each in after)
        if act in {"lift", "rectify"}:
            assert [corner.preferences(each) for each in members] == chosen
        if act == "rectify":
            assert corner.collections(after) == ["subscriptions", "subscriptions", "addresses"]
            assert corner.collections(corner.found(noor)) == ["bans"]
        if not crashed:
            return
    pytest.fail("more changes than expected")
