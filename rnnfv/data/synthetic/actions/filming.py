"""Drawing and filming.

The stage is noise-free and depends on the action. The camera does not know the action.
"""

import numpy as np

from rnnfv.data.synthetic.actions.motions import Parameters, Place, Sprite
from rnnfv.data.synthetic.actions.recipes import Recipe
from rnnfv.data.synthetic.actions.scenes import MARGIN, Grid, Scene, pixel_grid
from rnnfv.data.synthetic.shapes import SHAPES, wedge
from rnnfv.data.synthetic.textures import PATTERNS


def stage(recipe: Recipe, action: str, scene: Scene, parameters: Parameters) -> np.ndarray:
    """The noise-free frames, (T, height + 2 margin, width + 2 margin, 3) float32 in [0, 1].

    Of two partners in ``pairs``, one's frames are the other's in reversed order, exactly.

    Args:
        recipe: of the data set.
        action: the class.
        scene: the setting.
        parameters: of the clip.
    """
    poses, backwards = recipe.actions[action]
    place = Place(scene.x + parameters.x, scene.y + parameters.y, scene.radius * parameters.scale)
    moments = parameters.moments[::-1] if backwards else parameters.moments
    frames = np.repeat(scene.background[None], len(moments), axis=0)
    grid = pixel_grid(scene.look)
    for frame, moment in zip(frames, moments, strict=True):
        for sprite in poses(float(moment), place, parameters):
            if sprite.thread is not None:
                _draw_thread(frame, grid, sprite, scene)
            _draw_sprite(frame, grid, sprite, scene)
    return frames


def film(frames: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Film the stage's frames: slow drift, flickering light, noise; (T, height, width, 3) uint8.

    Args:
        frames: of the stage, see :func:`stage`.
        scene: the setting, with noise, drift and flicker.
        rng: of the camera.
    """
    look, length = scene.look, len(frames)
    time = np.linspace(0, 1, length)[:, None]
    pan, sway = rng.uniform(-0.5, 0.5, 2), rng.uniform(-0.5, 0.5, 2)
    # At most 0.5 (pan) + 0.5 (sway) times the scene's drift, so at most MARGIN - 1 pixels from the
    # centre.
    swing = np.sin(2 * np.pi * (time * rng.uniform(0.5, 1.5) + rng.uniform(size=2)))
    wander = scene.drift * (pan * (2 * time - 1) + sway * swing)
    light = 255 * (1 + scene.flicker * rng.standard_normal(length))
    filmed = np.empty((length, look.height, look.width, 3), dtype=np.uint8)
    for t in range(length):
        top, left = wander[t] + MARGIN
        view = _shifted(frames[t], top, left, look.height, look.width)
        noise = rng.standard_normal((look.height, look.width, 1), dtype=np.float32)
        grain = np.float32(scene.noise) * noise
        filmed[t] = np.clip(view * np.float32(light[t]) + (grain + np.float32(0.5)), 0, 255)
    return filmed


def _shifted(image: np.ndarray, top: float, left: float, height: int, width: int) -> np.ndarray:
    """The (height, width) window of ``image`` at (``top``, ``left``) pixels, bilinear."""
    row, column = int(top), int(left)
    down, right = np.float32(top - row), np.float32(left - column)
    window = image[row : row + height + 1, column : column + width + 1]
    rows = window[:-1] + down * (window[1:] - window[:-1])
    return rows[:, :-1] + right * (rows[:, 1:] - rows[:, :-1])


def _draw_sprite(image: np.ndarray, grid: Grid, sprite: Sprite, scene: Scene) -> None:
    """Blend ``sprite`` into ``image``, in place, within the square that surrounds it."""
    rows, columns = _around(grid, sprite.x, sprite.y, 1.5 * sprite.radius)
    x = (grid[0][:, columns] - np.float32(sprite.x)) / np.float32(sprite.radius)
    y = (grid[1][rows] - np.float32(sprite.y)) / np.float32(sprite.radius)
    cosine, sine = np.float32(np.cos(sprite.angle)), np.float32(np.sin(sprite.angle))
    u, v = cosine * x + sine * y, cosine * y - sine * x
    distance = SHAPES[scene.shape](u, v)
    if scene.outline:
        half = np.float32(scene.outline / 2)
        distance = np.abs(distance + half) - half
    if sprite.gap:
        distance = np.maximum(distance, -wedge(u, v, sprite.gap))
    distance *= np.float32(sprite.radius * scene.look.height)  # in pixels from here on
    colour = scene.colours[sprite.companion]
    inner = np.clip(-distance - 1, 0, 1)[:, :, None]  # the rim is dark
    paint = colour * np.float32(0.45) + (colour * np.float32(0.55)) * inner
    if scene.fill != "plain" and not scene.outline:
        pattern = PATTERNS[scene.fill](u, v, 0.5, 0.7)
        paint *= (np.float32(0.88) + np.float32(0.12) * pattern)[:, :, None]
    cover = np.float32(sprite.opacity) * np.clip(np.float32(0.5) - distance, 0, 1)
    region = image[rows, columns]
    region += cover[:, :, None] * (paint - region)


def _draw_thread(image: np.ndarray, grid: Grid, sprite: Sprite, scene: Scene) -> None:
    """A thin straight line from the sprite's centre to where it is fastened."""
    assert sprite.thread is not None
    x, y = grid[0] - np.float32(sprite.x), grid[1] - np.float32(sprite.y)
    ax, ay = np.float32(sprite.thread[0] - sprite.x), np.float32(sprite.thread[1] - sprite.y)
    along = np.clip((x * ax + y * ay) / (ax * ax + ay * ay), 0, 1)
    distance = np.hypot(x - along * ax, y - along * ay) * np.float32(scene.look.height)
    cover = np.clip(np.float32(1.5) - distance, 0, 1)[:, :, None]
    image += cover * (np.float32(0.6) * scene.colours[0] - image)


def _around(grid: Grid, x: float, y: float, reach: float) -> tuple[slice, slice]:
    """Rows and columns of the pixels within ``reach`` of (``x``, ``y``) along either axis."""
    columns = np.searchsorted(grid[0][0], [x - reach, x + reach])
    rows = np.searchsorted(grid[1][:, 0], [y - reach, y + reach])
    return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))
