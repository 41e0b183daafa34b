"""Data sets are standardised on what is trained, and split by seed."""

import numpy as np
import pytest

from smtjlab.simulation.errors import ModelError
from smtjlab.simulation.networks.data_sets import data_set


@pytest.mark.parametrize(("name", "features", "classes", "examples"), [("digits", 64, 10, 1797), ("wine", 13, 3, 178)])
def test_the_data_sets_have_their_known_sizes(name: str, features: int, classes: int, examples: int) -> None:
    data = data_set(name, 1)
    assert (data.features, data.classes) == (features, classes)
    assert len(data.train_labels) + len(data.test_labels) == examples
    assert len(data.test_labels) == pytest.approx(examples / 4, abs=1)


def test_only_the_training_examples_set_the_scale() -> None:
    data = data_set("wine", 3)
    assert np.allclose(data.train_inputs.mean(axis=0), 0, atol=1e-12)
    assert np.allclose(data.train_inputs.std(axis=0), 1, atol=1e-12)
    assert np.abs(data.test_inputs.mean(axis=0)).max() > 0.01


def test_a_pixel_that_is_always_white_stays_nothing() -> None:
    assert (data_set("digits", 0).train_inputs[:, 0] == 0).all()


def test_a_seed_splits_always_alike_and_another_one_otherwise() -> None:
    first, again, other = data_set("wine", 5), data_set("wine", 5), data_set("wine", 6)
    assert (first.train_inputs == again.train_inputs).all()
    assert (first.test_labels != other.test_labels).any()


def test_another_name_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(ModelError, match="`name` must be one of `digits`, `wine`, but is `mnist`"):
        data_set("mnist", 0)
    with pytest.raises(ModelError, match="`test_share` must be between"):
        data_set("wine", 0, test_share=0.9)
