"""What a picture may look like without being another object; on whole batches of tensors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

THINNEST = 0.25  # X-ray of a sparsely filled part against a solid one
PATCH_SHARE = 0.3  # of examples lose a patch
PATCH_PX = 14
GHOST = 0.5  # of examples have thinned X-rays
TURN_RAD, SKEW, STRETCH, SHIFT = 0.13, 0.05, 0.08, 0.03
"""Spreads of how each picture is bent: no two designs share all proportions."""


def augmented(
    views: Tensor, extent_mm: Tensor, generator: torch.Generator, *, size_spread: float = 0.25
) -> tuple[Tensor, Tensor]:
    """Mirror, thin, hide, bend and rescale (B, V, C, H, W) uint8 views with (B, 3) mm.

    size_spread: of the logarithm of the size, which is weak evidence as people scale prints.
    """
    views = _mirrored(views, generator)
    views = _thinned(views, generator)
    views = _bent(_patched(views, generator), generator)
    factor = torch.exp(size_spread * torch.randn(len(views), 1, generator=generator))
    return views, extent_mm * factor


def _mirrored(views: Tensor, generator: torch.Generator) -> Tensor:
    """Flip each object's pictures sideways and upside down, each for half of them.

    The signs of principal axes are all but random for near-symmetric parts.
    """
    flipped = views.clone()
    for axis in (3, 4):
        chosen = torch.rand(len(views), generator=generator) < 0.5
        flipped[chosen] = flipped[chosen].flip(axis)
    return flipped


def _thinned(views: Tensor, generator: torch.Generator) -> Tensor:
    """Scale the X-ray channel, in place: sparse infill lets more through."""
    chosen = torch.rand(len(views), generator=generator) < GHOST
    share = THINNEST + (1 - THINNEST) * torch.rand(len(views), 1, 1, 1, generator=generator)
    views[chosen, :, 1] = (views[chosen, :, 1] * share[chosen]).to(torch.uint8)
    return views


def _patched(views: Tensor, generator: torch.Generator) -> Tensor:
    """Blank a square at the same place of all pictures of some objects."""
    size = views.shape[-1]
    corner = torch.randint(0, size - PATCH_PX // 2, (len(views), 2), generator=generator)
    hit = torch.rand(len(views), generator=generator) < PATCH_SHARE
    line = torch.arange(size)
    inside = [(line >= corner[:, k, None]) & (line < corner[:, k, None] + PATCH_PX) for k in (0, 1)]
    patch = inside[0][:, :, None] & inside[1][:, None, :] & hit[:, None, None]
    return views * ~patch[:, None, None]


def _bent(views: Tensor, generator: torch.Generator) -> Tensor:
    """Turn, skew, stretch and shift every picture a little, by an affine map of its own."""
    b, v, c, h, w = views.shape
    turn, skew, *rest = torch.randn(6, b * v, generator=generator)
    turn = TURN_RAD * turn
    cos, sin = turn.cos(), turn.sin()
    turned = torch.stack(
        [torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1
    )  # (B*V, 2, 2)
    skewed = torch.eye(2).repeat(b * v, 1, 1)
    skewed[:, 0, 1] = SKEW * skew
    stretched = torch.exp(STRETCH * torch.stack(rest[:2], 1))[:, None]  # columns: x and y
    shift = SHIFT * torch.stack(rest[2:], 1)[:, :, None]
    maps = torch.cat([turned @ skewed * stretched, shift], dim=2)  # (B*V, 2, 3)
    grid = functional.affine_grid(maps, [b * v, c, h, w], align_corners=False)
    pictures = views.reshape(b * v, c, h, w).float()
    drawn = functional.grid_sample(pictures, grid, align_corners=False)
    return drawn.round_().to(torch.uint8).reshape(views.shape)
