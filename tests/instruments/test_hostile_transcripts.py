"""Transcripts of strangers: what is no file of a transcript's size is refused, and not waited for."""

import os

import pytest

from smtjlab.instruments.errors import InstrumentMistake
from smtjlab.instruments.transcript import LARGEST_FILE, Transcript


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_a_device_and_a_folder_are_no_transcripts(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe", tmp_path / "zero", tmp_path):
        with pytest.raises(InstrumentMistake, match="no ordinary file stands there"):
            Transcript.load(path)


def test_a_transcript_that_is_too_large_is_not_read(tmp_path):
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InstrumentMistake, match=f"more than {LARGEST_FILE} bytes"):
        Transcript.load(tmp_path / "large")
