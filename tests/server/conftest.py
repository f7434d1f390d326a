"""One server for the tests of a file."""

import pytest
from serving import Broken, Double, Endless, serving

from sosie.engines.echo import Echo


@pytest.fixture(scope="module")
def served():
    with serving(Double(), Endless(), Broken(), Echo()) as answering:
        yield answering
