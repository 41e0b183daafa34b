"""What our processes find in their environment."""

import os
import sys

from smtjlab.instruments.child_environment import BLAS_THREADS, child_environment


def test_a_child_finds_the_modules_that_its_parent_finds(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), ""])
    monkeypatch.chdir(tmp_path)
    assert child_environment()["PYTHONPATH"].split(os.pathsep) == [str(tmp_path), str(tmp_path)]


def test_a_child_computes_in_one_thread_unless_somebody_has_said_otherwise(monkeypatch):
    monkeypatch.delenv(BLAS_THREADS, raising=False)
    assert child_environment()[BLAS_THREADS] == "1"
    monkeypatch.setenv(BLAS_THREADS, "4")
    assert child_environment()[BLAS_THREADS] == "4"
