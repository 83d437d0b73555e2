"""Each family of models on OpenVINO: made by code for the arithmetic, real ones for the pictures."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from config.errors import BackendUnavailable
from config.model import Label
from detect.backends.openvino_detector import OpenVinoDetector
from detect.detector import Picture
from detect.errors import ModelError
from detect.messages import Detections
from tests.detect.graphs import constant_model, labels, open_model, ssd
from tests.footage import AT_THE_TABLE, clip, model

WIDE = np.zeros((360, 640, 3), np.uint8)  # the proportions of the made models' input, 64×32, are 2:1; these are 16:9


def found(path: Path, image: NDArray[np.uint8] = WIDE, threshold: float = 0.5) -> Detections:
    detector = OpenVinoDetector(path, name="made", threshold=threshold)
    try:
        (detections,) = detector.detect([Picture(image=image)])
    finally:
        detector.close()
    return detections


def test_an_ssd_model_gives_fractions_of_a_stretched_picture(tmp_path: Path) -> None:
    """What is under the threshold, of no allowed class, or after the end mark, is dropped; the rest by score."""
    weak, other, late = (0, 0.4, 0, 0, 1, 1), (2, 0.9, 0, 0, 1, 1), (0, 0.9, 0, 0, 1, 1)
    rows = ssd((0, 0.6, 0.1, 0.2, 0.3, 0.4), (1, 0.9, 0.5, 0.5, 1.2, 1.0), weak, other, beyond=[late])

    boxes = found(labels(constant_model(tmp_path / "made.onnx", rows), "person", "vehicle"))

    assert boxes.labels == (Label.VEHICLE, Label.PERSON)
    assert boxes.scores.tolist() == pytest.approx([0.9, 0.6])
    assert boxes.boxes.ravel() == pytest.approx([0.5, 0.5, 1.0, 1.0, 0.1, 0.2, 0.3, 0.4])


def test_a_yolo_model_gives_centres_on_a_centred_picture(tmp_path: Path) -> None:
    """The picture of 640×360 lies on the 64×32 input as 57×32 from the fourth column on; one object, one box."""
    columns = np.zeros((1, 4 + 2, 42), np.float32)
    columns[0, :, 3] = [4 + 57 / 2, 16, 57, 32, 0.8, 0.1]
    columns[0, :, 4] = [4 + 57 / 2, 16, 57, 30, 0.7, 0.1]
    columns[0, :, 9] = [4 + 57 / 4, 8, 10, 8, 0.1, 0.6]
    made = constant_model(tmp_path / "made.onnx", columns, metadata={"names": "{0: 'person', 1: 'car'}"})

    boxes = found(made)

    assert boxes.labels == (Label.PERSON, Label.CAR)
    assert boxes.boxes[0] == pytest.approx([0, 0, 1, 1], abs=0.02)
    assert boxes.boxes[1] == pytest.approx([0.25 - 5 / 57, 0.125, 0.25 + 5 / 57, 0.375], abs=0.02)


def test_an_end_to_end_model_gives_corners(tmp_path: Path) -> None:
    """In pixels of its input; overlapping boxes are two objects, for the model has said so."""
    rows = np.zeros((1, 10, 6), np.float32)
    rows[0, 0] = [4, 0, 61, 32, 0.9, 0]
    rows[0, 1] = [4, 0, 61, 31, 0.8, 0]
    made = constant_model(tmp_path / "made.onnx", rows, metadata={"names": "{0: 'person'}"})

    boxes = found(made)

    assert boxes.labels == (Label.PERSON, Label.PERSON)
    assert boxes.boxes[0] == pytest.approx([0, 0, 1, 1], abs=0.02)


def test_a_yolox_model_gives_offsets_on_grids(tmp_path: Path) -> None:
    """Cell (3, 1) of the finest grid: centre ((0.5 + 3)·8, (0.5 + 1)·8), size (exp(ln 2)·8)²; from the top left."""
    rows = np.zeros((1, 32 + 8 + 2, 5 + 1), np.float32)
    rows[0, 1 * 8 + 3] = [0.5, 0.5, np.log(2), np.log(2), 0.9, 0.9]
    made = labels(constant_model(tmp_path / "made.onnx", rows), "person")

    boxes = found(made, np.zeros((32, 64, 3), np.uint8))

    assert boxes.scores.tolist() == pytest.approx([0.81])
    assert boxes.boxes[0] == pytest.approx([20 / 64, 4 / 32, 36 / 64, 20 / 32])


@pytest.mark.parametrize(
    ("shape", "names", "message"),
    [
        ((1, 5, 99), ["person"], "its output 1×5×99 is none that is known"),
        ((1, 84, 42), ["person"], "room for 80 classes and 1 are named"),
        ((1, 1, 3, 7), [], "its classes are not known: write its class names"),
    ],
)
def test_what_is_no_known_detector_is_refused_with_a_reason(
    tmp_path: Path, shape: tuple[int, ...], names: list[str], message: str
) -> None:
    """And with what to write, where writing helps."""
    made = constant_model(tmp_path / "made.onnx", np.zeros(shape))

    with pytest.raises(ModelError, match=message):
        found(labels(made, *names) if names else made)


def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    """Half of an ONNX file; an IR without its weights."""
    whole = constant_model(tmp_path / "half.onnx", ssd()).read_bytes()
    (tmp_path / "half.onnx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "alone.xml").write_text("<net/>")

    with pytest.raises(ModelError, match=r"half\.onnx: OpenVINO cannot read it; is the file whole"):
        found(tmp_path / "half.onnx")
    with pytest.raises(ModelError, match=r"its weights, alone\.bin, are not beside it"):
        found(tmp_path / "alone.xml")


def test_an_open_input_whose_inside_is_made_for_another_size_is_said(tmp_path: Path) -> None:
    """With what to write; the size that fits its inside is taken."""
    made = labels(open_model(tmp_path / "open.onnx", np.zeros((1, 5, 84)), inside=(64, 64)), "person")
    sidecar = made.with_name("model.yaml")
    said = sidecar.read_text("utf-8")

    sidecar.write_text(f"{said}size: [128, 128]\n", "utf-8")
    with pytest.raises(ModelError, match=r"open\.onnx: it cannot look at one picture of 128x128: .*write its own"):
        found(made)

    sidecar.write_text(f"{said}size: [64, 64]\n", "utf-8")
    assert found(made).scores.size == 0


def test_a_closed_detector_says_so(tmp_path: Path) -> None:
    """Instead of crashing the process."""
    detector = OpenVinoDetector(labels(constant_model(tmp_path / "m.onnx", ssd()), "person"), name="m", threshold=0.5)
    detector.close()

    with pytest.raises(BackendUnavailable, match="was closed"):
        detector.detect([Picture(image=WIDE)])


def sampled(name: str, *seconds: float) -> list[NDArray[np.uint8]]:
    """The pictures of a real clip at `seconds`."""
    pictures, wanted = [], list(seconds)
    with av.open(str(clip(name))) as container:
        for frame in container.decode(video=0):
            if wanted and (frame.time or 0) >= wanted[0]:
                wanted.pop(0)
                pictures.append(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
    return pictures


REAL = [
    "person-vehicle-bike-detection-2000",
    "person-vehicle-bike-detection-2000-int8",
    "person-vehicle-bike-detection-2001",
    "person-vehicle-bike-detection-2002",
    "person-vehicle-bike-detection-crossroad-1016-int8",
    "yolox_nano",
    "yolo11n_int8_openvino_model",
]


@pytest.mark.parametrize("name", REAL)
def test_a_real_model_sees_what_is_there(name: str) -> None:
    """A person at the table, a red car on the street, and nobody in the empty room."""
    folder = model(name)
    file = next(path for path in folder.iterdir() if path.suffix in {".xml", ".onnx"})
    detector = OpenVinoDetector(file, name=name, threshold=0.4)
    middle_s = sum(AT_THE_TABLE[1]) / 2
    empty, guarded = sampled("one-by-one-person.mp4", 3.0, middle_s)
    (street,) = sampled("street-vehicles.mp4", 1.0)

    nobody, somebody, cars = detector.detect([Picture(image=image) for image in (empty, guarded, street)])

    assert len(nobody) == 0
    if "yolo" not in name:  # those two were not trained on views from above
        assert set(somebody.labels) == {Label.PERSON}
        assert somebody.boxes[0][3] > 0.6
    assert set(cars.labels) & {Label.CAR, Label.VEHICLE, Label.TRUCK}


def test_the_same_picture_gives_the_same_boxes() -> None:
    """On every run, whatever was looked at before, and for a picture that nobody may write to."""
    (image,) = sampled("street-vehicles.mp4", 1.0)
    image.flags.writeable = False
    small = np.ascontiguousarray(cv2.resize(image, (320, 240)), np.uint8)
    folder = model("yolox_nano")
    detector = OpenVinoDetector(next(folder.glob("*.onnx")), name="m", threshold=0.3)

    first, _, again = detector.detect([Picture(image=image), Picture(image=small), Picture(image=image)])

    assert first.boxes.tobytes() == again.boxes.tobytes()
    assert first.labels == again.labels
