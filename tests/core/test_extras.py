import os
import sys

import pytest

from sosie.core.extras import need


def test_no_library_may_take_code_from_a_hub(monkeypatch):
    monkeypatch.delitem(sys.modules, "kernels", raising=False)
    monkeypatch.delenv("USE_HUB_KERNELS", raising=False)
    need("json", extra="train")
    assert os.environ["USE_HUB_KERNELS"] == "NO"
    with pytest.raises(ModuleNotFoundError):
        import kernels  # noqa: F401
