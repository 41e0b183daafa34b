"""The data sets that come with scikit-learn, standardised, and split by seed into training and test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smtjlab.simulation.errors import ModelError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NAMES = ("digits", "wine")


@dataclass(frozen=True, eq=False)
class DataSet:
    """Examples and their classes, of which some are kept back for the test."""

    name: str
    train_inputs: FloatArray
    """Shape (n, features); each feature has mean 0 and variance 1 over the training examples, or is 0 throughout."""
    train_labels: IntArray
    """Class of each example, 0, 1, ..., shape (n,)."""
    test_inputs: FloatArray
    """Scaled as the training examples are, shape (m, features)."""
    test_labels: IntArray

    @property
    def features(self) -> int:
        """Number of inputs."""
        return int(self.train_inputs.shape[1])

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.train_labels.max()) + 1


def data_set(name: str, seed: int, *, test_share: float = 0.25) -> DataSet:
    """Return `digits` (64 features, 10 classes) or `wine` (13, 3); a share of each class is kept back for the test.

    Raises ModelError for another name or share.
    """
    from sklearn.datasets import load_digits, load_wine
    from sklearn.model_selection import train_test_split

    if name not in NAMES:
        raise ModelError(f"`name` must be one of {', '.join(f'`{one}`' for one in NAMES)}, but is `{name}`.")
    if not 0.05 <= test_share <= 0.5:
        raise ModelError(f"`test_share` must be between 0.05 and 0.5, but is {test_share:g}.")
    load = load_digits if name == "digits" else load_wine
    inputs, labels = load(return_X_y=True)
    train, test, train_labels, test_labels = train_test_split(
        np.asarray(inputs, np.float64),
        labels.astype(np.int64),
        test_size=test_share,
        random_state=seed,
        stratify=labels,
    )
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    deviation[deviation == 0] = 1.0  # pixels at the rim of every digit are white
    return DataSet(name, (train - mean) / deviation, train_labels, (test - mean) / deviation, test_labels)
