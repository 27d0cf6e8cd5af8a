"""Reads event files with python3-protobuf, by the message types of TensorFlow: python3 scripts/golden/tensorboard.py FILE

Checks all checksums and prints each event as JSON; pictures by their size and the colours of their
corners, read with python3-pil. An independent check of src/train/tensorBoard, run by hand: the tests have a
reader of their own.
"""

import io
import json
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from PIL import Image

DOUBLE, FLOAT, INT64, INT32, STRING, MESSAGE, BYTES = 1, 2, 3, 5, 9, 11, 12

HISTOGRAM = ("min", "max", "num", "sum", "sum_squares")
REPEATED = ("value", "string_val", "bucket_limit", "bucket")


def message_types():
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="t", syntax="proto3")
    for name, fields in {
        "Histogram": [
            *((field, number + 1, DOUBLE, "") for number, field in enumerate(HISTOGRAM)),
            ("bucket_limit", 6, DOUBLE, ""),
            ("bucket", 7, DOUBLE, ""),
        ],
        "Image": [
            ("height", 1, INT32, ""),
            ("width", 2, INT32, ""),
            ("colorspace", 3, INT32, ""),
            ("encoded_image_string", 4, BYTES, ""),
        ],
        "Tensor": [("dtype", 1, INT32, ""), ("string_val", 8, BYTES, "")],
        "Value": [
            ("tag", 1, STRING, ""),
            ("simple_value", 2, FLOAT, ""),
            ("image", 4, MESSAGE, ".t.Image"),
            ("histo", 5, MESSAGE, ".t.Histogram"),
            ("tensor", 8, MESSAGE, ".t.Tensor"),
        ],
        "Summary": [("value", 1, MESSAGE, ".t.Value")],
        "Event": [
            ("wall_time", 1, DOUBLE, ""),
            ("step", 2, INT64, ""),
            ("file_version", 3, STRING, ""),
            ("summary", 5, MESSAGE, ".t.Summary"),
        ],
    }.items():
        message = file.message_type.add(name=name)
        for field, number, kind, type_name in fields:
            message.field.add(name=field, number=number, type=kind, type_name=type_name or None, label=3 if field in REPEATED else 1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("t.Event"))


def masked_crc(data):
    """CRC-32C, rotated and shifted as TFRecord has it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def checked(data, at, length):
    """Bytes whose checksum follows them."""
    part = data[at : at + length]
    (crc,) = struct.unpack_from("<I", data, at + length)
    assert crc == masked_crc(part), f"a wrong checksum at byte {at + length}"
    return part


def picture(image):
    """What another reader sees in it."""
    seen = Image.open(io.BytesIO(image.encoded_image_string)).convert("RGB")
    assert seen.size == (image.width, image.height)
    right, bottom = image.width - 1, image.height - 1
    corners = [seen.getpixel(at) for at in ((0, 0), (right, 0), (0, bottom), (right, bottom))]
    return {"size": seen.size, "corners": corners}


def bins(histo):
    """A histogram as it is stored."""
    numbers = {field: getattr(histo, field) for field in HISTOGRAM}
    return {**numbers, "limits": list(histo.bucket_limit), "counts": list(histo.bucket)}


def content(value):
    """A scalar, a histogram, a picture or a text."""
    if value.HasField("histo"):
        return bins(value.histo)
    if value.HasField("image"):
        return picture(value.image)
    if value.HasField("tensor"):
        return value.tensor.string_val[0].decode()
    return value.simple_value


def main():
    event_type = message_types()
    data = open(sys.argv[1], "rb").read()
    at = 0
    while at < len(data):
        (length,) = struct.unpack("<Q", checked(data, at, 8))
        event = event_type.FromString(checked(data, at + 12, length))
        values = {value.tag: content(value) for value in event.summary.value}
        print(json.dumps({"time": event.wall_time, "step": event.step, "version": event.file_version, **values}))
        at += length + 16


if __name__ == "__main__":
    main()
