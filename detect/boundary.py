"""The boundary, held where models are loaded: what identifies or describes a person is refused by name and by shape."""

from __future__ import annotations

import re
from collections.abc import Iterable

from detect.errors import ForbiddenModelError

BOUNDARY = "ringwatch watches posts, zones and vehicles and never identifies a person"
EMBEDDING_SIZE = 64  # a vector this long for a whole picture is an embedding, or a classifier of the same nature

# Parts of words, in class names, file names and tensor names. Each entry: what it tells, how it is written.
FORBIDDEN: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("faces", re.compile(r"(?<!sur)(?<!inter)face|facial|人脸|面部|人臉")),
    ("number plates", re.compile(r"(?<!tem)plate(?!au)|licen[cs]e|\blpr(net)?\b|车牌|車牌|号牌")),
    ("re-identification", re.compile(r"\bre ?id\b|re ?identification|\bosnet\b|行人重识别")),
    ("appearance embeddings", re.compile(r"embed|\bfeatures?\b|\bdescriptors?\b|\bappearance\b")),
    ("landmarks of a body or a face", re.compile(r"landmark|key ?points?|\bkps\b|\bpose\b|关键点")),
    (
        "personal attributes",
        re.compile(
            r"attribute|\bage\b|gender|emotion|\brace\b|ethnic|\b(wo)?man\b|\bfe?male\b|\b(boy|girl)\b|性别|年龄"
        ),
    ),
)


def refuse_words(words: Iterable[str], where: str) -> None:
    """Refuse a model one of whose `words` (class names, its name, its tensors' names) says that it breaks the boundary.

    Raises:
        ForbiddenModelError: naming the word, where it stands and what it stands for.
    """
    for word in words:
        plain = re.sub(r"[^0-9a-z\u4e00-\u9fff]+", " ", word.lower())
        for what, pattern in FORBIDDEN:
            if pattern.search(plain):
                raise ForbiddenModelError(f"{where} {word!r} tells of {what}: {BOUNDARY}; such a model is not loaded")


def refuse_shapes(shapes: Iterable[tuple[int, ...]]) -> None:
    """Refuse a model whose outputs are vectors that describe a picture rather than boxes. -1 is an unknown length.

    Raises:
        ForbiddenModelError: naming the shape.
    """
    for shape in shapes:
        batch = 1 if len(shape) > 1 and shape[0] == -1 else 0  # an open number of pictures says nothing of one
        lengths = [length for length in shape[batch:] if length != 1]
        if len(lengths) == 1 and lengths[0] >= EMBEDDING_SIZE:
            text = "×".join(str(length) for length in shape)
            raise ForbiddenModelError(
                f"an output of shape {text} is one vector for the whole picture, as embeddings are, and no boxes: "
                f"{BOUNDARY}; such a model is not loaded"
            )
