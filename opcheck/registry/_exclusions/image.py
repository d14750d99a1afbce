"""Names of `tf.image`: encoded images, and which boxes to keep."""

from __future__ import annotations

from opcheck.domains import between, distinct
from opcheck.exclusions import Why, exclude
from opcheck.spec import built, exactly

# Small images, one in each format.
_PIXEL = exactly([[[200]]], "uint8")
_BMP = b"BM:\0\0\0\0\0\0\x006\0\0\0(\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0" + 24 * b"\0" + b"\1\2\3\0"
_GIF = b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
_JXL = (
    b"\xff\n\x08\x10\xb0\x12\x08\x08\x10\0\\\0K\x12\xc5\x82E\x80\x1c\xbd1\xaap\x81\t]*\x0e\x9ft"
    b"\xd57\xbf\xe5\x03"
)
_JPEG = built("tf.image.encode_jpeg", image=_PIXEL)
_PNG = built("tf.image.encode_png", image=_PIXEL)
_WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"


EXCLUSIONS = (
    exclude(Why.CLASS, "tf.image.ResizeMethod"),
    exclude(
        Why.BUILD,
        "tf.image.generate_bounding_box_proposals",
        between(0.0, 1.0)(1, 2, 2, 1),
        between(0.0, 1.0)(1, 2, 2, 4),
        between(0.0, 1.0)(1, 5),
        between(0.0, 1.0)(1, 4),
    ),
    exclude(Why.NO_FLOATING_INPUT, "tf.image.decode_and_crop_jpeg", _JPEG, [0, 0, 1, 1]),
    exclude(Why.NO_FLOATING_INPUT, "tf.image.decode_bmp", _BMP),
    exclude(Why.NO_FLOATING_INPUT, "tf.image.decode_gif", _GIF),
    exclude(Why.NO_FLOATING_INPUT, ("tf.image.decode_image", "tf.image.decode_png"), _PNG),
    exclude(
        Why.NO_FLOATING_INPUT,
        ("tf.image.decode_jpeg", "tf.image.extract_jpeg_shape", "tf.image.is_jpeg"),
        _JPEG,
    ),
    exclude(Why.NO_FLOATING_INPUT, "tf.image.decode_jxl", _JXL),
    exclude(Why.NO_FLOATING_INPUT, "tf.image.decode_webp", _WEBP),
    exclude(Why.NO_FLOATING_RESULT, ("tf.image.encode_jpeg", "tf.image.encode_png"), _PIXEL),
    exclude(
        Why.NO_FLOATING_RESULT,
        ("tf.image.non_max_suppression", "tf.image.non_max_suppression_padded"),
        between(0.0, 1.0)(3, 4),
        distinct(3),
        2,
    ),
    exclude(
        Why.NO_FLOATING_RESULT,
        "tf.image.non_max_suppression_overlaps",
        between(0.0, 1.0)(3, 3),
        distinct(3),
        2,
    ),
)
