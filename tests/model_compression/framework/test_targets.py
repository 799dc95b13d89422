"""What is written on a command line is what is asked for."""

import pytest

from model_compression.errors import CompressionError
from model_compression.framework.schedules import (
    constant,
    cosine,
    geometric,
    steps_between,
    warm_cosine,
)
from model_compression.framework.targets import Target, read_target

WRITTEN = {
    "20x": Target(share=0.05),
    "5%": Target(share=0.05),
    "1237": Target(count=1237),
    "macs:25%": Target(share=0.25, of_macs=True),
    "macs:4x": Target(share=0.25, of_macs=True),
    "3bit": Target(bits=3),
    "3bit:20x": Target(share=0.05, bits=3),
    "8bit:macs:25%": Target(share=0.25, of_macs=True, bits=8),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_a_target_is_read(text):
    assert read_target(text) == WRITTEN[text]


@pytest.mark.parametrize("text", ["", "x", "0x", "0%", "150%", "macs:12", "3bit:2bit", "1:2"])
def test_nonsense_is_refused_with_how_to_write_it(text):
    with pytest.raises(CompressionError, match="--target"):
        read_target(text)


def test_a_rate_becomes_a_count():
    assert read_target("348x").weights(430_500) == 1237
    assert read_target("450x").weights(430_500) == 956


@pytest.mark.parametrize("text", ["3bit", "macs:25%"])
def test_what_says_nothing_of_weights_is_not_guessed(text):
    with pytest.raises(CompressionError, match="how many weights stay"):
        read_target(text).weights(100)


def test_more_than_there_is_cannot_stay():
    with pytest.raises(CompressionError, match="500 weights cannot stay of 100"):
        read_target("500").weights(100)


@pytest.mark.parametrize("schedule", [constant, cosine, warm_cosine])
def test_a_schedule_stays_between_nothing_and_all(schedule):
    values = [schedule(step / 100) for step in range(100)]
    assert max(values) == pytest.approx(1.0)
    assert min(values) >= 0.0


def test_stations_are_equal_factors_that_end_at_the_last():
    stations = steps_between(1000.0, 100.0, 2.5)
    assert len(stations) == 3
    assert stations[-1] == pytest.approx(100.0)
    assert 1000.0 / stations[0] == pytest.approx(stations[0] / stations[1])
    assert geometric(8.0, 2.0)(0.5) == pytest.approx(4.0)
