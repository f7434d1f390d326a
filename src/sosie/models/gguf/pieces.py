"""SentencePiece's vocabulary in a GGUF's header, asked as its own file is."""

from sosie.models.gguf.vocabulary import BYTE, CONTROL, UNKNOWN


class Pieces:
    """A vocabulary of pieces and scores, asked as SentencePiece is."""

    def __init__(self, tokens: list[str], kinds: list[int], scores: list[float], bos: int) -> None:
        self._tokens, self._kinds, self._scores, self._bos = tokens, kinds, scores, bos

    def vocab_size(self) -> int:
        return len(self._tokens)

    def id_to_piece(self, id_: int) -> str:
        return self._tokens[id_]

    def get_score(self, id_: int) -> float:
        return self._scores[id_]

    def is_control(self, id_: int) -> bool:
        return self._kinds[id_] == CONTROL

    def is_unknown(self, id_: int) -> bool:
        return self._kinds[id_] == UNKNOWN

    def is_byte(self, id_: int) -> bool:
        return self._kinds[id_] == BYTE

    def unk_id(self) -> int:
        return self._kinds.index(UNKNOWN)

    def bos_id(self) -> int:
        return self._bos
