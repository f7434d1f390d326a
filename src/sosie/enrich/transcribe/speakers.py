"""Who speaks: 1.6 s of sound to a voice print (256 numbers), and prints to names.

    prints = VoicePrints(weights).of(samples)                    one every 0.8 s
    mine = learn(prints of three notes known to be the owner's)
    label(prints, {"moi": mine})                                 ["moi", "moi", "voix 2", "inconnu", ...]

The network is that of Wan et al., « Generalized end-to-end loss for speaker verification » (2018), with the
weights that resemblyzer published: an LSTM of three layers on 40 mel bands, then a linear layer. The owner's
print is the only one that is kept: those of other people are biometric data, and go with the call.
Below a margin a voice is « inconnu », and nothing of it is learnt.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sosie.core.errors import UnknownModel
from sosie.core.extras import need
from sosie.enrich.transcribe.recognise import RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sosie.enrich.transcribe.recognise import Samples

    Prints = NDArray[np.float32]  # one row a window, of length 1

MINE, UNKNOWN = "moi", "inconnu"
WINDOW, STEP = 1.6, 0.8  # seconds
_FFT, _HOP, _BANDS = 400, 160, 40
_FRAMES = 160  # of a window
_LOUDNESS = 10 ** (-30 / 20)  # what the weights were trained at
SAME = 0.82  # cosine from which a window is a known voice's; measured by benchmarks/transcribe.py
OTHER = 0.72  # below this, it is a voice not heard before; between the two, nobody can tell


class VoicePrints:
    """The network. UnknownModel where the file is not its weights."""

    def __init__(self, weights: Path) -> None:
        self._torch = torch = need("torch", extra="train")
        self._lstm = torch.nn.LSTM(_BANDS, 256, 3, batch_first=True)
        self._linear = torch.nn.Linear(256, 256)
        try:
            state: dict[str, Any] = torch.load(weights, map_location="cpu", weights_only=True)["model_state"]
            for layer, name in ((self._lstm, "lstm."), (self._linear, "linear.")):
                layer.load_state_dict(
                    {key.removeprefix(name): value for key, value in state.items() if key.startswith(name)}
                )
        except Exception:  # no file, another format, another network
            raise UnknownModel(
                f"« {weights.name} » n'a pas les poids qui reconnaissent les voix.",
                "Attendu : « pretrained.pt » de resemblyzer 0.1.4 ; donnez son chemin : --voices FICHIER",
            ) from None
        self._bank = torch.from_numpy(_mel_bank())

    def of(self, samples: "Samples") -> "Prints":
        """A print every STEP seconds; none where the sound is shorter than half a window."""
        torch = self._torch
        with torch.inference_mode():
            sound = torch.from_numpy(samples)
            if len(sound) < RATE * WINDOW / 2:
                return torch.zeros(0, 256).numpy()  # type: ignore[no-any-return]
            loudness = float(sound.square().mean().sqrt())
            sound = sound * max(1.0, _LOUDNESS / max(loudness, 1e-6))
            window = torch.hann_window(_FFT)
            power = torch.stft(sound, _FFT, _HOP, window=window, pad_mode="constant", return_complex=True)
            frames = (self._bank @ power.abs().square()).T
            frames = torch.nn.functional.pad(frames, (0, 0, 0, max(0, _FRAMES - len(frames))))
            batch = frames.unfold(0, _FRAMES, int(STEP * RATE / _HOP)).transpose(1, 2)
            _, (hidden, _) = self._lstm(batch)
            prints = torch.nn.functional.normalize(self._linear(hidden[-1]).relu(), dim=1)
        return prints.numpy()  # type: ignore[no-any-return]


def learn(prints: "Prints") -> "Prints":
    """One print for a voice: the mean direction of its windows."""
    mean = prints.mean(axis=0)
    return mean / np.linalg.norm(mean)  # type: ignore[no-any-return]


def label(prints: "Prints", voices: "dict[str, Prints]") -> list[str]:
    """Who speaks in each window: a known voice, one numbered as it comes (and then known), or « inconnu »."""
    known, labels = frozenset(voices), list[str]()
    for one in prints:
        likeness, name = max((float(one @ voice), name) for name, voice in voices.items())
        if likeness < OTHER:
            name = f"voix {len(voices) + 1}"
            voices[name] = one
        elif likeness < SAME:
            name = UNKNOWN
        elif name not in known:
            voices[name] = _moved(voices[name], one)
        labels.append(name)
    return _without_flickers(labels)


def _without_flickers(labels: list[str]) -> list[str]:
    """A single « inconnu » between two windows of one voice is that voice: nobody comes for 0.8 s."""
    return [
        before if name == UNKNOWN and before == after else name
        for before, name, after in zip([UNKNOWN, *labels], labels, [*labels[1:], UNKNOWN], strict=False)
    ]


def speaker_at(labels: list[str], seconds: float) -> str:
    """Who speaks then: the window whose middle is nearest."""
    place = round((seconds - WINDOW / 2) / STEP)
    return labels[min(max(place, 0), len(labels) - 1)] if labels else UNKNOWN


def _moved(voice: "Prints", one: "Prints") -> "Prints":
    """A voice's print, a little nearer to its newest window."""
    moved = 0.9 * voice + 0.1 * one
    return moved / np.linalg.norm(moved)  # type: ignore[no-any-return]


def _mel_bank() -> "NDArray[np.float32]":
    """Slaney's mel filters, each of area 1: 40 bands from 0 to 8 kHz on 201 bins."""
    linear, step, knee = 200 / 3, np.log(6.4) / 27, 15.0  # below 1 kHz a mel is 66.7 Hz; above, a logarithm
    mels = np.linspace(0, knee + np.log(RATE / 2 / 1000) / step, _BANDS + 2)
    edges = np.where(mels < knee, mels * linear, 1000 * np.exp(step * (mels - knee)))
    bins = np.linspace(0, RATE / 2, _FFT // 2 + 1)
    rise = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    bank = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return bank.astype(np.float32)  # type: ignore[no-any-return]
