"""What the tests of whole analyses share; tests of a real detector bring their own."""

from __future__ import annotations

import pytest

from tests.detect.bright import FindsWhatIsBright


@pytest.fixture
def detector() -> FindsWhatIsBright:
    """A detector that counts how often it is asked."""
    return FindsWhatIsBright()
