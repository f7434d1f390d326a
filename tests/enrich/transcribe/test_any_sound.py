"""Whatever is given as a sound is heard as far as it goes, or told in one sentence; the rest goes on."""

import io
import os
import wave

import numpy as np
import pytest
from beeps import opening, sound

from sosie import Project
from sosie.core.settings import Transcribe
from sosie.enrich.transcribe.recognise import RATE
from sosie.enrich.transcribe.run import transcribe
from sosie.enrich.transcribe.sound import BadSound, pieces

av = pytest.importorskip("av", reason="PyAV is not here")


def encoded(form, codec, rate=48_000, seconds=2.0, picture=False):
    """A tone of 440 Hz in a file of this form; a video with `picture`."""
    out = io.BytesIO()
    with av.open(out, "w", format=form) as made:
        stream = made.add_stream(codec, rate=rate)
        stream.layout = "mono"
        video = made.add_stream("mpeg4", rate=5) if picture else None
        if video:
            video.width = video.height = 64
            for _ in range(10):
                made.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        tone = np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate).astype(np.float32) * 0.5
        frame = av.AudioFrame.from_ndarray(tone[None], "fltp" if codec in ("aac", "mp3") else "flt", "mono")
        frame.sample_rate = rate
        fit = av.AudioResampler(stream.format, "mono", rate, stream.frame_size or None)
        for part in (*fit.resample(frame), *fit.resample(None), None):
            made.mux(stream.encode(part))
        if video:
            made.mux(video.encode(None))
    return out.getvalue()


def wav(width, rate, channels=1, seconds=2.0):
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((channels, width, rate, 0, "NONE", ""))
        made.writeframes(os.urandom(int(seconds * rate) * width * channels))
    return file.getvalue()


HEARD = {
    "note.opus": lambda: encoded("ogg", "libopus"),
    "memo.m4a": lambda: encoded("ipod", "aac"),
    "memo.mp3": lambda: encoded("mp3", "mp3"),
    "video.mp4": lambda: encoded("mp4", "aac", picture=True),
    "eight bits.wav": lambda: wav(1, 8_000),
    "96 kHz.wav": lambda: wav(3, 96_000, channels=2),
    "plain.wav": lambda: wav(2, RATE),
}


@pytest.mark.parametrize("name", HEARD)
def test_it_is_heard_at_sixteen_thousand_samples_a_second(name):
    found = np.concatenate(list(pieces(io.BytesIO(HEARD[name]()))))
    assert found.dtype == np.float32 and abs(len(found) / RATE - 2.0) < 0.15
    assert np.abs(found).max() <= 1.0 and np.abs(found).max() > 0.1


@pytest.mark.parametrize("name", ["note.opus", "memo.mp3", "96 kHz.wav", "plain.wav"])
def test_a_file_that_breaks_off_is_heard_as_far_as_it_goes(name):
    data = HEARD[name]()
    found = np.concatenate(list(pieces(io.BytesIO(data[: len(data) // 2]))))
    assert 0.5 < len(found) / RATE < 1.6


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 4000,
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        b"not a sound at all",
        b"ID3" + b"\xff" * 50,
        b"OggS" * 100,
    ],
)
def test_what_is_no_sound_is_refused(data):
    with pytest.raises(BadSound, match="son abîmé ou d'un format inconnu"):
        list(pieces(io.BytesIO(data)))


def test_a_picture_or_a_silent_video_has_no_sound():
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as made:
        video = made.add_stream("mpeg4", rate=5)
        video.width = video.height = 64
        made.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        made.mux(video.encode(None))
    with pytest.raises(BadSound, match="pas de son"):
        list(pieces(io.BytesIO(out.getvalue())))


def test_a_protected_file_is_refused_though_its_box_is_whole():
    """The codec's mark becomes « drms », as in a .m4p."""
    data = encoded("ipod", "aac").replace(b"mp4a", b"drms")
    with pytest.raises(BadSound, match="DRM"):
        list(pieces(io.BytesIO(data)))


def test_two_hundred_damaged_files_raise_nothing_else():
    chance = np.random.default_rng(7)
    whole = [
        make() for make in (HEARD["note.opus"], HEARD["memo.m4a"], HEARD["plain.wav"], HEARD["memo.mp3"])
    ]
    for number in range(200):
        data = bytearray(whole[number % 4])
        for place in chance.integers(0, len(data), 1 + number % 30):
            data[place] = chance.integers(0, 256)
        try:
            for piece in pieces(io.BytesIO(bytes(data[: len(data) - int(chance.integers(0, 2000))]))):
                assert np.isfinite(piece).all()
        except BadSound:
            pass


def test_of_many_files_each_bad_one_is_told_and_the_others_are_transcribed(tmp_path):
    given = tmp_path / "sons"
    given.mkdir()
    (given / "a.wav").write_bytes(sound("on", "se", "voit"))
    (given / "b.m4a").write_bytes(b"")
    (given / "c.opus").write_bytes(b"nothing")
    (given / "d.wav").write_bytes(sound("demain"))
    (given / "e.wav").mkdir()
    events = []
    done = transcribe(
        Project(tmp_path / "moi").workspace,
        [given, tmp_path / "absent.m4a"],
        Transcribe(model="none"),
        report=events.append,
        opening=opening(),
    )
    assert done.notes == 5 and done.transcribed == 2 and sum(done.skipped.values()) == 3
    told = [event.text for event in events if event.kind == "warning"]
    assert len(told) == 3 and all(text.count(". ") == 1 and text.endswith(".") for text in told)
