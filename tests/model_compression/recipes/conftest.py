"""A trained parent and a lab for it, for experiments that take seconds."""

import copy
from collections.abc import Callable

import pytest
import torch

from model_compression.framework.hooks import Teacher
from model_compression.framework.stage import Journal, Lab, Subject
from model_compression.framework.training import Course, train


@pytest.fixture
def trained(small_task) -> Callable[[], tuple[Subject, Lab]]:
    """Makes a subject that knows its digits, and a lab with an empty journal."""

    def make() -> tuple[Subject, Lab]:
        torch.manual_seed(1)
        network = small_task.build()
        train(network, small_task, Course(epochs=60), 1)
        lab = Lab(small_task, Teacher(copy.deepcopy(network), small_task), 1, Journal())
        return Subject(network), lab

    return make
