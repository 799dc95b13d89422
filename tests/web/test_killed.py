"""kill -9 of the console at any moment loses nothing that was acknowledged, and doubles nothing."""

import pytest

from web.benchmarks.load import run


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_by_killing_the_console(tmp_path):
    found = run(tmp_path, count=4, per_second=20, seconds=12, jobs=0, kills=2)
    assert found.reports > 10
    assert (found.lost, found.doubled, found.refused) == (0, 0, 0)
    assert found.log_holds
