"""Training itself: ultralytics' trainer on canvases of our own making."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from detect.backends.ultralytics_detector import HOUSE_RULES
from ringwatch.training.augment import compose
from ringwatch.training.cut_outs import CutOut
from ringwatch.training.errors import TrainingError
from ringwatch.training.loading import Numbers, loader
from ringwatch.training.networks import Network, untrained
from ringwatch.training.pasting import Stock
from ringwatch.training.prepared import Prepared
from ringwatch.training.rounds import ROUND
from ringwatch.training.warm_start import LOOKED_AT, begin_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

Progress = Callable[[str], None]
LAST = "last.pt"
FASTER = "bf16"  # numbers of a forward and backward pass on a GPU; weights stay whole
SETTINGS: Mapping[str, Any] = {
    "optimizer": "AdamW",
    "lr0": 0.002,
    "lrf": 0.02,
    "cos_lr": True,
    "weight_decay": 0.0005,
    "warmup_epochs": 1.0,
    "close_mosaic": 0,  # the canvases are our own
    "plots": False,
    "val": False,
    "verbose": False,
    "patience": 0,
    "save_period": -1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a model is trained."""

    classes: tuple[str, ...]
    size: tuple[int, int]  # width, height of its input, pixels
    rounds: int
    batch: int
    seed: int
    network: Network = Network.SMALL
    round_size: int = ROUND  # pictures
    device: str = ""  # "": a GPU if there is one
    workers: int = 2
    start_from: Path | None = None  # an exported model of the same architecture and classes


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """What a model is shown."""

    prepared: Prepared
    cuts: tuple[CutOut, ...] = ()  # put into its pictures


def train(learnt: Learnt, plan: Plan, folder: Path, progress: Progress) -> Path:
    """Train in `folder`, going on from the last checkpoint there; the weights. Blocks for the whole training.

    Raises:
        TrainingError: ultralytics is not installed, or the training broke off.
    """
    trainer_class = _trainer_class(learnt, plan, progress)
    last = folder / "run" / "weights" / LAST
    overrides = _overrides(plan, folder)
    if last.exists():
        overrides["resume"] = str(last)
    try:
        trainer = trainer_class(overrides=overrides)
        trainer.train()
    except (RuntimeError, OSError, AssertionError) as error:
        if last.exists() and "nothing to resume" in str(error):
            return last  # it was trained to its end
        raise TrainingError(
            f"the training broke off: {_first_line(error)}; the same command goes on from {last}"
        ) from error
    return last


def ultralytics() -> Any:
    """The package, under the house rules.

    Raises:
        TrainingError: it is not installed.
    """
    os.environ.update(HOUSE_RULES)
    os.environ.setdefault("YOLO_CONFIG_DIR", str(Path.home() / ".cache" / "ringwatch"))
    try:
        return import_module("ultralytics")
    except ImportError:
        raise TrainingError("training needs ultralytics: run `pip install 'ringwatch[yolo]'` (about 6 GB)") from None


def _overrides(plan: Plan, folder: Path) -> dict[str, Any]:
    on_gpu = plan.device != "cpu" and import_module("torch").cuda.is_available()
    return {
        **SETTINGS,
        "amp": FASTER if on_gpu else False,
        "deterministic": not on_gpu,  # there it costs a third, and still gives no equal bits
        "model": f"{plan.network.family}.yaml",
        "data": "unused",  # `get_dataset` answers
        "lr0": SETTINGS["lr0"] / (1 if plan.start_from is None else 2),  # what is known is not to be shaken off
        "epochs": plan.rounds,
        "batch": plan.batch,
        "nbs": plan.batch,
        "imgsz": max(plan.size),
        "seed": plan.seed,
        "workers": plan.workers,
        "device": plan.device or None,
        "project": str(folder),
        "name": "run",
        "exist_ok": True,
    }


class Canvases:
    """A torch dataset: canvas `number` of the whole training, the same on every run."""

    def __init__(self, learnt: Learnt, plan: Plan) -> None:
        self._pictures = learnt.prepared.train
        self._stock = Stock(learnt.cuts)
        self._plan = plan
        self._shares = np.cumsum(shares([picture.source for picture in self._pictures]))

    def __len__(self) -> int:
        return self._plan.round_size

    def __getitem__(self, number: int) -> dict[str, Any]:
        torch = import_module("torch")
        rng = np.random.default_rng((self._plan.seed, number))
        pictures = [self._pictures[at] for at in np.searchsorted(self._shares, rng.random(4))]
        canvas = compose(pictures, self._plan.size, rng, self._stock)
        width, height = self._plan.size
        centres = (canvas.boxes[:, :2] + canvas.boxes[:, 2:]) / 2 / (width, height)
        sizes = (canvas.boxes[:, 2:] - canvas.boxes[:, :2]) / (width, height)
        return {
            "img": torch.from_numpy(np.ascontiguousarray(canvas.image[:, :, ::-1].transpose(2, 0, 1))),
            "cls": torch.from_numpy(canvas.classes.astype(np.float32)).reshape(-1, 1),
            "bboxes": torch.from_numpy(np.concatenate([centres, sizes], axis=1).astype(np.float32)),
        }


