"""Who speaks: 1.6 s of sound to a voice print (256 numbers), and prints to names.

    prints = VoicePrints(weights).of(samples)                    one every 0.8 s
    mine = learn(prints of three notes known to be the owner's)
    label(prints, {"moi": mine})                                 ["moi", "moi", "voix 2", "inconnu", ...]

The network is that of Wan et al., « Generalized end-to-end loss for speaker verification » (2018), with the
weights that resemblyzer published: an LSTM of three layers on 40 mel bands, then a linear layer. A print also
varies with what is said: the directions in which a voice varies by itself count less (within-class covariance
normalisation: Hatch et al., 2006), and a window is judged with its neighbours. The owner's voice is the only
one that is kept: those of other people are biometric data, and go with the call.
Below a margin a voice is « inconnu », and nothing of it is learnt.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sosie.core.counted import counted
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
# Cosines, once a voice's own variation counts less; chosen and measured by benchmarks/transcribe.py.
SAME = 0.925  # from which a window is the voice of a person who was learnt
HEARD = 0.87  # from which it is one that was only heard a moment ago
OTHER = 0.80  # below this, it is a voice not heard before; between the two, nobody can tell
ALIKE = 0.75  # of two plain prints, from which neighbours are judged together
DIRECTIONS, _USUAL = 32, 0.5  # in which a voice varies; variance, in means, at which one counts 70 %


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

    def of(self, samples: "Samples", step: float = STEP) -> "Prints":
        """A print every `step` seconds; none where the sound is shorter than half a window."""
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
            batch = frames.unfold(0, _FRAMES, round(step * RATE / _HOP)).transpose(1, 2)
            _, (hidden, _) = self._lstm(batch)
            prints = torch.nn.functional.normalize(self._linear(hidden[-1]).relu(), dim=1)
        return prints.numpy()  # type: ignore[no-any-return]


@counted
@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """A print, and the directions in which it varies with what is said, as long as each is to shrink."""

    print: "Prints"
    varies: "Prints"
    least: float = SAME  # likeness from which a window is this voice

    def likeness(self, prints: "Prints") -> "Prints":
        """The cosine of each."""
        return self._still(prints) @ self._still(self.print)

    def _still(self, prints: "Prints") -> "Prints":
        return _unit(prints - (prints @ self.varies.T) @ self.varies)  # type: ignore[arg-type]


def _unit(prints: "Prints") -> "Prints":
    return prints / np.linalg.norm(prints, axis=-1, keepdims=True)  # type: ignore[no-any-return]


def learn(prints: "Prints") -> Voice:
    """The voice of these windows, all of one person."""
    mean = prints.mean(axis=0)
    _, sizes, directions = np.linalg.svd((prints - mean) / len(prints) ** 0.5, full_matrices=False)
    usual = max(_USUAL * float(np.square(sizes).mean()) * len(sizes) / len(mean), 1e-9)
    shortened = 1 - np.sqrt(usual / (np.square(sizes) + usual))
    varies = np.sqrt(shortened)[:, None] * directions
    return Voice(_unit(mean), varies[:DIRECTIONS].astype(np.float32))


def label(prints: "Prints", voices: dict[str, Voice]) -> list[str]:
    """Who speaks in each window: a known voice, one numbered as it comes (and then known), or « inconnu »."""
    known, labels = frozenset(voices), list[str]()
    varies = next(iter(voices.values())).varies
    for one in _with_neighbours(prints):
        likeness = {name: float(voice.likeness(one)) for name, voice in voices.items()}
        name = max(likeness, key=lambda name: likeness[name] - voices[name].least)
        if max(likeness.values()) < OTHER:
            name = f"voix {len(voices) + 1}"
            voices[name] = Voice(one, varies, HEARD)
        elif likeness[name] < voices[name].least:
            name = UNKNOWN
        elif name not in known:
            voices[name] = replace(voices[name], print=_unit(0.9 * voices[name].print + 0.1 * one))
        labels.append(name)
    return _without_flickers(labels)


def _with_neighbours(prints: "Prints") -> "Prints":
    """Each window's print with those just before and after it, where they sound like it."""
    found = []
    for place, one in enumerate(prints):
        near = prints[max(0, place - 1) : place + 2]
        found.append(_unit(near[near @ one >= ALIKE].mean(axis=0)))
    return np.stack(found) if found else prints


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
