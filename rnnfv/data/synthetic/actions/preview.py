"""Contact sheets, so that a reader sees what the synthetic actions look like."""

import numpy as np
from PIL import Image, ImageDraw

from rnnfv.data.synthetic.actions.dataset import render_clip
from rnnfv.data.synthetic.actions.recipes import RECIPES


def preview_clips(recipe: str, seed: int) -> Image.Image:
    """One row per class: its name and frames of one clip, the rows in scenes of their own.

    Partners of a pair stand one below the other in the same scene. Frames of ``pairs`` are spread
    over the clip; of ``loops``, whose cycles take 11 to 18 frames, every third is shown.
    """
    found = RECIPES[recipe]
    height, width = found.look.height, found.look.width
    frames, gap, caption = 6, 4, 90  # in a row; pixels
    labels = list(found.actions)
    size = caption + frames * (width + gap), len(labels) * (height + gap) + gap
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for row, label in enumerate(labels):
        scene = row // 2 if found.partners else row
        clip = render_clip(recipe, f"{label}/{label}_s{scene:02d}_c1.avi", seed)
        top = gap + row * (height + gap)
        pen.text((8, top + height // 2 - 6), label, fill="black")
        times = 3 * np.arange(frames) % len(clip)
        if found.partners:
            times = np.linspace(0, len(clip) - 1, frames).round().astype(int)
        for column, t in enumerate(times):
            sheet.paste(Image.fromarray(clip[t]), (caption + column * (width + gap), top))
    return sheet
