"""Which model a node uses: the store of installed ones, and the choice a configuration makes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from config.model import DetectorChoice, Label
from detect.boundary import refuse_words
from detect.detector import Detector
from detect.errors import ModelError
from detect.model_files import OPENVINO, companions, find_model, parts

AUTO, BUILT_IN = "auto", "built-in"
BUILT_IN_MODEL = Path(__file__).parent / "built_in" / "model.onnx"  # made by `ringwatch train`; its card lies beside it
NAME_FORBIDDEN = frozenset("/\\") | {"\0"}
NAME_LONGEST = 200  # bytes; file systems allow 255, and a model that is being made has some in front and behind


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledModel:
    """A model in the store."""

    name: str
    path: Path  # its main file
    installed_at: float  # seconds since the epoch; the newest is the one `auto` takes

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(part.stat().st_size for part in parts(self.path))


class ModelStore:
    """A folder with one folder a model, named as the model is. Safe against a process that dies while it adds one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def installed(self) -> tuple[InstalledModel, ...]:
        """Every model that can be found, the newest first."""
        if not self.folder.is_dir():
            return ()
        found = [one for child in sorted(self.folder.iterdir()) if (one := _installed(child))]
        return tuple(sorted(found, key=lambda one: (-one.installed_at, one.name)))

    def get(self, name: str) -> InstalledModel | None:
        """The model called `name`."""
        return next((one for one in self.installed() if one.name == name), None)

    def add(self, path: Path, name: str | None = None) -> InstalledModel:
        """Copy the model at `path` (a file or its folder) into the store, once it has been loaded on trial.

        Raises:
            ForbiddenModelError: it breaks the boundary.
            ModelError: it cannot be loaded, or its name is taken or is none.
        """
        model = find_model(path)
        name = name or (path.name if path.is_dir() else model.stem)
        self.check_name(name)
        load_file(model, name=name, threshold=0.5).close()
        try:
            self._copy(model, name)
        except OSError as error:
            raise ModelError(f"{name} cannot be copied into {self.folder}: {error.strerror}") from error
        added = self.get(name)
        assert added is not None  # noqa: S101 - it has just been put there
        return added

    def _copy(self, model: Path, name: str) -> None:
        """Whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".adding-", dir=self.folder))
        try:
            for part in (*parts(model), *companions(model)):
                shutil.copy(part, partial / part.name)
            partial.rename(self.folder / name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)  # it is not there any more where all went well

    def remove(self, name: str) -> None:
        """Delete the model called `name`.

        Raises:
            ModelError: there is none.
        """
        if name in {AUTO, BUILT_IN}:
            raise ModelError(f"{name} is no installed model, and cannot be removed: `ringwatch models list` shows them")
        found = self.get(name)
        if found is None:
            raise ModelError(self.unknown(name))
        shutil.rmtree(found.path.parent)

    def unknown(self, name: str) -> str:
        """What to say of a name that no model has."""
        names = [one.name for one in self.installed()]
        near = get_close_matches(name, [*names, AUTO, BUILT_IN], 1)
        hint = f"did you mean {near[0]}?" if near else f"installed are {', '.join(names)}" if names else "none is"
        return f"no model is called {name}, and no file or folder: {hint}; add one with `ringwatch models add FILE`"

    def check_name(self, name: str, *, taken: bool = False) -> None:
        """That a model can be called `name`; `taken` allows the name of one that is there, to replace it.

        Raises:
            ForbiddenModelError: the name breaks the boundary.
            ModelError: it means something else, or is taken.
        """
        refuse_words([name], "the model's name")
        if name in {AUTO, BUILT_IN} or name.startswith(".") or not name or NAME_FORBIDDEN & set(name):
            raise ModelError(f"{name!r} cannot be a model's name: give another with --name")
        if len(os.fsencode(name)) > NAME_LONGEST:
            raise ModelError(f"a model's name has {NAME_LONGEST} bytes at most: give another than {name[:16]}...")
        if not taken and (self.folder / name).exists():
            raise ModelError(f"a model called {name} is installed already: give another --name, or remove it first")


def _installed(folder: Path) -> InstalledModel | None:
    if folder.name.startswith(".") or not folder.is_dir():
        return None
    try:
        path = find_model(folder)
        return InstalledModel(name=folder.name, path=path, installed_at=folder.stat().st_mtime)
    except (ModelError, OSError):
        return None


def default_store(environ: Mapping[str, str] = os.environ) -> ModelStore:
    """This machine's models: `$RINGWATCH_MODELS`, else `ringwatch/models` in the user's data folder."""
    named = environ.get("RINGWATCH_MODELS")
    data = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME", "~")).expanduser() / ".local" / "share"
    return ModelStore(Path(named) if named else Path(data) / "ringwatch" / "models")


def load_detector(choice: DetectorChoice, *, base: Path, threads: int, store: ModelStore | None = None) -> Detector:
    """The detector that `choice` names: `auto`, `built-in`, an installed model, or a path from `base`.

    Raises:
        ModelError: there is no such model, or it cannot be used; the text says what to do.
    """
    store = store or default_store()
    name, model = resolve(choice.model, base, store)
    return load_file(model, name=name, threshold=choice.threshold, threads=threads)


def resolve(wanted: str, base: Path, store: ModelStore) -> tuple[str, Path]:
    """What `wanted` is called, and its model file.

    Raises:
        ModelError: there is no such model.
    """
    if wanted == AUTO:
        newest = next(iter(store.installed()), None)
        return (newest.name, newest.path) if newest else (BUILT_IN, BUILT_IN_MODEL)
    if wanted == BUILT_IN:
        return BUILT_IN, BUILT_IN_MODEL
    if installed := store.get(wanted):
        return installed.name, installed.path
    path = base / Path(wanted).expanduser()
    if os.path.exists(path):  # noqa: PTH110 - pathlib's raises where the name is longer than any file's
        return (path.name if path.is_dir() else path.stem), find_model(path)
    raise ModelError(store.unknown(wanted))


def load_file(model: Path, *, name: str, threshold: float, threads: int = 1) -> Detector:
    """The detector in the file `model`, by the back end that reads its type.

    Raises:
        ModelError: it cannot be used.
    """
    if model.suffix in OPENVINO and find_spec("openvino") is None:
        from detect.backends.dnn_detector import DnnDetector

        return DnnDetector(model, name=name, threshold=threshold, threads=threads)
    if model.suffix in OPENVINO:
        from detect.backends.openvino_detector import OpenVinoDetector

        return OpenVinoDetector(model, name=name, threshold=threshold, threads=threads)
    from detect.backends.ultralytics_detector import UltralyticsDetector

    return UltralyticsDetector(model, name=name, threshold=threshold, threads=threads)


def labels_of(choice: DetectorChoice, *, base: Path) -> frozenset[Label]:
    """The classes that the chosen detector can tell.

    Raises:
        ModelError: it cannot be used.
    """
    detector = load_detector(choice, base=base, threads=1)
    detector.close()
    return detector.labels