def shares(sources: Sequence[str]) -> NDArray[np.float64]:
    """How often each picture is shown, (n,), 1 in all: a source counts by the root of its size.

    A large collection from elsewhere must not drown the few frames of the network's own cameras.
    """
    sizes = Counter(sources)
    weights = np.array([sizes[source] ** -0.5 for source in sources])
    return np.asarray(weights / weights.sum(), np.float64)


class NoValidation:
    """In the validator's place: figures are measured afterwards, with the back end that will run the model."""

    def __init__(self) -> None:
        self.metrics = type("Metrics", (), {"keys": []})()
        self.dataloader: Any = None


def _trainer_class(learnt: Learnt, plan: Plan, progress: Progress) -> Any:
    """The trainer, with data of our own. Made here because its base class exists only where the extra is installed."""
    ultralytics()
    base = import_module("ultralytics.models.yolo.detect").DetectionTrainer
    torch = import_module("torch")
    names = dict(enumerate(plan.classes))

    class Trainer(base):  # type: ignore[misc, valid-type]
        def get_dataset(self) -> dict[str, Any]:
            return {"train": "", "val": "", "nc": len(names), "names": names, "channels": 3}

        def get_model(self, cfg: Any = None, weights: Any = None, *, verbose: bool = True) -> Any:
            model = untrained(plan.network, len(names))
            if weights:
                model.load(weights)
            elif plan.start_from is not None:
                begin_from(model, plan.start_from, _some_pictures(learnt, plan))
            return model.to(memory_format=torch.channels_last)  # a quarter faster on a CPU

        def preprocess_batch(self, batch: dict[str, Any]) -> Any:
            done = super().preprocess_batch(batch)
            done["img"] = done["img"].contiguous(memory_format=torch.channels_last)
            return done

        def get_dataloader(self, _path: str, batch_size: int = 16, rank: int = 0, mode: str = "train") -> Any:
            workers = plan.workers if mode == "train" else 0
            return loader(Canvases(learnt, plan), batch_size, Numbers(plan.round_size), workers)

        def get_validator(self) -> NoValidation:
            return NoValidation()

        def validate(self) -> tuple[dict[str, float], float]:
            return {}, 0.0

        def final_eval(self) -> None:
            pass

    return _with_progress(Trainer, plan, progress)


def _some_pictures(learnt: Learnt, plan: Plan) -> Any:
    """A float tensor (n, 3, h, w), 0..1, of what will be learnt from."""
    canvases = Canvases(learnt, plan)
    return import_module("torch").stack([canvases[index]["img"] for index in range(LOOKED_AT)]).float() / 255


def _with_progress(trainer_class: Any, plan: Plan, progress: Progress) -> Any:
    began: dict[str, float] = {}
    torch = import_module("torch")

    def begin(_trainer: Any) -> None:
        torch.set_num_threads(os.cpu_count() or 1)  # the library leaves a core idle

    def begin_round(trainer: Any) -> None:
        trainer.train_loader.sampler.round_number = trainer.epoch
        began.setdefault("round", float(trainer.epoch))
        began.setdefault("at", time.monotonic())

    def end_round(trainer: Any) -> None:
        done = trainer.epoch + 1 - began["round"]
        spent = time.monotonic() - began["at"]
        left_min = spent / done * (plan.rounds - trainer.epoch - 1) / 60
        losses = "  ".join(f"{name.removesuffix('_loss')} {float(value):.3f}" for name, value in trainer.tloss.items())
        progress(
            f"round {trainer.epoch + 1} of {plan.rounds}  {losses}  "
            f"{done * plan.round_size / spent:.0f} pictures/s  {left_min:.0f} min left"
        )

    class WithProgress(trainer_class):  # type: ignore[misc]
        def __init__(self, **named: Any) -> None:
            super().__init__(**named)
            self.add_callback("on_train_start", begin)
            self.add_callback("on_train_epoch_start", begin_round)
            self.add_callback("on_train_epoch_end", end_round)

    return WithProgress


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
