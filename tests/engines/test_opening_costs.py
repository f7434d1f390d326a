"""What opening a local double imports, in a process of its own: others of this one have everything."""

import subprocess
import sys

OPENING = """
import gc, sys
from importlib.util import find_spec
from sosie.engines.open_local import open_local
from sosie.models.adapter import without_bitsandbytes

open_local("mini")
assert gc.isenabled() and gc.get_freeze_count() > 100_000
assert "bitsandbytes" not in sys.modules and "torch._inductor.compile_fx" not in sys.modules
with without_bitsandbytes():
    assert find_spec("bitsandbytes") is None
import peft.import_utils as able
assert able.is_bnb_available() == (find_spec("bitsandbytes") is not None)
"""


def test_a_local_double_opens_without_what_only_quantised_weights_need():
    done = subprocess.run([sys.executable, "-c", OPENING], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
