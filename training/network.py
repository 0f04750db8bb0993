"""The network: plain 3x3 convolutions and ReLU, which CPUs do fastest; scores come out, no more."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LAYERS = ((16, 2), (32, 2), (32, 1), (64, 2), (64, 1), (96, 2), (96, 1))
"""(channels, stride) of each convolution: 64x64 pixels become 4x4 cells of 96 numbers."""

CENTRE, SPREAD = 127.5, 64.0
"""Of grey levels: what the network is given is (level - centre) / spread."""


class TypesNetwork(nn.Module):
    """Logits of one crop's class. About 208 000 parameters, 10 million multiplications a crop."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for channels, stride in LAYERS:
            layers += [
                nn.Conv2d(before, channels, 3, stride, 1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(inplace=True),
            ]
            before = channels
        self.body = nn.Sequential(*layers)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(before, classes)

    def forward(self, levels: Tensor) -> Tensor:
        """levels: (N, 3, 64, 64) float, BGR 0..255. Returns (N, C)."""
        cells = self.body((levels - CENTRE) / SPREAD)
        logits: Tensor = self.head(self.drop(cells.mean(dim=(2, 3))))
        return logits


def best_precision() -> torch.dtype:
    """bf16 where this processor computes in it; elsewhere emulation takes three times as long."""
    cpu = torch.cpu
    has = cpu._is_avx512_bf16_supported() or cpu._is_amx_tile_supported()
    return torch.bfloat16 if has else torch.float32
