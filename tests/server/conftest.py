"""One server for the tests of a file."""

import pytest
from serving import Broken, Double, Endless, Telling, serving

from sosie.engines.echo import Echo


@pytest.fixture(scope="module")
def served():
    with serving(Double(), Endless(), Broken(), Echo(), Telling()) as answering:
        yield answering
