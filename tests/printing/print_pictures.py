"""Pictures of the prints for docs/prints: `python -m tests.printing.print_pictures docs/prints`."""

import io
import sys
from pathlib import Path

import pypdfium2
from PIL import Image

PIXELS_PER_MM = 4.6
MOST_BYTES = 150_000


def picture(pdf: bytes, page: int, *, pixels_per_mm: float = PIXELS_PER_MM) -> Image.Image:
    """Render one page (from 1) in grey."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        scale = pixels_per_mm * 25.4 / 72
        return document[page - 1].render(scale=scale, grayscale=True).to_pil()
    finally:
        document.close()


def png(image: Image.Image) -> bytes:
    """Return the picture as PNG in 16 greys."""
    small = image.convert("L").quantize(16)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


if __name__ == "__main__":
    from tests.printing.print_gallery import write_pictures

    write_pictures(Path(sys.argv[1]))
