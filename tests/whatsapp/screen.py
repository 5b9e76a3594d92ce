"""What a phone's camera reads off a screen."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image
from playwright.async_api import Page


async def qr_on(page: Page) -> str:
    """The text of the QR on the page, read from its picture alone."""
    picture = Image.open(io.BytesIO(await page.locator(".qr-frame:has(.qr)").screenshot()))
    found = zxingcpp.read_barcodes(picture.convert("L"))
    assert len(found) == 1, f"{len(found)} codes on {page.url}"
    return str(found[0].text)
