"""Conformance suites for whoever writes another event log or connector."""

import pytest

pytest.register_assert_rewrite("habeas.testing.connectors", "habeas.testing.populated")
