"""How canvases reach the trainer: made by workers that live as long as the training."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import cv2


class Numbers:
    """The numbers of a round's canvases, in the whole training; a torch sampler."""

    def __init__(self, round_size: int) -> None:
        self._round_size = round_size
        self.round_number = 0

    def __len__(self) -> int:
        return self._round_size

    def __iter__(self) -> Iterator[int]:
        first = self.round_number * self._round_size
        return iter(range(first, first + self._round_size))


def loader(canvases: Any, batch: int, numbers: Numbers, workers: int) -> Any:
    """A torch loader of batches in the order of `numbers`."""
    torch = import_module("torch")
    base = import_module("torch.utils.data").DataLoader

    class Loader(base):  # type: ignore[misc, valid-type]
        def __iter__(self) -> Iterator[Any]:  # the trainer opens it twice a round and reads it once
            yield from super().__iter__()

    return Loader(
        canvases,
        batch_size=batch,
        sampler=numbers,
        num_workers=workers,
        persistent_workers=workers > 0,
        worker_init_fn=_begin_worker,
        pin_memory=torch.cuda.is_available(),
        collate_fn=collate,
        drop_last=True,
    )


def _begin_worker(_number: int) -> None:
    cv2.setNumThreads(1)  # the workers are as many as the cores already


def collate(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """One batch in the trainer's form: boxes of all pictures in one list, with the number of their picture."""
    torch = import_module("torch")
    numbers = [torch.full((len(row["cls"]),), float(index)) for index, row in enumerate(rows)]
    return {
        "img": torch.stack([row["img"] for row in rows]),
        "cls": torch.cat([row["cls"] for row in rows]),
        "bboxes": torch.cat([row["bboxes"] for row in rows]),
        "batch_idx": torch.cat(numbers),
    }
