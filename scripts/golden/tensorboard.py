"""Reads event files with python3-protobuf, by the message types of TensorFlow: python3 scripts/golden/tensorboard.py FILE

Prints each event as JSON. An independent check of src/train/tensorBoard, run by hand: the tests have a
reader of their own.
"""

import json
import struct
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

HISTOGRAM = ["min", "max", "num", "sum", "sum_squares"]
REPEATED = {"value", "bucket_limit", "bucket"}
DOUBLE, FLOAT, INT64, STRING, MESSAGE = 1, 2, 3, 9, 11


def message_types():
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="t", syntax="proto3")
    for name, fields in {
        "Histogram": [
            *((field, number + 1, DOUBLE, "") for number, field in enumerate(HISTOGRAM)),
            ("bucket_limit", 6, DOUBLE, ""),
            ("bucket", 7, DOUBLE, ""),
        ],
        "Value": [("tag", 1, STRING, ""), ("simple_value", 2, FLOAT, ""), ("histo", 5, MESSAGE, ".t.Histogram")],
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


def read(value):
    if not value.HasField("histo"):
        return value.simple_value
    histo = value.histo
    return {**{field: getattr(histo, field) for field in HISTOGRAM}, "limits": list(histo.bucket_limit), "counts": list(histo.bucket)}


def main():
    event_type = message_types()
    data = open(sys.argv[1], "rb").read()
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        event = event_type.FromString(data[at + 12 : at + 12 + length])
        scalars = {value.tag: read(value) for value in event.summary.value}
        print(json.dumps({"time": event.wall_time, "step": event.step, "version": event.file_version, **scalars}))
        at += length + 16


if __name__ == "__main__":
    main()
