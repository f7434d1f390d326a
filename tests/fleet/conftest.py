"""What the tests of serving share: a few doubles, and what each says alone."""

from dataclasses import replace

import pytest
from random_doubles import ASKED, GREEDY, NAMES, double_of, make_doubles


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    return make_doubles(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="session")
def alone(people):
    """What each says by itself."""
    from sosie.engines.base import complete
    from sosie.engines.open_local import open_local

    told = {}
    for name in NAMES:
        engine = open_local(double_of(people, name))
        seeded = replace(engine.sampling, max_tokens=8, seed=3)
        told[name] = [complete(engine.stream(ASKED, one))[0] for one in (GREEDY, seeded)]
    assert len({tuple(one) for one in told.values()}) == len(NAMES)
    return told
